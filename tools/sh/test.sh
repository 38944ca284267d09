# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: runs every suite and adds up their counts. The last line is "N passed, N failed"; the exit status is 0
# only if something passed and nothing failed.

total_passed=0
total_failed=0
total_skipped=0

# count <suite> <passed> <failed> <skipped>
count() {
  total_passed=$((total_passed + $2))
  total_failed=$((total_failed + $3))
  total_skipped=$((total_skipped + $4))
  note "$1: $2 passed, $3 failed, $4 skipped"
}

finish() {
  if [ "$total_skipped" -gt 0 ]; then
    printf '%s skipped\n' "$total_skipped"
    if [ "${CI:-}" = true ]; then total_failed=$((total_failed + total_skipped)); fi
  fi
  printf '%s passed, %s failed\n' "$total_passed" "$total_failed"
  [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}

# run_ctest <suite> <directory> [ctest arguments]: shows one line a program, and the whole output of those that fail.
run_ctest() {
  suite=$1 directory=$2
  shift 2
  log=$work/$suite.log
  note "$suite: ctest in $directory"
  { ctest --test-dir "$directory" -V -j "$jobs" --timeout 600 "$@" 2>&1 || :; } | tee "$log" |
    grep -E '^ *[0-9]+/[0-9]+ Test' >&2 || :
  awk '/^ *[0-9]+\/[0-9]+ Test +#/ && !/ Passed +[0-9.]+ sec/ { match($0, /#[0-9]+/); print substr($0, RSTART + 1, RLENGTH - 1) }' \
    "$log" | while read -r id; do sed -n "s/^$id: //p" "$log" >&2; done
  # shellcheck disable=SC2046  # three numbers
  set -- $(awk -f tools/sh/count_tests.awk "$log")
  if [ "$(($1 + $2 + $3))" -eq 0 ]; then
    tail -n 20 "$log" >&2
    note "$suite: no test ran"
    set -- 0 1 0
  fi
  count "$suite" "$@"
}

# Every tests/**/*_test.sh, which use the program as it is installed. Most of the time they wait for engines, so as many run
# at once as there are cores; each has engines, networks and ports of its own.
run_scripts() {
  find tests -name '*_test.sh' | sort >"$work/suites"
  xargs -P "$jobs" -I '{}' tools/sh/run_suite.sh '{}' "$work" <"$work/suites" || :
  while read -r script; do
    name=$(suite_name "$script")
    # One that did not come to its end is a failure.
    # shellcheck disable=SC2046  # three numbers
    count "$name" $(cat "$work/$name.counts" 2>/dev/null || echo 0 1 0)
  done <"$work/suites"
}

prepare_tests() {
  case ${1:-} in
    -y | --yes) ASK=0 ;;
    '') ASK=1 ;;
    *) die "unknown option '$1'" ;;
  esac
  need_packages build test
  make_work
}

test_all() {
  prepare_tests "$@"
  build_release
  build_asan
  RUNBOOK_PROGRAM=$PWD/build/runbook
  export RUNBOOK_PROGRAM
  LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
  export LSAN_OPTIONS
  run_ctest sanitized build-asan
  run_scripts
  finish
}

test_asan() {
  prepare_tests "$@"
  build_asan
  LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
  export LSAN_OPTIONS
  run_ctest sanitized build-asan
  finish
}
