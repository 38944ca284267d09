# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: measures ours beside what else is installed. Docker, fleet and transfer only where they are asked for:
# they take minutes, root, and tools to compare with.
bench_all() {
  [ $# -gt 0 ] || set -- startup scripts json
  for name in "$@"; do
    [ -f "bench/$name.sh" ] && [ "$name" != measure ] || die "there is no benchmark '$name'"
  done
  need_packages build bench
  case " $* " in *" fleet "* | *" transfer "*) need_packages fleet ;; esac
  case " $* " in *" docker "*) need_packages test ;; esac
  build_release
  for name in "$@"; do
    case $name in
      docker | fleet | transfer) as_root sh "bench/$name.sh" build/runbook ;;
      *) "bench/$name.sh" build/runbook ;;
    esac
  done
}
