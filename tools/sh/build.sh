# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: configure and build. Both steps do nothing when nothing changed.

jobs=${RUNBOOK_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}

# configure <preset> <directory>
configure() {
  launcher=
  if have ccache; then launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  stamp="$1 $launcher $(cksum < CMakePresets.json)"
  if [ -f "$2/build.ninja" ] && [ "$(cat "$2/.configured" 2>/dev/null)" = "$stamp" ]; then return 0; fi
  note "configuring $2 ($1)"
  cmake --preset "$1" $launcher >&2
  printf '%s\n' "$stamp" > "$2/.configured"
}

build_release() {
  configure release build
  note "building build/runbook"
  ninja -C build -j "$jobs" >&2
}

build_asan() {
  configure asan build-asan
  note "building the tests with sanitizers in build-asan"
  ninja -C build-asan -j "$jobs" >&2
}

install_tree() {
  writer=as_root
  if mkdir -p "$1" 2>/dev/null && [ -w "$1" ]; then writer=; fi
  $writer cmake --install build --prefix "$1" >&2
  note "installed: $1/bin/runbook"
}
