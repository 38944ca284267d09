#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Several machines on one: each with a network, a host name, a Docker engine and an sshd of its own. Needs root.
#
#   swarm.sh start DIR [COUNT]   starts n1 ... n3 (or COUNT); prints "n1 10.87.3.11 unix:///DIR/n1/s.sock" for each
#   swarm.sh join DIR            makes them a swarm: n1 is the manager
#   swarm.sh load DIR FILE.tar   loads images into every engine
#   swarm.sh kill DIR n2         ends that engine and its containers as a power cut would
#   swarm.sh wake DIR n2         starts it again on the same data
#   swarm.sh cut DIR n2          pulls its cable, heal DIR n2 puts it back
#   swarm.sh stop DIR            ends everything and removes what it kept
#
# ssh root@10.87.3.11 with the key DIR/user and the hosts DIR/known_hosts reaches n1, and finds its engine at
# /var/run/docker.sock. The nodes are on a bridge in a network namespace of its own, where no packet filter of this machine
# looks; a cable leads from it to this machine. They have no route to anywhere else. The namespaces have no names: they end
# with the processes in them.
set -eu

fail() {
  echo "swarm.sh: $*" >&2
  exit 1
}

[ $# -ge 2 ] || fail "usage: swarm.sh start|join|load|kill|wake|cut|heal|stop DIR ..."
verb=$1
case $2 in /*) dir=$2 ;; *) dir=$PWD/$2 ;; esac
shift 2
[ ${#dir} -le 60 ] || fail "'$dir' is too long for the path of a socket"
case $(readlink -m "$dir") in /run/*) fail "'$dir' cannot be under /run: the nodes have one of their own" ;; esac

# What has ended and was not yet waited for has no command line.
alive() { [ -n "${1:-}" ] && [ -n "$(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline")" ]; }
nodes() { seq -f 'n%.0f' "$(cat "$dir/count")"; }
address() { echo "$(cat "$dir/net").$((10 + ${1#n}))"; }
cable() { echo "$(cat "$dir/tag")${1#n}"; }
api() { # node, method, path, [body]
  curl -sS --fail-with-body --unix-socket "$dir/$1/s.sock" -X "$2" -H 'Content-Type: application/json' "http://engine/v1.40$3" -d "${4:-}"
}

# Takes the first free network: two that start at once cannot both make a cable of the same name.
take_net() {
  n=$(($$ % 200 + 20))
  for _ in $(seq 200); do
    if ! ip -4 route show table all | grep -q "\b10\.87\.$n\." && ip link add "sw${n}v0" type veth peer name "sw${n}hub" 2>/dev/null; then
      echo "10.87.$n" >"$dir/net"
      echo "sw${n}v" >"$dir/tag"
      return
    fi
    n=$((n >= 219 ? 20 : n + 1))
  done
  fail "no free network between 10.87.20.0 and 10.87.219.0"
}

# The hub: a bridge in a network namespace that lives as long as the process that holds it.
make_hub() {
  # shellcheck disable=SC2016  # for the inner shell
  setsid unshare --net sh -c 'echo ready >"$1/hub.ready"; exec sleep 86400' hub "$dir" >/dev/null 2>&1 </dev/null &
  echo $! >"$dir/hub.pid"
  until [ -s "$dir/hub.ready" ]; do sleep 0.02; done
  hub=$(cat "$dir/hub.pid")
  ip link set "$(sed 's/v$/hub/' "$dir/tag")" name outside netns "$hub"
  ip addr add "$(cat "$dir/net").1/24" dev "$(cable 0)"
  ip link set "$(cable 0)" up
  nsenter --net="/proc/$hub/ns/net" sh -c 'ip link add hub type bridge && ip link set hub up && ip link set outside master hub up'
}

# A node's namespaces are held by a process of their own, so that its engine can end and begin again in them.
make_node() {
  node=$1
  hub=$(cat "$dir/hub.pid")
  mkdir -p "$dir/$node/data" "$dir/$node/exec"
  # shellcheck disable=SC2016  # for the inner shell
  setsid unshare --net --uts --mount --propagation private sh -c '
    hostname "$2" && mount -t tmpfs none /run && mkdir /run/sshd /run/docker && echo ready >"$1/$2/ready" && exec sleep 86400' \
    node "$dir" "$node" >/dev/null 2>&1 </dev/null &
  echo $! >"$dir/$node/holder.pid"
  until [ -s "$dir/$node/ready" ]; do sleep 0.02; done
  holder=$(cat "$dir/$node/holder.pid")
  readlink "/proc/$holder/ns/mnt" >"$dir/$node/namespace"
  nsenter --net="/proc/$hub/ns/net" ip link add "$node" type veth peer name eth0 netns "$holder"
  nsenter --net="/proc/$hub/ns/net" ip link set "$node" master hub up
  nsenter --net="/proc/$holder/ns/net" sh -c "ip link set lo up && ip addr add $(address "$node")/24 dev eth0 && ip link set eth0 up"
}

inside() { # node, command...
  node=$1
  shift
  nsenter --target "$(cat "$dir/$node/holder.pid")" --net --uts --mount "$@"
}

start_engine() {
  node=$1
  rm -f "$dir/$node/engine.pid" "$dir/$node/s.sock" "$dir/$node/log"
  echo '{}' >"$dir/$node/daemon.json"
  setsid nsenter --target "$(cat "$dir/$node/holder.pid")" --net --uts --mount dockerd \
    --host "unix://$dir/$node/s.sock" --host unix:///run/docker.sock --config-file "$dir/$node/daemon.json" \
    --data-root "$dir/$node/data" --exec-root "$dir/$node/exec" --pidfile "$dir/$node/engine.pid" \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$(cable "$node")" --shutdown-timeout 1 \
    --insecure-registry "$(cat "$dir/net").0/24" --userland-proxy=true >"$dir/$node/log" 2>&1 </dev/null &
}

await_engine() {
  for _ in $(seq 400); do
    if [ "$(grep -cs 'API listen on' "$dir/$1/log")" = 2 ]; then return; fi
    sleep 0.05
  done
  tail -n 5 "$dir/$1/log" >&2
  fail "the engine of $1 did not start"
}

start_sshd() {
  node=$1
  cat >"$dir/$node/sshd_config" <<CONFIG
Port 22
ListenAddress $(address "$node")
HostKey $dir/host
PidFile $dir/$node/sshd.pid
UsePAM no
StrictModes no
MaxStartups 1000
PasswordAuthentication no
PermitRootLogin yes
AuthorizedKeysFile $dir/user.pub
Subsystem sftp internal-sftp
CONFIG
  inside "$node" /usr/sbin/sshd -f "$dir/$node/sshd_config" -E "$dir/$node/sshd.log"
}

start() {
  [ "$(id -u)" = 0 ] || fail "engines need root"
  for program in dockerd ip nsenter /usr/sbin/sshd iptables curl; do
    command -v "$program" >/dev/null || fail "there is no $program"
  done
  [ ! -e "$dir/count" ] || fail "'$dir' has nodes already"
  mkdir -p "$dir"
  echo "${1:-3}" >"$dir/count"
  take_net
  for name in host user; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$dir/$name"; done
  printf '%s.* %s\n' "$(cat "$dir/net")" "$(cut -d' ' -f1,2 "$dir/host.pub")" >"$dir/known_hosts"
  make_hub
  for node in $(nodes); do
    make_node "$node"
    start_engine "$node"
    start_sshd "$node"
  done
  for node in $(nodes); do
    await_engine "$node"
    echo "$node $(address "$node") unix://$dir/$node/s.sock"
  done
}

join() {
  api n1 POST /swarm/init "{\"ListenAddr\":\"0.0.0.0:2377\",\"AdvertiseAddr\":\"$(address n1)\"}" >/dev/null
  token=$(api n1 GET /swarm | grep -o '"Worker":"[^"]*"' | cut -d'"' -f4)
  for node in $(nodes); do
    [ "$node" = n1 ] || api "$node" POST /swarm/join "{\"ListenAddr\":\"0.0.0.0:2377\",\"AdvertiseAddr\":\"$(address "$node")\",
      \"RemoteAddrs\":[\"$(address n1):2377\"],\"JoinToken\":\"$token\"}"
  done
}

load() {
  for node in $(nodes); do
    curl -sS --fail-with-body --unix-socket "$dir/$node/s.sock" -X POST -H 'Content-Type: application/x-tar' -T "$1" \
      "http://engine/v1.40/images/load?quiet=1" >"$dir/$node/loaded"
    ! grep -q errorDetail "$dir/$node/loaded" || fail "$node: $(cat "$dir/$node/loaded")"
  done
}

# What has the node's mounts: its engine, containerd, shims and sshd, but not the process that holds the namespaces.
members() {
  [ -s "$dir/$1/namespace" ] || return 0
  wanted=$(sed 's/[][]/\\&/g' "$dir/$1/namespace")  # "mnt:[4026532]" as a pattern
  holder=$(cat "$dir/$1/holder.pid")
  find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/mnt' -lname "$wanted" 2>/dev/null | cut -d/ -f3 | grep -vx "$holder" || true
}

kill_engine() {
  for file in "$dir/$1/engine.pid" "$dir/$1/exec/containerd/containerd.pid"; do
    [ ! -s "$file" ] || kill -KILL "$(cat "$file")" 2>/dev/null || true
    rm -f "$file"  # else the next engine takes it for one that runs
  done
  for file in "$dir/$1"/exec/containerd/daemon/io.containerd.runtime.*/*/*/init.pid; do
    # Its number may be another's by now.
    if grep -qs "/$(cable "$1")/" "/proc/$(cat "$file" 2>/dev/null)/cgroup"; then kill -KILL "$(cat "$file")" 2>/dev/null || true; fi
  done
}

wait_gone() { # pid, tenths of seconds
  for _ in $(seq "$2"); do
    alive "$1" || return 0
    sleep 0.1
  done
}

stop() {
  [ -s "$dir/count" ] || return 0
  for node in $(nodes); do
    pid=$(cat "$dir/$node/engine.pid" 2>/dev/null || true)
    if alive "$pid"; then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for node in $(nodes); do
    wait_gone "$(cat "$dir/$node/engine.pid" 2>/dev/null || true)" 30  # more is not waited for: nothing is kept
    kill_engine "$node"
    for member in $(members "$node"); do kill -KILL "$member" 2>/dev/null || true; done
    for _ in $(seq 50); do
      [ -n "$(members "$node")" ] || break
      sleep 0.1
    done
    # With the last process the node's network, cable and mounts go as well.
    holder=$(cat "$dir/$node/holder.pid" 2>/dev/null || true)
    if [ -n "$holder" ]; then kill -KILL "$holder" 2>/dev/null || true; wait_gone "$holder" 50; fi
    find /sys/fs/cgroup -depth -type d -path "*/$(cable "$node")*" -exec rmdir {} + 2>/dev/null || true
  done
  hub=$(cat "$dir/hub.pid" 2>/dev/null || true)
  if [ -n "$hub" ]; then kill -KILL "$hub" 2>/dev/null || true; fi
  ip link del "$(cable 0)" 2>/dev/null || true
  rm -rf "$dir"
}

case $verb in
  start)
    trap '[ -n "${started:-}" ] || stop' EXIT
    start "$@"
    started=yes
    ;;
  join) join ;;
  load) load "$1" ;;
  kill) kill_engine "$1" ;;
  wake) start_engine "$1"; await_engine "$1" ;;
  cut) nsenter --net="/proc/$(cat "$dir/hub.pid")/ns/net" ip link set "$1" down ;;
  heal) nsenter --net="/proc/$(cat "$dir/hub.pid")/ns/net" ip link set "$1" up ;;
  stop) stop ;;
  *) fail "unknown command '$verb'" ;;
esac
