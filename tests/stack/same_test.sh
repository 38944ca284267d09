#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stacks on a swarm of one node: the same as those of the docker CLI.
. "$(dirname "$0")/lab.sh"

check "a stack is the same whether we deploy it or the docker CLI" run_specs same_spec.lua
