#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What becomes of stacks on a swarm of one node when something goes wrong.
. "$(dirname "$0")/lab.sh"

check "a stack that cannot run is a failure, and says why" run_specs trouble_spec.lua
