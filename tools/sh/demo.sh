# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: the quickstart procedure on this machine, without an engine. Two releases, one after the other, so that
# there is a switch to see; then everything is taken down again, unless it is to be kept.

quickstart() {
  procedure=$1
  shift
  set -- "runbooks/quickstart/$procedure.lua" --target local --dir "$demo_dir" --port "$demo_port" "$@"
  printf '\n$ build/runbook %s\n' "$*" >&2
  build/runbook "$@" >&2
}

# The first of three ports in a row that nobody listens on, as the kernel lists them (state 0A, ports in hex).
free_ports() {
  for port in 8080 8180 8280 8380 18080 28080; do
    taken=
    for p in $port $((port + 1)) $((port + 2)); do
      if grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf '%04X' "$p") [0-9A-F:]+ 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null; then taken=1; fi
    done
    if [ -z "$taken" ]; then echo "$port"; return; fi
  done
  die "no three free ports in a row"
}

demo_teardown() { quickstart teardown --yes; }

demo() {
  keep=
  case ${1:-} in
    '') ;;
    --keep) keep=1 ;;
    *) die "unknown option '$1'" ;;
  esac
  need_packages build
  build_release
  demo_port=$(free_ports)
  if [ -n "$keep" ]; then
    demo_dir=${XDG_STATE_HOME:-$HOME/.local/state}/runbook-demo
    mkdir -p "$demo_dir"
    # One that was kept before has its ports already: the colours are at the front's plus 1 and 2.
    if [ -s "$demo_dir/front/upstream" ]; then
      demo_port=$(sed 's/.*://' "$demo_dir/front/upstream")
      demo_port=$((demo_port - demo_port % 10))
    fi
  else
    make_work
    demo_dir=$work/quickstart
    RUNBOOK_STATE=$work/state
    export RUNBOOK_STATE
    at_exit demo_teardown
  fi
  url=http://127.0.0.1:$demo_port/
  for release in v1 v2; do
    quickstart deploy --release "$release"
    note "$url answers: $(build/quickstart-app get "127.0.0.1:$demo_port/")"
  done
  if [ -n "$keep" ]; then
    note "it goes on running at $url; to take it down:"
    note "  build/runbook runbooks/quickstart/teardown.lua --target local --dir $demo_dir --port $demo_port"
  else
    note "taking it down again; ./dev demo --keep leaves it at $url"
  fi
}
