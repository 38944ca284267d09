# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: the quickstart procedure on this machine, without an engine.

demo_teardown() {
  [ -n "$demo_running" ] || return 0
  demo_running=
  note "taking it down again"
  build/runbook runbooks/quickstart/teardown.lua --target local --dir "$demo_dir/service" --yes >&2
}

demo() {
  keep=
  case ${1:-} in
    '') ;;
    --keep) keep=1 ;;
    *) die "unknown option '$1'" ;;
  esac
  need_packages build
  build_release
  if [ -n "$keep" ]; then
    demo_dir=${XDG_STATE_HOME:-$HOME/.local/state}/runbook-demo
    mkdir -p "$demo_dir"
  else
    make_work
    demo_dir=$work
  fi
  XDG_STATE_HOME=$demo_dir/state
  export XDG_STATE_HOME
  demo_running=1
  [ -n "$keep" ] || at_exit demo_teardown
  build/runbook runbooks/quickstart/deploy.lua --target local --dir "$demo_dir/service"
}
