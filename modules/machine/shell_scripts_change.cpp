// SPDX-License-Identifier: Apache-2.0
// What changes files: whole or not at all. New content goes to a file beside the target that only its owner can open;
// it is counted, gets its owner and mode, and takes the target's place by rename.
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

// The draft's owner and mode are set through the open file where there is a /proc: in a directory that is somebody
// else's the name may mean another file by then.
const char* const kChangeFunctions = R"sh(
give() { # PATH [PATH]: $uid, $gid and $mode; the owner first, because that clears set-user-id bits
  # In one call: that of busybox takes what it is not given from the link, not from what it leads to.
  k=$uid${gid:+:$gid}
  [ -z "$k" ] || chown "$k" "$1" 2>/dev/null || chown "$k" "${2:-$1}" || exit 96
  [ -z "$mode" ] || chmod "$mode" "$1" 2>/dev/null || chmod "$mode" "${2:-$1}" || exit 96
}
former() { # sets $old where a regular file is at $p
  old=
  [ ! -L "$p" ] || fail type:link
  [ ! -e "$p" ] && return
  [ -f "$p" ] || other "$p"
  old=1
}
keep() { # what the new file keeps of the old one
  if [ -n "$old" ]; then
    [ -n "$mode" ] || mode=$(stat -c %a "$p")
    k=$(stat -c %u "$p"); [ -n "$uid" ] || [ "$k" = "$(id -u)" ] || uid=$k
    k=$(stat -c %g "$p"); [ -n "$gid" ] || [ "$k" = "$(id -g)" ] || gid=$k
  fi
  [ -n "$mode" ] || mode=$new
}
draft() { # [DIRECTORY]: opens a new file $t as 9; gone when the script ends, unless it was placed
  t=${1:-.}/.runbook-$m$n
  umask 077
  set -C
  exec 9>"$t" || exit 96
  set +C
  trap 'rm -f "$t"' EXIT
  trap 'exit 95' HUP INT TERM
}
fill() { # $size bytes of the standard input: what is cut off on the way must not take the place of anything
  cat >&9 || exit 96
  [ "$(stat -c %s "$t")" = "$size" ] || fail cut
}
flush() { sync "$1" 2>/dev/null || sync 2>/dev/null || :; }
move() { # FROM TO: by rename, also over a link to a directory and an empty directory
  said=$(mv -fT "$1" "$2" 2>&1) && return
  case $said in
    *'is a directory'* | *'nvalid option'* | *'nrecognized option'* | *'llegal option'*) ;;
    *) printf '%s\n' "$said" >&2; exit 96 ;;
  esac
  # This mv cannot.
  if [ -L "$2" ]; then rm -f "$2" || exit 96
  elif [ -d "$2" ]; then rmdir "$2" || exit 96
  fi
  mv -f "$1" "$2" || exit 96
}
place() { # the draft takes the target's place
  flush "$t"
  give /proc/self/fd/9 "$t"
  exec 9>&-
  move "$t" "$p"
  trap - EXIT
  flush .
}
write() { keep; draft; fill; place; }
directory() {
  umask 077
  mkdir "$p" || exit 96
  (cd -P "$p" && give .) || { rmdir "$p"; exit 96; }
  flush .
}
make_directory() { # with the directories that it is in
  if there "$d"; then [ -d "$d" ] || fail ENOTDIR
  else (umask 022; mkdir -p "$d") || exit 96
  fi
  enter "$d"
  : "${mode:=00755}"
  directory
}
link() { # $to at $p
  if there "$p"; then
    [ -n "$replace" ] && [ -L "$p" ] || fail EEXIST
  fi
  t=./.runbook-$m$n
  trap 'rm -f "$t"' EXIT
  ln -s -- "$to" "$t" || exit 96
  move "$t" "$p"
  trap - EXIT
  flush .
}
rename() { # $a to $p
  there "$a" || gone "$a"
  if there "$p"; then
    [ -n "$replace" ] || fail EEXIST
    if [ -d "$p" ] && [ ! -L "$p" ]; then
      [ -d "$a" ] && [ ! -L "$a" ] || fail EISDIR
    elif [ -d "$a" ] && [ ! -L "$a" ]; then fail ENOTDIR
    fi
  fi
  [ "$(stat -c %d "$a")" = "$(stat -c %d .)" ] || fail device
  move "$a" "$p"
  flush .
}
)sh";

