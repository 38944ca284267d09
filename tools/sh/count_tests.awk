# SPDX-License-Identifier: Apache-2.0
# Reads the output of `ctest -V` and prints "<passed> <failed> <skipped>", counting test cases, not programs: a program that
# ends with Catch2's summary, or that of `runbook test`, counts as what the summary says, any other as one. A program that
# ctest calls failed counts at least one failure, whatever it printed. A line "skipped: <reason>" is a case that returned early without testing
# anything (tests/support/skip.h).
function number_before(line, word,   at, parts, n) {
  at = index(line, word)
  if (!at) return 0
  n = split(substr(line, 1, at - 1), parts, /[^0-9]+/)
  return parts[n] + 0
}
/^[0-9]+: / {
  id = $0
  sub(/:.*/, "", id)
  if (/: All tests passed \(/) {  # "All tests passed (7 assertions in 3 test cases)"
    summary[id] = 1
    good[id] += number_before($0, " test case")
  } else if (/: test cases: /) {  # "test cases: 3 | 2 passed | 1 failed"
    summary[id] = 1
    good[id] += number_before($0, " passed")
    bad[id] += number_before($0, " failed")
  } else if (/: [0-9]+ passed, [0-9]+ failed/) {  # "3 passed, 0 failed"
    summary[id] = 1
    good[id] += number_before($0, " passed")
    bad[id] += number_before($0, " failed")
  } else if (/: *skipped: /) {
    left[id]++
  }
}
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ {
  match($0, /#[0-9]+/)
  id = substr($0, RSTART + 1, RLENGTH - 1)
  seen[id] = 1
  if (/\*\*\*Skipped/) left[id]++
  else if (/ Passed +[0-9.]+ sec/) { if (!summary[id]) good[id]++ }
  else if (!bad[id]) bad[id]++
}
END {
  for (id in seen) {
    if (summary[id]) good[id] -= left[id]
    passed += good[id]; failed += bad[id]; skipped += left[id]
  }
  print passed + 0, failed + 0, skipped + 0
}
