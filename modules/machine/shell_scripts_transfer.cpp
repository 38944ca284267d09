// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_scripts_transfer.h"

namespace runbook::machine {

const char* const kTransferFunctions = R"sh(
sum() { # FILE: its SHA-256; nothing where no tool tells it
  if command -v sha256sum >/dev/null 2>&1; then i=$(sha256sum <"$1")
  elif command -v shasum >/dev/null 2>&1; then i=$(shasum -a 256 <"$1")
  elif command -v openssl >/dev/null 2>&1; then i=$(openssl dgst -sha256 -r <"$1")
  else i=
  fi
  printf '%s' "${i%% *}"
}
alive() { # PID WORD: whether that is a script of ours that is at WORD
  kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ] || return 1
  [ ! -r "/proc/$1/cmdline" ] || grep -q -e "$2" "/proc/$1/cmdline" 2>/dev/null
}
stage() { # unpacks the standard input into a new directory $t; gone when the script ends
  need tar
  need xargs
  for k in ./.runbook-sync-*; do
    if [ -d "$k" ] && [ ! -L "$k" ] && [ "$(stat -c %u "$k")" = "$(id -u)" ] && ! alive "${k##*-}" runbook-sync; then rm -rf "$k"; fi
  done
  umask 077
  t=./.runbook-sync-$m$n-$$
  mkdir "$t" || exit 96
  trap 'rm -rf "$t"' EXIT
  trap 'exit 95' HUP INT TERM
  said=$(tar -x -p -o -f - -C "$t" 2>&1) || {
    # What the last words are about is in the first ones.
    printf '%s\n' "$said" | grep -e ': No space' -e ': Disk quota' -e ': Read-only' -e ': Permission' >&2 || {
      case $said in *'nexpected E'* | *'short read'* | *'hort header'*) fail cut ;; esac
      printf '%s\n' "$said" >&2
    }
    exit 96
  }
  [ -e "$t/c/end" ] || fail cut
}
mine() { [ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%u %h %a' "$1")" = "$(id -u) 1 600" ]; }
)sh";

// $size and $want are those of the file here. What is small enough is printed whole, to be compared line by line.
const char* const kUploadVerifyScript = R"sh(
ids
enter "$d"
there "$p" || gone "$p"
printf '%s/%s/%s%s\n' "$uid" "$gid" "$m" "$n"
where
facts "$p"
if [ -L "$p" ] || [ ! -f "$p" ]; then exit 0; fi
[ -r "$p" ] || fail EACCES
k=$(stat -c %s "$p")
s=
[ "$k" != "$size" ] || s=$(sum "$p")
printf '%s\n' "${s:--}"
[ "$s" != "$want" ] && [ "$k" -le "$most" ] || exit 0
echo content
exec cat <"$p"
)sh";

// A part is named by what it is a part of and by the script that writes it. One whose script has gone is taken over; so is
// that of $former, the same upload's before its connection was lost, which may still wait for what will not come.
const char* const kPutScript = R"sh(
ids
enter "$d"
former
if [ -n "$old" ] && [ "$(stat -c %s "$p")" = "$size" ] && [ "$(sum "$p")" = "$want" ]; then
  echo same
  give "$p"
  if [ -n "$modified" ] && [ "$(stat -c %Y "$p")" != "$modified" ]; then touch -d "@$modified" "$p" || exit 96; fi
  flush "$p"
  where
  exit 0
fi
umask 077
t=./$key.$$
for k in "./$key".*; do
  [ -z "$fresh" ] || break
  mine "$k" || continue
  i=${k##*.}
  if [ "$i" != "$$" ] && alive "$i" "$key"; then
    [ "$i" = "$former" ] || continue
    kill "$i" 2>/dev/null
    sleep 1
  fi
  mv -f "$k" "$t" && break
done
k=0
s=
if mine "$t"; then
  k=$(stat -c %s "$t")
  if [ "$k" -gt 0 ] && [ "$k" -le "$size" ]; then s=$(sum "$t"); fi
  exec 9>>"$t" || exit 96
else
  set -C
  exec 9>"$t" || exit 96
  set +C
fi
printf 'have %s %s %s\n' "$k" "${s:--}" "$$"
IFS= read -r i || fail cut
case $i in
  more) ;;
  all) : >"$t" || exit 96
    exec 9>>"$t" || exit 96 ;;
  *) fail cut ;;
esac
cat >&9 || { rm -f "$t"; exit 96; }
k=$(stat -c %s "$t")
[ "$k" -ge "$size" ] || fail cut
s=$(sum "$t")
if [ "$k" != "$size" ] || { [ -n "$s" ] && [ "$s" != "$want" ]; }; then rm -f "$t"; fail changed; fi
former
keep
if [ -n "$modified" ]; then touch -d "@$modified" "$t" || { rm -f "$t"; exit 96; }; fi
trap 'rm -f "$t"' EXIT
place
for k in "./$key".*; do
  if mine "$k" && ! alive "${k##*.}" "$key"; then rm -f "$k"; fi
done
where
)sh";

const char* const kFetchScript = R"sh(
readable "$a"
k=$(stat -L -c %s "$a")
s=$(sum "$a")
printf 'file %s %s %s %s\n' "$k" "${s:--}" "$(stat -L -c %Y "$a")" "$(stat -L -c %a "$a")"
IFS= read -r i || fail cut
case $i in
  '' | *[!0-9]*) exit 0 ;;
  0) exec cat <"$a" ;;
  *) exec tail -c "+$((i + 1))" <"$a" ;;
esac
)sh";

}  // namespace runbook::machine
