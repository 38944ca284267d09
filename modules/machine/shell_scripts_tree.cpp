// SPDX-License-Identifier: Apache-2.0
// Whole trees: what comes in is unpacked into a directory of its own within the tree, where nobody else can look, and each
// file then takes its place by rename.
#include "modules/machine/shell_scripts_transfer.h"

namespace runbook::machine {

// Defined before: skip(), which is `find` without what it is to leave out, and pruned(), which is only that. Then the
// names of files come by the standard input whose checksums are wanted.
const char* const kTreeListScript = R"sh(
ids
if ! there "$a"; then echo absent; exit 0; fi
[ -d "$a" ] || fail ENOTDIR
need find
need xargs
stat -c %f . >/dev/null 2>&1 || fail 'tool:stat -c'
enter "$a"
echo directory
printf '%s/%s/%s%s\n' "$uid" "$gid" "$m" "$n"
where
skip -exec stat -c "%f/%u/%g/%s/%Y/%y/%U/%G/%n/$m$n" {} + || exit 96
printf '%s%s\n' "$m" "$n"
skip -type l -exec sh -c 'for k do printf "%s%s\n" "$k" "$0"; readlink -n "$k"; printf "%s\n" "$0"; done' "$m$n" {} + || exit 96
printf '%s%s\n' "$m" "$n"
if [ -n "$delete" ]; then pruned -exec sh -c 'for k do printf "%s%s\n" "$k" "$0"; done' "$m$n" {} + || exit 96; fi
printf '%s%s\n' "$m" "$n"
if command -v sha256sum >/dev/null 2>&1; then echo sums; else echo none; exit 0; fi
xargs -0 -r sha256sum -- 2>/dev/null
exit 0
)sh";

// $create is set where there was no directory. In the archive: t/ is what goes in. c/0 is a link to a directory of the
// tree and c/0.l what goes there, c/1 ...; c/s0.MODE is what gets a mode before it goes there, c/s1.MODE ...; c/k is what
// takes the place of a file whose owner it gets. Of what is there: c/m.MODE gets a mode, c/o the owner.
const char* const kTreePutScript = R"sh(
ids
made=
if [ -n "$create" ] && ! there "$a"; then
  if there "$d"; then [ -d "$d" ] || fail ENOTDIR
  else (umask 022; mkdir -p "$d") || exit 96
  fi
  enter "$d"
  mkdir -m 700 "$p" || exit 96
  (seat "$p" && give .) || { rmdir "$p"; exit 96; }
  made=1
fi
[ -d "$a" ] || { there "$a" || gone "$a"; fail ENOTDIR; }
enter "$a"
[ -z "$made" ] || [ -w . ] || chmod u+wx . || exit 96
stage
keep_owners() {
  [ -e ../c/k ] || return 0
  need find
  need sort
  for o in $( (cd -P ../.. && xargs -0 sh -c 'find "$@" -prune -type f -exec stat -c %u:%g {} +' sh 2>/dev/null) <../c/k | sort -u); do
    [ "$o" != "$(id -u):$(id -g)" ] || continue
    (cd -P ../.. && xargs -0 sh -c 'u=$0; g=$1; shift; find "$@" -prune -type f -user "$u" -group "$g" -print0' "${o%:*}" "${o#*:}" 2>/dev/null) <../c/k |
      xargs -0 -r chown -h "${uid:-${o%:*}}:${gid:-${o#*:}}" || exit 96
  done
}
enter_tree() { # LINK: sets $into, where what goes there goes
  into=$1/.
  [ -z "$steady" ] && [ -d /proc/self/fd ] || return 0
  (exec 7<"$into") 2>/dev/null || return 0
  exec 7<"$into"
  k=$(readlink -n "$1"; echo .)
  k=$b${k#../..}
  k=${k%.}
  [ "$(cd -P /proc/self/fd/7 && pwd -P; echo .)" = "${k:-/}
." ] || fail EACCES
  into=/proc/self/fd/7/.
}
k=$uid${gid:+:$gid}
(
  cd t || exit 96
  [ -z "$k" ] || chown -hR "$k" . || exit 96
  [ -n "$uid" ] && [ -n "$gid" ] || keep_owners
  i=0
  while set -- ../c/s$i.*; [ -e "$1" ]; do
    xargs -0 chmod "${1##*.}" <"$1" || exit 96
    i=$((i + 1))
  done
  i=0
  while [ -L "../c/$i" ]; do
    enter_tree "../c/$i"
    xargs -0 sh -c 'mv -f -- "$@" "$0"' "$into" <"../c/$i.l" || exit 96
    i=$((i + 1))
  done
  # Somebody may have cleared this away meanwhile.
  [ -e ../c/end ] || fail cut
) || exit $?
amend_all() { # $uid and $gid, or $mode, of what is named by the standard input
  cd -P .. || exit 96
  if [ -z "$steady" ]; then
    xargs -0 sh -c "$careful"'b=$0; uid=$1; gid=$2; mode=$3; shift 3; s=0
      for k do (within "$k" || exit 96; amend "./${k##*/}") || s=1; done; exit $s' "$b" "$uid" "$gid" "$mode"
  elif [ -n "$mode" ]; then xargs -0 chmod "$mode"
  else xargs -0 chown -h "$k"
  fi
}
root_mode=$mode
mode=
if [ -n "$k" ] && [ -e c/o ]; then (amend_all) <c/o || exit 96; fi
uid=
gid=
for i in c/m.*; do
  [ -e "$i" ] || continue
  (mode=${i##*.}; amend_all) <"$i" || exit 96
done
unstage
[ -z "$made" ] || chmod "$root_mode" . || exit 96
where
)sh";

// In the archive: c/f are files to remove, c/d directories. One that others have put something into stays.
const char* const kTreeRemoveScript = R"sh(
enter "$a"
stage
remove_all() { # COMMAND: of what is named by the standard input
  cd -P .. || exit 96
  if [ -n "$steady" ]; then xargs -0 "$@"
  else
    xargs -0 sh -c "$careful"'b=$0; how=$1; shift; s=0
      for k do (within "$k" || exit 0; $how "./${k##*/}") || s=1; done; exit $s' "$b" "$*"
  fi
}
if [ -e c/f ]; then (remove_all rm -f) <c/f || exit 96; fi
if [ -e c/d ]; then
  said=$( (remove_all rmdir) <c/d 2>&1) || {
    said=$(printf '%s\n' "$said" | grep -v -e 'ot empty' -e 'No such file' -e '^$') && { printf '%s\n' "$said" >&2; exit 96; }
  }
fi
unstage
where
)sh";

}  // namespace runbook::machine
