// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_scripts_transfer.h"

namespace runbook::machine {

// Of a script that has gone, and by which others know that it has: a number means a process only where it was given out.
const char* const kTransferFunctions = R"sh(
here=$({ cat /proc/sys/kernel/random/boot_id; readlink /proc/self/ns/pid; } 2>/dev/null | cksum 2>/dev/null)
here=${here%% *}
alive() { # PID WORD: whether that is a script of ours that is at WORD
  kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ] || return 1
  [ ! -r "/proc/$1/cmdline" ] || grep -q -e "$2" "/proc/$1/cmdline" 2>/dev/null
}
left() { # DIRECTORY WORD: whether it is ours, and nobody is at it any more
  [ -d "$1" ] && [ ! -L "$1" ] || return 1
  case $(stat -c '%u %a' "$1" 2>/dev/null) in "$(id -u) 700" | "$(id -u) 2700") ;; *) return 1 ;; esac
  case $1 in
    *"-$here-"*) ! alive "${1##*-}" "$2" ;;
    *) [ -n "$(find "$1" -prune -mtime +6 2>/dev/null)" ] ;; # of another machine that has this tree, or another boot
  esac
}
unstage() { cd -P .. && rm -rf "$t"; trap - EXIT; }
stage() { # unpacks the standard input into a new directory, and enters it; gone when the script ends
  need tar
  need xargs
  for k in ./.runbook-sync-*; do
    if left "$k" runbook-sync; then rm -rf "$k"; fi
  done
  umask 077
  trap '' PIPE
  t=.runbook-sync-$m$n-$here-$$
  mkdir -m 700 "$t" || exit 96
  seat "$t" || { rmdir "$t"; fail EACCES; }
  trap unstage EXIT
  trap 'exit 95' HUP INT TERM
  said=$(tar -x -p -o -f - 2>&1) || {
    # What the last words are about is in the first ones.
    printf '%s\n' "$said" | grep -e ': No space' -e ': Disk quota' -e ': Read-only' -e ': Permission' >&2 || {
      case $said in *'nexpected E'* | *'short read'* | *'hort header'*) fail cut ;; esac
      printf '%s\n' "$said" >&2
    }
    exit 96
  }
  [ -e c/end ] || fail cut
  b=$(cd -P .. && pwd -P; echo .)
  b=${b%??}
  [ "$b" != / ] || b=
  # Whether nobody else can change where the paths in the tree lead.
  steady=$(find .. -type d \( ! -user 0 ! -user "$(id -u)" -o -perm -020 -o -perm -002 \) -print 2>/dev/null | head -n 1)
  if [ -z "$steady" ]; then steady=1; else steady=; fi
}
)sh";

// The size and the checksum of the file here are the first line of the input: they may tell what is in it. What is small
// enough is printed whole, to be compared line by line.
const char* const kUploadVerifyScript = R"sh(
ids
enter "$d"
there "$p" || gone "$p"
printf '%s/%s/%s%s\n' "$uid" "$gid" "$m" "$n"
where
facts "$p"
if [ -L "$p" ] || [ ! -f "$p" ]; then exit 0; fi
[ -r "$p" ] || fail EACCES
read -r size want || fail cut
k=$(stat -c %s "$p")
s=
[ "$k" != "$size" ] || s=$(sum "$p")
printf '%s\n' "${s:--}"
[ "$s" != "$want" ] && [ "$k" -le "$most" ] || exit 0
echo content
exec cat <"$p"
)sh";

// A part is in a directory that is named by its target and by the script that writes it, and says what it is a part of.
// One whose script has gone is taken over, or cleared away; so is that of $former, the same upload's before its
// connection was lost, which may still wait for what will not come.
const char* const kPutScript = R"sh(
ids
enter "$d"
former
read -r size want || fail cut
if [ -n "$old" ] && [ "$(stat -c %s "$p")" = "$size" ] && [ "$(sum "$p")" = "$want" ]; then
  echo same
  amend "$p"
  if [ -n "$modified" ] && [ "$(stat -c %Y "$p")" != "$modified" ]; then touch -d "@$modified" "$p" || exit 96; fi
  flush "$p"
  where
  exit 0
fi
umask 077
trap '' PIPE
t=$key-$n-$here-$$
for k in "./$key"-*; do
  i=${k##*-}
  if [ -n "$former" ] && [ "$i" = "$former" ] && alive "$i" "$key"; then
    kill "$i" 2>/dev/null
    sleep 1
  fi
  left "$k" "$key" || [ "$i" = "$former" ] || continue
  if [ -z "$fresh" ] && [ ! -e "$t" ] && [ "$(cat "$k/of" 2>/dev/null)" = "$want" ]; then mv "$k" "$t" && continue; fi
  (seat "$k" && rm -f part of) && rmdir "$k"
done
[ -d "$t" ] || mkdir -m 700 "$t" || exit 96
seat "$t" || fail EACCES
p=../${p#./}
discard() { rm -f part of; cd -P .. && rmdir "$t"; }
printf '%s\n' "$want" | cat >of || { discard; exit 96; }
k=0
s=
if [ -f part ]; then
  k=$(stat -c %s part)
  if [ "$k" -gt 0 ] && [ "$k" -le "$size" ]; then s=$(sum part); fi
fi
printf 'have %s %s %s\n' "$k" "${s:--}" "$$"
IFS= read -r i || fail cut
case $i in
  more) ;;
  all) rm -f part ;;
  *) fail cut ;;
esac
cat >>part || { discard; exit 96; }
k=$(stat -c %s part)
[ "$k" -ge "$size" ] || fail cut
s=$(sum part)
if [ "$k" != "$size" ] || { [ -n "$s" ] && [ "$s" != "$want" ]; }; then discard; fail changed; fi
trap discard EXIT
trap 'exit 95' HUP INT TERM
former
keep
if [ -n "$modified" ]; then touch -d "@$modified" part || exit 96; fi
flush part
give part
move part "$p"
trap - EXIT
discard
flush .
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
