// SPDX-License-Identifier: Apache-2.0
// Whole trees: what comes in is unpacked into a directory of its own within the tree, where nobody else can look, and each
// file then takes its place by rename.
#include "modules/machine/shell_scripts_transfer.h"

namespace runbook::machine {

// skip() is defined before: what `find` is to leave out. Then the names of files come by the standard input whose
// checksums are wanted.
const char* const kTreeListScript = R"sh(
ids
if ! there "$a"; then echo absent; exit 0; fi
[ -d "$a" ] || fail ENOTDIR
need find
need xargs
enter "$a"
echo directory
printf '%s/%s/%s%s\n' "$uid" "$gid" "$m" "$n"
where
skip -exec stat -c "%f/%u/%g/%s/%Y/%y/%U/%G/%n/$m$n" {} + || exit 96
printf '%s%s\n' "$m" "$n"
skip -type l -exec sh -c 'for k do printf "%s%s\n" "$k" "$0"; readlink -n "$k"; printf "%s\n" "$0"; done' "$m$n" {} + || exit 96
printf '%s%s\n' "$m" "$n"
if command -v sha256sum >/dev/null 2>&1; then echo sums; else echo none; exit 0; fi
xargs -0 -r sha256sum -- 2>/dev/null
exit 0
)sh";

// $create is set where there was no directory. In the archive: t/ is what goes in; c/0 is a link to a directory of the
// tree and c/0.l what goes there, c/1 ...; c/m.MODE is what gets a mode, c/o what gets the owner without being sent.
const char* const kTreePutScript = R"sh(
ids
if [ -n "$create" ] && ! there "$a"; then (umask 022; mkdir -p "$a") || exit 96; fi
[ -d "$a" ] || { there "$a" || gone "$a"; fail ENOTDIR; }
enter "$a"
stage
k=$uid${gid:+:$gid}
(
  cd "$t/t" || exit 96
  [ -z "$k" ] || chown -hR "$k" . || exit 96
  i=0
  while [ -L "../c/$i" ]; do
    xargs -0 sh -c 'mv -f -- "$@" "$0"' "../c/$i/." <"../c/$i.l" || exit 96
    i=$((i + 1))
  done
) || exit $?
if [ -n "$k" ] && [ -e "$t/c/o" ]; then xargs -0 chown -h "$k" <"$t/c/o" || exit 96; fi
for i in "$t"/c/m.*; do
  [ -e "$i" ] || continue
  xargs -0 chmod "${i##*.}" <"$i" || exit 96
done
where
)sh";

// In the archive: c/f are files to remove, c/d directories. One that others have put something into stays.
const char* const kTreeRemoveScript = R"sh(
enter "$a"
stage
if [ -e "$t/c/f" ]; then xargs -0 rm -f <"$t/c/f" || exit 96; fi
if [ -e "$t/c/d" ]; then
  said=$(xargs -0 rmdir <"$t/c/d" 2>&1) || {
    said=$(printf '%s\n' "$said" | grep -v -e 'ot empty' -e 'No such file' -e '^$') && { printf '%s\n' "$said" >&2; exit 96; }
  }
fi
where
)sh";

}  // namespace runbook::machine
