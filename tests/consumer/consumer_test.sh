#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program of somebody else, built from an installed tree and nothing of this one.
. "$(dirname "$0")/../support/tap.sh"
here=$(cd "$(dirname "$0")" && pwd)
build=$(dirname "$RUNBOOK")
export RUNBOOK_STATE="$tmp/state"

check "the tree installs" cmake --install "$build" --prefix "$tmp/prefix"
check "the program runs from there" "$tmp/prefix/bin/runbook" version
no_tree_paths() { ! grep -rl "$top" "$tmp/prefix/lib/cmake"; }
check "the package names nothing of the tree that it was built in" no_tree_paths
only_public() { ! grep -rnE '#include "(host|modules|tests)/' "$tmp/prefix/include"; }
check "the public headers need no others" only_public

cp -r "$here" "$tmp/source"
check "find_package(runbook) finds it" \
  cmake -G Ninja -S "$tmp/source" -B "$tmp/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$tmp/prefix"
check "programs with a module of their own build" ninja -C "$tmp/build"

app() { "$tmp/build/acme-app" "$here/widgets.lua" "$@"; }
runs() { app --count=2 >"$tmp/out"; cat "$tmp/out"; grep -qxF "done, 2 changed" "$tmp/out"; }
check "the application runs a file" runs
check "and hears of the effects" grep -qxF "done: create widget 'w2'" "$tmp/out"
check "and of what is printed" grep -qF "it says: w2" "$tmp/out"
refuses() { status=0; app --count=many >"$tmp/out" || status=$?; cat "$tmp/out"; [ "$status" -eq 2 ]; }
check "a wrong parameter is a usage error" refuses

program="$tmp/build/acme-runbook"
check "the program with the module runs it too" "$program" "$here/widgets.lua" --count 1
help() { "$program" help acme.widget_create | grep -qF "Creates a widget"; }
check "and documents it" help
unknown() { ! "$tmp/prefix/bin/runbook" "$here/widgets.lua" --count 1; }
check "the plain program does not know the module" unknown
