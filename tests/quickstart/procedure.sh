# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of the quickstart's runbooks, which are the same for every target: $target, and $target_options
# with what that target needs.
. "$(dirname "$0")/../support/tap.sh"

app=$top/build/quickstart-app
books=$top/runbooks/quickstart
port=$((20000 + $$ % 20000))
name=qs$$
dir=$tmp/service
export RUNBOOK_STATE=$tmp/state

book() {
  which=$1
  shift
  # shellcheck disable=SC2086  # words
  "$RUNBOOK" "$books/$which.lua" --target "$target" --dir "$dir" --port "$port" --name "$name" $target_options "$@" </dev/null
}
deploy() { book deploy "$@"; }
plan() { book deploy -n "$@"; }
visit() { "$app" get "127.0.0.1:$port/$1"; }
serves() { visit "" | grep -q "\"version\":\"$1\",\"colour\":\"$2\""; }
event() { grep "\"event\":\"$2\"" "$1"; }
changed_nothing() { event "$1" run.end | grep -q '"changed":0,'; }

# deploy_and_die <k> <release>: kills the run with -9 as soon as its k-th change is reported. False where the run has no more
# changes than that and so came to its end.
deploy_and_die() {
  mkfifo "$tmp/events"
  deploy --json --release "$2" >"$tmp/events" 2>/dev/null &
  runner=$!
  count=0
  while read -r line; do
    case $line in
      *'"changed":true,'*'"event":"effect.end"'*)
        count=$((count + 1))
        if [ "$count" -eq "$1" ]; then
          # The runbook is a child of the function's shell.
          pkill -9 -P "$runner" 2>/dev/null || kill -9 "$runner"
        fi
        ;;
    esac
  done <"$tmp/events"
  rm "$tmp/events"
  wait "$runner" 2>/dev/null
  [ "$count" -ge "$1" ] && "$RUNBOOK" history --plain | head -n 1 | grep -q interrupted
}

cleanup() { book teardown --yes >/dev/null 2>&1; }

procedure() {
  plan >"$tmp/plan" 2>&1
  check "a plan of the first deployment ends with 0" [ $? -eq 0 ]
  check "a plan shows what would be made" grep -q "would change" "$tmp/plan"
  check "a plan makes nothing" [ ! -e "$dir" ]
  check "a plan leaves no journal" [ ! -e "$RUNBOOK_STATE" ]

  deploy >"$tmp/first" 2>&1
  check "the first deployment ends with 0" [ $? -eq 0 ]
  check "it serves as blue" serves v1 blue
  state_of >"$tmp/before"
  deploy --json >"$tmp/second" 2>&1
  check "a second deployment ends with 0" [ $? -eq 0 ]
  check "a second deployment changes nothing" changed_nothing "$tmp/second"
  state_of >"$tmp/after"
  check "a second deployment leaves everything as it was" cmp "$tmp/before" "$tmp/after"

  plan --release v2 >"$tmp/plan" 2>&1
  check "a plan of a new release ends with 0" [ $? -eq 0 ]
  check "a plan of a new release shows the switch as a diff" grep -q '^ *+.*green\|^ *+127.0.0.1' "$tmp/plan"
  state_of >"$tmp/after"
  check "a plan of a new release changes nothing" cmp "$tmp/before" "$tmp/after"

  deploy --release v2 >"$tmp/v2" 2>&1
  check "a new release switches to green" serves v2 green

  deploy --release v3 --broken --wait 3s >"$tmp/broken" 2>&1
  check "a broken release ends with 1" [ $? -eq 1 ]
  check "a broken release leaves the old one serving" serves v2 green
  check "a broken release shows the last lines of its log" grep -q "cannot read its feature table" "$tmp/broken"

  "$RUNBOOK" history --json >"$tmp/history"
  check "every run is in the history" [ "$(grep -o '"run":' "$tmp/history" | wc -l)" -ge 4 ]

  book backup --to "$tmp/copy.db" >"$tmp/backup" 2>&1
  check "a backup ends with 0" [ $? -eq 0 ]
  check "a backup makes a copy" [ -s "$tmp/copy.db" ]
}

# Killed after every change in turn and resumed, a deployment ends as if nothing had happened.
interruptions() {
  k=1
  release=10
  while [ "$k" -le 20 ]; do
    release=$((release + 1))
    deploy_and_die "$k" "r$release" || break
    "$RUNBOOK" resume last --yes >"$tmp/resumed" 2>&1
    status=$?
    check "killed after change $k and resumed, it ends with 0" [ "$status" -eq 0 ] || cat "$tmp/resumed"
    check "killed after change $k and resumed, it serves the release" eval "visit '' | grep -q '\"version\":\"r$release\"'"
    deploy --release "r$release" --json >"$tmp/again" 2>&1
    check "killed after change $k and resumed, nothing is left to do" changed_nothing "$tmp/again"
    k=$((k + 1))
  done
  check "there were changes to be killed after" [ "$k" -gt 3 ]
}

removal() {
  book teardown --yes >"$tmp/teardown" 2>&1
  check "teardown ends with 0" [ $? -eq 0 ]
  check "teardown leaves nothing" eval '[ -z "$(state_of)" ]'
  check "teardown leaves no directory" [ ! -e "$dir" ]
  book teardown --yes >"$tmp/teardown" 2>&1
  check "a second teardown ends with 0" [ $? -eq 0 ]
}