const char* const kWriteScript = R"sh(
ids
enter "$d"
former
write
where
)sh";

const char* const kAppendScript = R"sh(
ids
enter "$d"
former
if [ -z "$old" ]; then write; where; exit 0; fi
[ -w "$p" ] || { : >>"$p"; } || exit 96
if [ -w . ]; then draft; else draft "${TMPDIR:-/tmp}"; fi
fill
k=$(stat -c %s "$p")
cat "$t" >>"$p" || { dd if=/dev/null of="$p" bs=1 seek="$k" 2>/dev/null; exit 96; }
flush "$p"
give "$p"
where
)sh";

const char* const kCopyScript = R"sh(
ids
readable "$a"
enter "$d"
former
[ -z "$old" ] || [ -n "$replace" ] || fail EEXIST
new=$(stat -L -c %a "$a")
case $new in ????) new=${new#?} ;; esac
keep
draft
cat "$a" >&9 || exit 96
place
where
)sh";

const char* const kRenameScript = R"sh(
enter "$d"
rename
where
)sh";

const char* const kRemoveScript = R"sh(
enter "$d"
where
if ! there "$p"; then echo absent; exit 0; fi
if [ -L "$p" ] || [ ! -d "$p" ]; then rm -f "$p" || exit 96
elif [ -z "$recursive" ]; then rmdir "$p" || exit 96
else
  need find
  k=$(find "$p" -type d -exec stat -c %d {} + 2>/dev/null | sort -u | wc -l)
  [ "$k" -le 1 ] || fail mount
  rm -rf "$p" || exit 96
fi
flush .
echo removed
)sh";

const char* const kDirectoryScript = R"sh(
ids
make_directory
where
)sh";

const char* const kLinkScript = R"sh(
enter "$d"
link
where
)sh";

const char* const kAttributesScript = R"sh(
ids
enter "$d"
[ ! -L "$p" ] || fail type:link
there "$p" || gone "$p"
give "$p"
where
)sh";

// $kept is the type of what was at $p. Where $a is set, it was renamed from $a to the place of $fd and $fp before; the
// script's arguments are the directories that were made for $p.
const char* const kRestoreScript = R"sh(
if [ -n "$a" ]; then
  enter "$fd"
  (p=$fp; replace=; rename) || exit $?
fi
now=absent
if [ -d "$d" ]; then
  enter "$d"
  if [ -L "$p" ]; then now=link
  elif [ -f "$p" ]; then now=file
  elif [ -d "$p" ]; then now=directory
  elif [ -e "$p" ]; then now=other
  fi
fi
if [ "$now" != "$kept" ] && [ "$now" != absent ]; then
  # Never recursively: what others have put into a new directory since is not ours to remove.
  if [ "$now" = directory ]; then rmdir "$p" || exit 96; else rm -f "$p" || exit 96; fi
  flush .
fi
case $kept in
  file) enter "$d"; former; write ;;
  link)
    if [ "$now" != link ] || [ "$(readlink -n "$p"; echo .)" != "$to." ]; then enter "$d"; replace=1; link; fi ;;
  directory)
    if [ "$now" = directory ]; then give "$p"; else make_directory; fi ;;
esac
for k in "$@"; do
  said=$(rmdir "$k" 2>&1) && continue
  case $said in
    *'ot empty') break ;;
    *'No such file or directory') ;;
    *) printf '%s\n' "$said" >&2; exit 96 ;;
  esac
done
exit 0
)sh";

}  // namespace runbook::machine
