#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What users of the docker CLI do every day, beside it: an engine of our own, a registry, an sshd, one run. Both do the same
# work and leave the same behind; only what the client costs is counted.
# usage: bench/docker.sh [build/runbook]
#   BENCH_MB=300      size of the image, of the build context and of the file that are moved
#   BENCH_LOG_MB=200  size of the log
#   BENCH_ROUNDS=3    of each, in turns; the median counts
#   BENCH_ONLY='version ps'   only these rows
set -eu
here=$(cd "$(dirname "$0")" && pwd)
support=$here/../tests/support
. "$here/measure.sh"
. "$here/docker/place.sh"
program=$(realpath "${1:-$here/../build/runbook}")
size=${BENCH_MB:-300} log_size=${BENCH_LOG_MB:-200} rounds=${BENCH_ROUNDS:-3}
place_start

# ours WORK [ARGUMENT...], theirs ARGUMENT...: what the next `compare` runs.
ours() { echo "$program" "$here/docker/calls.lua" --engine="${url:-$engine}" --work="$@"; }

# run NAME COMMAND: appends its cost to files of that name.
run() {
  file=$work/$1
  shift
  # shellcheck disable=SC2086  # commands are lists of words without blanks in them
  COST_LOG=$work/log "$work/cost" $* >"$work/one" || { tail -3 "$work/log"; return 1; }
  cut -d' ' -f1 "$work/one" >>"$file.cpu"
  cut -d' ' -f2 "$work/one" >>"$file.wall"
}
median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
line() { printf '%-26s %9s %9s %6s  %9s %9s %6s  %7s %7s  %s\n' "$@"; }
nothing() { :; }

# compare NAME GOAL OURS THEIRS [BEFORE]: BEFORE is a function that is called before each command.
compare() {
  name=$1 goal=$2 mine=$3 other=$4 before=${5:-nothing}
  case " ${BENCH_ONLY:-$name} " in *" $name "*) ;; *) return 0 ;; esac
  rm -f "$work"/mine.* "$work"/other.*
  turns=${turns_of_row:-$rounds}
  while [ "$turns" -gt 0 ]; do
    $before
    run mine "$mine" || { line "$name" failed - - - - - - - ''; return 0; }
    $before
    run other "$other" || { line "$name" - failed - - - - - - ''; return 0; }
    turns=$((turns - 1))
  done
  $before
  # shellcheck disable=SC2086
  my_memory=$(peak_mb $mine)
  $before
  # shellcheck disable=SC2086
  other_memory=$(peak_mb $other)
  cpu=$(median "$work/mine.cpu") other_cpu=$(median "$work/other.cpu")
  wall=$(median "$work/mine.wall") other_wall=$(median "$work/other.wall")
  line "$name" "$cpu" "$other_cpu" "$(ratio "$cpu" "$other_cpu")" "$wall" "$other_wall" "$(ratio "$wall" "$other_wall")" \
    "$my_memory" "$other_memory" "$goal"
}

line '' 'CPU ms' 'docker' ratio 'wall ms' 'docker' ratio 'MB' 'docker' goal
half='half its CPU and memory'
compare version "$half" "$(ours version)" 'docker version'
compare ps "$half" "$(ours ps)" 'docker ps --all'
compare inspect "$half" "$(ours inspect)" 'docker inspect idle1'
compare exec "$half" "$(ours exec)" 'docker exec sleeper /bin/busybox true'
compare services "$half" "$(ours services)" 'docker service ls'
compare deploy "$half" "$(ours deploy --path="$work/twenty.yml" --name=twenty)" \
  "docker stack deploy --detach=true --resolve-image never -c $work/twenty.yml twenty" without_twenty
turns_of_row=1
compare wait '7 s; the CLI 28 s' "$(ours converge --path="$work/five.yml" --name=five)" \
  "docker stack deploy --detach=false --resolve-image never -c $work/five.yml five" without_five
compare logs 'half its wall, 0.4 of its CPU' "$(ours logs --path="$work/log.out")" "sh $work/follow"
stream='no slower, under 32 MB'
compare build "$stream" "$(ours build --path="$work/context")" "docker build -q --no-cache -t bench-built:1 $work/context"
compare build-small "$stream" "$(ours build --path="$work/small")" "docker build -q --no-cache -t bench-built:1 $work/small"
compare save "$stream" "$(ours save --path="$work/large.tar")" "docker save -o $work/large.tar bench-large:1"
compare load "$stream" "$(ours load --path="$work/large.tar")" "docker load -q -i $work/large.tar"
compare push "$stream" "$(ours push --image="$registry/large:1")" "docker push -q $registry/large:1" fresh_registry
compare copy-in "$stream" "$(ours copy_in --path="$work/large")" "docker cp -q $work/large sleeper:/data/"
compare copy-out "$stream" "$(ours copy_out --path="$work/out")" "docker cp -q sleeper:/data/large $work/out" without_out
url=$remote
compare ssh '1.5 s; the CLI 14 s' "$(ours calls)" "sh $work/thirty"
