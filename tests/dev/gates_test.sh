#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gates that need no build: the layers, and that ./dev itself is plain POSIX sh.
. "$(dirname "$0")/../support/tap.sh"
cd "$top" || exit 1

parses() { for script in dev tools/sh/*.sh tools/*.sh tests/support/*.sh bench/*.sh; do sh -n "$script" || return 1; done; }
check "shell scripts parse" parses
check "no layer reaches past its neighbours" tools/check_layers.sh
help_lists_commands() { ./dev help | grep -q '^  test'; }
check "dev: help lists the commands" help_lists_commands
refuses_unknown() { ! ./dev frobnicate; }
check "dev: an unknown command is refused" refuses_unknown
