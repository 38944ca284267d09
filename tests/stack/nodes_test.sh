#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stacks on three machines.
nodes=3
. "$(dirname "$0")/lab.sh"

docker -H "$url" save idle -o "$tmp/idle.tar" && node load "$tmp/e" "$tmp/idle.tar" || exit 1
check "a stack on several nodes is where it may be" run_specs nodes_spec.lua
