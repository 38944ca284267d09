// SPDX-License-Identifier: Apache-2.0
// What looks at files.
#include "modules/machine/shell_scripts.h"

#include "host/core/shell_quote.h"

namespace runbook::machine {

Variables& Variables::set(const char* name, std::string_view value) {
  text_ += name;
  text_ += '=' + shell_quote(value) + '\n';
  return *this;
}

Variables& Variables::path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash + 1);
  set("d", slash == 0 ? std::string_view("/") : path.substr(0, slash));
  return set("p", "./" + std::string(name.empty() ? "." : name));
}

// %n and the targets of links are ended by the mark, which is no part of any name: a name may hold line breaks.
const char* const kBaseFunctions = R"sh(
LC_ALL=C; export LC_ALL; unset CDPATH
need() { command -v "$1" >/dev/null 2>&1 || fail "tool:$1"; }
there() { [ -e "$1" ] || [ -L "$1" ]; }
gone() { stat -L "$1" >/dev/null && fail EACCES; exit 96; }
enter() { cd -P "$1" 2>/dev/null || gone "$1/."; }
where() { pwd -P; printf '%s%s\n' "$m" "$n"; }
other() {
  for k in d:directory p:fifo S:socket b:block c:character; do
    [ "-${k%%:*}" "$1" ] && fail "type:${k#*:}"
  done
  fail 'type:special file'
}
facts() {
  stat -c "%f/%u/%g/%s/%Y/%y/%U/%G/$m$n" "$1" || exit 96
  if [ -L "$1" ]; then readlink -n "$1"; printf '%s%s\n' "$m" "$n"; fi
}
readable() { # a regular file, links followed
  [ -f "$1" ] || { [ -e "$1" ] || gone "$1"; other "$1"; }
  [ -r "$1" ] || fail EACCES
}
id_of() { # FILE NAME: what /etc/passwd or /etc/group says
  if command -v getent >/dev/null 2>&1; then getent "$1" "$2" | cut -d: -f3
  else while IFS=: read -r k _ i _; do [ "$k" = "$2" ] && echo "$i" && break; done <"/etc/$1"
  fi
}
sum() { # FILE: its SHA-256; nothing where no tool tells it
  if command -v sha256sum >/dev/null 2>&1; then i=$(sha256sum <"$1")
  elif command -v shasum >/dev/null 2>&1; then i=$(shasum -a 256 <"$1")
  elif command -v openssl >/dev/null 2>&1; then i=$(openssl dgst -sha256 -r <"$1")
  else i=
  fi
  printf '%s' "${i%% *}"
}
number() { case $1 in '' | *[!0-9]*) fail "$2" ;; esac; }
ids() { # from $owner and $group to $uid and $gid
  uid=; gid=
  if [ -n "$owner" ]; then uid=$(id -u "$owner" 2>/dev/null) || uid=$owner; number "$uid" user; fi
  if [ -n "$group" ]; then gid=$(id_of group "$group"); [ -n "$gid" ] || gid=$group; number "$gid" group; fi
}
need stat
)sh";

const char* const kStatScript = R"sh(
enter "$d"
where
there "$p" || gone "$p"
facts "$p"
)sh";

const char* const kStatFollowScript = R"sh(
r=$(readlink -f "$a" && echo .) || gone "$a"
r=${r%??}
printf '%s\n%s%s\n' "$r" "$m" "$n"
facts "$r"
)sh";

const char* const kReadScript = R"sh(
readable "$a"
[ "$(stat -L -c %s "$a")" -le "$limit" ] || fail large
exec head -c "$over" <"$a"
)sh";

const char* const kListScript = R"sh(
need xargs
stat -c %f . >/dev/null 2>&1 || fail 'tool:stat -c'
[ -d "$a" ] || { [ -e "$a" ] || gone "$a"; fail ENOTDIR; }
[ -r "$a" ] && [ -x "$a" ] || fail EACCES
enter "$a"
where
set -- ./* ./.[!.]* ./..?*
[ $# -le "$most" ] || fail many
printf '%s\0' "$@" | xargs -0 stat -c "%f/%u/%g/%s/%Y/%y/%U/%G/%n/$m$n" 2>/dev/null
case $? in 0 | 123) ;; *) fail 'tool:xargs -0' ;; esac # some are not there any more
printf '%s%s\n' "$m" "$n"
for k in "$@"; do
  if [ -L "$k" ]; then
    printf '%s%s%s\n' "$k" "$m" "$n"
    readlink -n "$k"
    printf '%s%s\n' "$m" "$n"
  fi
done
exit 0
)sh";

const char* const kChecksumScript = R"sh(
readable "$a"
k=$(sum "$a")
[ -n "$k" ] || fail tool:sha256sum
printf '%s\n' "$k"
)sh";

// The checksum of the content that is described comes by the standard input: it may be that of a secret.
const char* const kVerifyScript = R"sh(
ids
enter "$d"
there "$p" || gone "$p"
printf '%s/%s/%s%s\n' "$uid" "$gid" "$m" "$n"
where
facts "$p"
if [ -z "$compare" ] || [ -L "$p" ] || [ ! -f "$p" ]; then exit 0; fi
[ -r "$p" ] || fail EACCES
IFS= read -r want
s=$(sum "$p")
if [ "$s" = "$want" ]; then echo same; exit 0; fi
if [ -n "$s" ] && [ -n "$hidden" ]; then echo other; exit 0; fi
[ "$(stat -c %s "$p")" -le "$most" ] || fail large
echo content
exec cat <"$p"
)sh";

const char* const kCaptureScript = R"sh(
if [ -n "$parents" ]; then
  k=$d
  while [ "$k" != / ] && ! there "$k"; do
    printf '%s%s%s\n' "$k" "$m" "$n"
    k=${k%/*}
    [ -n "$k" ] || k=/
  done
  printf '%s%s\n' "$m" "$n"
fi
enter "$d"
there "$p" || gone "$p"
where
facts "$p"
[ ! -L "$p" ] || exit 0
if [ -d "$p" ] && [ -n "$recursive" ] && [ -n "$(ls -A "$p")" ]; then echo full; exit 0; fi
if [ -f "$p" ] && [ -n "$content" ] && [ "$(stat -c %s "$p")" -le "$most" ]; then
  [ -r "$p" ] || fail EACCES
  echo content
  exec cat <"$p"
fi
)sh";

const char* const kProbeTwoScript = R"sh(
if there "$a"; then echo there; else echo absent; fi
enter "$d"
if there "$p"; then echo there; else echo absent; fi
)sh";

const char* const kProbeCopyScript = R"sh(
readable "$a"
enter "$d"
[ ! -L "$p" ] || fail type:link
readable "$p"
for k in "$a" "$p"; do
  k=$(sum "$k")
  [ -n "$k" ] || fail tool:sha256sum
  printf '%s\n' "$k"
done
)sh";

}  // namespace runbook::machine
