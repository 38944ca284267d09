#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program on many hosts over SSH: what it costs us, beside the least that a client on libssh2 can do (ssh/floor.cpp) and
# beside other tools, where they are installed. All in one run on one computer; a network of its own, with only `lo`.
# usage: bench/fleet.sh [build/runbook]
#   BENCH_HOSTS=500      hosts, 50 at a time
#   BENCH_SLOW_HOSTS=100 the same for Ansible, pssh and clush, of which every host takes long
#   BENCH_ROUNDS=3       of ours and of the floor, in turns; the median counts
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
. "$here/ssh/lab.sh"
program=$(realpath "${1:-$here/../build/runbook}")
lab_enter "$0" "$program"
hosts=${BENCH_HOSTS:-500} slow_hosts=${BENCH_SLOW_HOSTS:-100} rounds=${BENCH_ROUNDS:-3}
lab_start
. "$here/ssh/peers.sh"

floor() { echo "$LAB/floor $LAB/user $LAB/host.pub root 22 $(first "$1") $2 $3 true"; }
ours() { echo "$program $here/ssh/steps.lua --lab=$LAB --hosts=$(first "$1") --at-once=$2 --steps=$3"; }
# The same hosts by way of a relay that takes 50 ms for each round trip.
echo 127.0.3.1 >"$LAB/hosts.far"
far_floor() { echo "$LAB/floor $LAB/user $LAB/host.pub root 2222 $LAB/hosts.far 1 10 true"; }
far_ours() {
  echo 127.0.3.1:2222 >"$LAB/hosts.far_port"
  echo "$program $here/ssh/steps.lua --lab=$LAB --hosts=$LAB/hosts.far_port --steps=10"
}

# measure ROUNDS COMMAND...: sets cpu, wall (medians, ms) and there (of sshd and what runs under it, ms, last round).
measure() {
  turns=$1
  shift
  : >"$LAB/cpus"
  : >"$LAB/walls"
  while [ "$turns" -gt 0 ]; do
    before=$(sshd_ms)
    COST_LOG="$LAB/log" "$LAB/cost" "$@" >"$LAB/cost.out" || { echo "failed: $*"; tail -5 "$LAB/log"; return 1; }
    sleep 0.3
    there=$(($(sshd_ms) - before))
    cut -d' ' -f1 "$LAB/cost.out" >>"$LAB/cpus"
    cut -d' ' -f2 "$LAB/cost.out" >>"$LAB/walls"
    turns=$((turns - 1))
  done
  cpu=$(median <"$LAB/cpus") wall=$(median <"$LAB/walls")
}

line() { printf '%-36s %6s %9s %8s %9s %8s %9s  %s\n' "$@"; }

# row NAME UNITS HOSTS COMMAND...: UNITS is what the costs are divided by.
row() {
  name=$1 units=$2 count=$3
  shift 3
  measure "${turns_of_row:-1}" "$@" || return 0
  each=$(awk -v a="$cpu" -v b="$units" 'BEGIN { printf "%.3f", a / b }')
  # shellcheck disable=SC2034
  memory=$("$LAB/cost" -m "$@") || memory=-
  line "$name" "$count" "$each" "$(ratio "$each" "${base:-0}")" "$(awk -v a="$wall" 'BEGIN { printf "%.2f", a / 1000 }')" "$memory" \
    "$(awk -v a="$there" -v b="$units" 'BEGIN { printf "%.2f", a / b }')" "${note:-}"
  note=
}
peer() {
  if ! have "$2"; then
    line "$1" - absent - - - - ''
    return 0
  fi
  name=$1
  shift 2
  row "$name" "$@"
}

