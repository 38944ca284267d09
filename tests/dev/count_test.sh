#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The count at the end of `./dev test` hides no failure.
. "$(dirname "$0")/../support/tap.sh"
cd "$top" || exit 1

# counts "<passed> <failed> <skipped>" <<log
counts() { [ "$(awk -f tools/sh/count_tests.awk)" = "$1" ]; }

all_pass() { counts '15 0 0' <<'LOG'
1: All tests passed (34 assertions in 15 test cases)
1/1 Test #1: core_test ........................   Passed    0.03 sec
LOG
}
check "cases are counted, not programs" all_pass

some_fail() { counts '2 1 0' <<'LOG'
1: test cases: 3 | 2 passed | 1 failed
1: assertions: 9 | 8 passed | 1 failed
1/1 Test #1: core_test ........................***Failed    0.03 sec
LOG
}
check "failed cases are counted" some_fail

crash() { counts '0 1 0' <<'LOG'
1/1 Test #1: core_test ........................***Exception: SegFault  0.03 sec
LOG
}
check "a program that crashes is a failure" crash

leak() { counts '15 1 0' <<'LOG'
1: All tests passed (34 assertions in 15 test cases)
1: ERROR: LeakSanitizer: detected memory leaks
1/1 Test #1: core_test ........................***Failed    0.03 sec
LOG
}
check "a leak found after the last case is a failure" leak

not_built() { counts '0 1 0' <<'LOG'
1/1 Test #1: core_test ........................***Not Run   0.00 sec
LOG
}
check "a program that is not there is a failure" not_built

skipped() { counts '14 0 1' <<'LOG'
1: skipped: there is no engine
1: All tests passed (34 assertions in 15 test cases)
1/1 Test #1: core_test ........................   Passed    0.03 sec
LOG
}
check "a skipped case did not pass" skipped

two_programs() { counts '16 0 0' <<'LOG'
1: All tests passed (34 assertions in 15 test cases)
2: hello
 1/2 Test #1: core_test ........................   Passed    0.03 sec
 2/2 Test  #2: other_test .......................   Passed    0.03 sec
LOG
}
check "a program without a summary counts as one" two_programs

specs() { counts '12 1 0' <<'LOG'
1: 12 passed, 1 failed
1/1 Test #1: machine_spec .....................***Failed    0.03 sec
LOG
}
check "cases of specs are counted" specs
