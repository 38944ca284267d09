#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Moving files over SSH: what it costs us, beside scp, rsync and plain pipes, over loopback in a network of its own.
# usage: bench/transfer.sh [build/runbook]
#   BENCH_MB=500  size of the large file, random bytes; in memory, here and there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
. "$here/ssh/lab.sh"
program=$(realpath "${1:-$here/../build/runbook}")
lab_enter "$0" "$program"
size=${BENCH_MB:-500}
lab_start

data=$LAB/data
mkdir "$data"
mount -t tmpfs -o "size=$((size * 2 + 200))m" tmpfs "$data"
head -c "${size}M" /dev/urandom >"$data/large"
mkdir "$data/tree"
python3 - "$data/tree" <<'PYTHON'
import os, sys
for n in range(2000):
    folder = os.path.join(sys.argv[1], "dir%d" % (n % 20))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "file%d" % n), "wb") as file:
        file.write(os.urandom(4096))
PYTHON

ssh="ssh -F $LAB/ssh_config"
scp="scp -q -F $LAB/ssh_config"
far=127.0.1.1
line() { printf '%-38s %10s %8s %8s %8s %10s\n' "$@"; }

# row NAME UNITS COMMAND...: the first row of a table is what the others are compared with.
row() {
  name=$1 units=$2
  shift 2
  rm -rf "$data/there"
  sync # of nothing: it is all in memory; what others have to write does not fall on us
  before=$(sshd_ms)
  COST_LOG="$LAB/log" "$LAB/cost" "$@" >"$LAB/cost.out" || { line "$name" failed - - - -; tail -3 "$LAB/log"; return 0; }
  sleep 0.3
  there=$(($(sshd_ms) - before))
  diff -rq "$source" "$data/there" >/dev/null || { line "$name" 'not equal' - - - -; return 0; }
  rm -rf "$data/there"
  memory=$("$LAB/cost" -m "$@")
  read -r cpu wall <"$LAB/cost.out"
  each=$(awk -v a="$cpu" -v b="$units" 'BEGIN { printf "%.3f", a / b }')
  [ -n "$base" ] || base=$each
  line "$name" "$each" "$(ratio "$each" "$base")" "$(awk -v a="$wall" 'BEGIN { printf "%.2f", a / 1000 }')" "$memory" \
    "$(awk -v a="$there" -v b="$units" 'BEGIN { printf "%.3f", a / b }')"
}
# Only where the program has the verb.
ours() {
  name=$1 verb=$2 units=$3
  if "$program" help "machine.Machine:$verb" >/dev/null 2>&1; then
    row "$name" "$units" "$program" "$here/ssh/transfer.lua" --lab="$LAB" --verb="$verb" --from="$source" --to="$data/there"
  else
    line "$name" 'not there' - - - -
  fi
}
table() {
  base=
  line "$1" "CPU $2" "x first" "wall s" "PSS MB" "there"
}

source=$data/large
gb=$(awk -v a="$size" 'BEGIN { print a * 1.048576 }') # ms per MB is s per GB
table "$size MB up (target: 1.3 x scp, 12 MB)" s/GB
row scp "$gb" $scp "$source" "root@$far:$data/there"
row 'ssh cat' "$gb" sh -c "$ssh $far 'cat >$data/there' <$source"
echo "$far" >"$LAB/hosts.1"
row 'floor (libssh2, epoll)' "$gb" sh -c "$LAB/floor $LAB/user $LAB/host.pub root 22 $LAB/hosts.1 1 1 'cat >$data/there' <$source"
ours 'runbook, upload' upload "$gb"
echo

table "$size MB down (target: 1.3 x scp, 12 MB)" s/GB
row scp "$gb" $scp "root@$far:$source" "$data/there"
row 'ssh cat' "$gb" sh -c "$ssh $far 'cat $source' >$data/there"
row 'floor (libssh2, epoll)' "$gb" sh -c "$LAB/floor $LAB/user $LAB/host.pub root 22 $LAB/hosts.1 1 1 'cat $source' </dev/null >$data/there"
ours 'runbook, download' download "$gb"
echo

source=$data/tree
table "2,000 files of 4 KiB up (1.1 x tar)" ms/file
row 'tar | ssh tar' 2000 sh -c "tar -C $source -cf - . | $ssh $far 'mkdir $data/there && tar -C $data/there -xf -'"
if have rsync; then
  row rsync 2000 rsync -a -e "$ssh" "$source/" "$far:$data/there/"
else
  line rsync absent - - - -
fi
row 'scp -r' 2000 $scp -r "$source" "root@$far:$data/there"
ours 'runbook, sync' sync 2000