# floor_and_ours UNITS HOSTS AT_ONCE STEPS TARGET: in turns, so that what else the computer does falls on both.
floor_and_ours() {
  units=$1 count=$2 at_once=$3 steps=$4 target=$5
  : >"$LAB/floor.cpus"
  : >"$LAB/ours.cpus"
  round=0
  # shellcheck disable=SC2046
  while [ "$round" -lt "$rounds" ]; do
    "$LAB/cost" $(floor "$count" "$at_once" "$steps") | cut -d' ' -f1 >>"$LAB/floor.cpus"
    COST_LOG="$LAB/log" "$LAB/cost" $(ours "$count" "$at_once" "$steps") >"$LAB/cost.out" || { cat "$LAB/log"; exit 1; }
    cut -d' ' -f1 "$LAB/cost.out" >>"$LAB/ours.cpus"
    round=$((round + 1))
  done
  base=$(awk -v a="$(median <"$LAB/floor.cpus")" -v b="$units" 'BEGIN { printf "%.3f", a / b }')
  mine=$(awk -v a="$(median <"$LAB/ours.cpus")" -v b="$units" 'BEGIN { printf "%.3f", a / b }')
  note="medians of $rounds: $base"
  # shellcheck disable=SC2046
  row 'floor (libssh2, epoll)' "$units" "$count" $(floor "$count" "$at_once" "$steps")
  note="medians of $rounds: $mine = $(ratio "$mine" "$base") times the floor; target: $target"
  # shellcheck disable=SC2046
  row runbook "$units" "$count" $(ours "$count" "$at_once" "$steps")
}

line "true, 50 hosts at a time" hosts "CPU ms" "x floor" "wall s" "PSS MB" "there ms" "(CPU per host; there: sshd and the program)"
floor_and_ours "$hosts" "$hosts" 50 1 "1.3 times, 15 MB"
# shellcheck disable=SC2046
row 'runbook exec' "$hosts" "$hosts" $(ours_exec "$hosts")
# shellcheck disable=SC2046
{
  peer 'ssh by xargs -P50 (curve25519)' ssh "$hosts" "$hosts" sh "$LAB/xargs.sh" "$(first "$hosts")" 50
  peer clush clush "$slow_hosts" "$slow_hosts" $(peer_clush "$slow_hosts")
  peer pssh parallel-ssh "$slow_hosts" "$slow_hosts" $(peer_pssh "$slow_hosts")
  peer 'ansible, pipelining' ansible "$slow_hosts" "$slow_hosts" $(peer_ansible "$slow_hosts" True)
  peer 'ansible, default' ansible "$slow_hosts" "$slow_hosts" $(peer_ansible "$slow_hosts" False)
}
echo
base=
line "10 steps on each of 20 hosts" hosts "CPU ms" "x floor" "wall s" "PSS MB" "there ms" "(CPU per step)"
floor_and_ours 200 20 20 10 "1.5 times"
peer 'ssh ControlMaster' ssh 200 20 sh "$LAB/master.sh" "$(first 20)" 20
peer 'ansible, pipelining' ansible-playbook 200 20 sh "$LAB/playbook.sh" "$(first 20)" 20 True
[ "${BENCH_SLOW_HOSTS:-100}" -lt 100 ] || peer 'ansible, default' ansible-playbook 200 20 sh "$LAB/playbook.sh" "$(first 20)" 20 False
echo

python3 "$here/ssh/relay.py" 127.0.3.1 2222 127.0.0.1 22 0.025 >"$LAB/relay.log" &
until grep -qs ready "$LAB/relay.log"; do sleep 0.1; done
base=
line "10 steps on one host, 50 ms away" hosts "CPU ms" "x floor" "wall s" "PSS MB" "there ms" "(CPU per step)"
# shellcheck disable=SC2046
row 'floor (libssh2, epoll)' 10 1 $(far_floor)
base=$each
note="target: wall 0.95 s"
# shellcheck disable=SC2046
row runbook 10 1 $(far_ours)
peer 'ssh ControlMaster' ssh 10 1 sh "$LAB/master.sh" "$LAB/hosts.far" 1 2222
peer 'ansible, pipelining' ansible-playbook 10 1 sh "$LAB/playbook.sh" "$LAB/hosts.far" 1 True 2222
echo

# Instructions are the same on every run. What starting costs is in both numbers, and so is not in the difference.
further() {
  # shellcheck disable=SC2046
  ten=$(instructions $("$1" 10 50 1)) twenty=$(instructions $("$1" 20 50 1))
  awk -v a="$ten" -v b="$twenty" 'BEGIN { printf "%.2f", (b - a) / 10 }'
}
if have valgrind; then
  floor_ir=$(further floor) our_ir=$(further ours)
  printf '%-36s %s M, floor %s M: %s times (target: 6.5 M)\n' 'instructions per further host' "$our_ir" "$floor_ir" "$(ratio "$our_ir" "$floor_ir")"
fi
