// SPDX-License-Identifier: Apache-2.0
// What changes files: whole or not at all. New content goes into a directory of its own beside the target that only its
// owner can look into; it is counted, gets its owner and mode there, and takes the target's place by rename. So in a
// directory that others can change, too, no name of theirs is ever followed.
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

// $careful is also given to shells that xargs starts, so there is no single quote in it.
const char* const kChangeFunctions = R"sh(
careful='
give() { # NAME in a directory that nobody else can change: $uid, $gid, $mode; the owner clears set-user-id bits
  k=$uid${gid:+:$gid}
  [ -z "$k" ] || chown -h "$k" "$1" || exit 96
  [ -z "$mode" ] || chmod "$mode" "$1" || exit 96
}
stands() { # whether nobody else can put something else in the place of what is in this directory
  case $(stat -c "%u %A" .) in
    *" "?????w* | *" "????????w*) return 1 ;;
    "0 "* | "$(id -u) "*) return 0 ;;
  esac
  return 1
}
same() { [ "$(stat -L -c %d:%i "$1")" = "$i" ]; }
refuse() { echo "$1: Permission denied" >&2; exit 96; }
amend() { # NAME of what was there before: it is opened, and what is open is changed, if it is what has the name
  if stands; then give "$1"; return; fi
  k=$uid${gid:+:$gid}
  [ -z "$k" ] || chown -h "$k" "$1" || exit 96
  [ -n "$mode" ] || return 0
  i=$(stat -c %d:%i "$1") || exit 96
  if [ -d "$1" ]; then (cd -P "$1" && same . && chmod "$mode" .) && return
  elif [ -f "$1" ] && [ -d /proc/self/fd ]; then
    (exec 8<"$1" && same /proc/self/fd/8 && chmod "$mode" /proc/self/fd/8) 2>/dev/null && return
  fi
  # What even its owner cannot open.
  [ "$(id -u)" != 0 ] || refuse "$1"
  chmod "$mode" "$1" || exit 96
}
within() { # PATH below $b, which is this directory: enters the directory that it is in, by no link
  w=${1%/*}
  cd -P "$w" 2>/dev/null || return 1
  w=$b${w#.}
  [ "$(pwd -P; echo .)" = "${w:-/}
." ] || refuse "$1"
}
'
eval "$careful"
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
seat() { # DIRECTORY: enters it, if it is ours alone, and no link
  [ ! -L "$1" ] && i=$(stat -c '%d:%i %u %a' "$1" 2>/dev/null) || return 1
  case ${i#* } in
    "$(id -u) 700" | "$(id -u) 2700") ;;
    *) # Not every file system has owners and modes.
      case $(stat -f -c %T . 2>/dev/null) in ext* | xfs | btrfs | tmpfs | overlay* | zfs | f2fs) stands || return 1 ;; esac ;;
  esac
  cd -P "$1" && [ "$(stat -c '%d:%i %u %a' .)" = "$i" ]
}
tidy() { rm -f draft; cd -P .. && rmdir "$t"; }
draft() { # [DIRECTORY]: enters a new directory; gone when the script ends
  umask 077
  # Where nobody hears us any more this still has to be tidied up.
  trap '' PIPE
  t=.runbook-$m$n
  cd -P "${1:-.}" || exit 96
  mkdir -m 700 "$t" || exit 96
  seat "$t" || { rmdir "$t"; fail EACCES; }
  trap tidy EXIT
  trap 'exit 95' HUP INT TERM
  p=../${p#./}
}
fill() { # $size bytes of the standard input: what is cut off on the way must not take the place of anything
  cat >draft || exit 96
  [ "$(stat -c %s draft)" = "$size" ] || fail cut
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
  flush draft
  give draft
  move draft "$p"
  cd -P .. || exit 96
  trap - EXIT
  rmdir "$t"
  p=./${p#../}
  flush .
}
write() { keep; draft; fill; place; }
directory() {
  umask 077
  mkdir -m 700 "$p" || exit 96
  (seat "$p" && give .) || { rmdir "$p"; exit 96; }
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
  trap '' PIPE
  trap 'rm -f "$t"' EXIT
  trap 'exit 95' HUP INT TERM
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
exec 8>>"$p" || exit 96
i=$(stat -c %d:%i "$p")
if [ -d /proc/self/fd ]; then same /proc/self/fd/8 || fail type:link; fi
z=$(stat -c %s "$p")
(
  if [ -w . ]; then draft; else draft "${TMPDIR:-/tmp}"; fi
  fill
  cat draft >&8 || exit 94
)
k=$?
if [ $k = 94 ]; then
  [ ! -d /proc/self/fd ] || p=/proc/self/fd/8
  dd if=/dev/null of="$p" bs=1 seek="$z" 2>/dev/null
  exit 96
fi
[ $k = 0 ] || exit $k
flush "$p"
amend "$p"
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
cat "$a" >draft || exit 96
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
  [ "$k" -ge 1 ] || fail 'tool:find, stat or sort'
  [ "$k" -eq 1 ] || fail mount
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
amend "$p"
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
    if [ "$now" = directory ]; then amend "$p"; else make_directory; fi ;;
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
