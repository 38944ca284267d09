#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A private Docker engine for tests, beside any other engine of the machine.
#
#   dockerd.sh start DIR    starts an engine that keeps everything under DIR and prints its URL
#                           With DOCKERD_TLS=CERTS it also listens on a free port of 127.0.0.1 and lets in whom CERTS/ca.pem
#                           vouches for, itself having CERTS/server.pem and server.key: a second line "tcp://127.0.0.1:PORT"
#   dockerd.sh stop DIR     ends it with its containers, networks and mounts, and removes what it kept
#
# It runs in a mount namespace of its own with its own /run, so that its mounts and the sockets of its containerd end
# with it; it leaves the machine's packet filter
# alone (ports are published by the engine's proxy, which is enough on loopback); and it takes its addresses from a
# pool that nothing else uses, by which its bridges are known when it ends.
set -eu

fail() {
  echo "dockerd.sh: $*" >&2
  exit 1
}

[ $# -eq 2 ] || fail "usage: dockerd.sh start|stop DIR"
command=$1
case $2 in /*) dir=$2 ;; *) dir=$PWD/$2 ;; esac

# Sockets of the engine lie up to 40 characters below DIR, and a socket's path has at most 107.
[ ${#dir} -le 64 ] || fail "'$dir' is too long for the path of a socket"
case $(readlink -m "$dir") in /run/*) fail "'$dir' cannot be under /run: the engine has one of its own" ;; esac

# Takes the first free pool: two that start at once cannot both make a bridge of the same name.
take_pool() {
  n=$((($$ % 100) + 100))
  for _ in $(seq 100); do
    if ! ip -4 route show table all | grep -q "\b10\.$n\." && ip link add "rbd10$n" type bridge 2>/dev/null; then
      echo "10.$n" >"$dir/pool"
      return
    fi
    n=$((n == 199 ? 100 : n + 1))
  done
  fail "no free address pool between 10.100.0.0 and 10.199.0.0"
}

alive() { [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null; }

tcp_options() {
  [ -n "${DOCKERD_TLS:-}" ] || return 0
  echo "--host tcp://127.0.0.1:0 --tlsverify --tlscacert $DOCKERD_TLS/ca.pem --tlscert $DOCKERD_TLS/server.pem --tlskey $DOCKERD_TLS/server.key"
}

# The engine says so once its socket takes requests; asking it would need a client that may not be there.
answers() {
  grep -qs 'API listen on /' "$dir/log" && { [ -z "${DOCKERD_TLS:-}" ] || grep -qs 'API listen on 127' "$dir/log"; }
}

remove_bridges() {
  [ -s "$dir/pool" ] || return 0
  pool=$(cat "$dir/pool")
  ip -o -4 addr show | while read -r _ link _ address _; do
    case $address in "$pool".*) ip link del "$link" 2>/dev/null || true ;; esac
  done
}

start() {
  [ "$(id -u)" = 0 ] || fail "an engine needs root"
  command -v dockerd >/dev/null || fail "there is no dockerd: apt-get install docker.io"
  command -v ip >/dev/null || fail "there is no ip: apt-get install iproute2"
  [ ! -e "$dir/pid" ] || fail "'$dir' has an engine already"
  mkdir -p "$dir"
  take_pool
  pool=$(cat "$dir/pool")
  echo '{}' >"$dir/daemon.json"
  bridge=rbd$(echo "$pool" | tr -d .)
  ip addr add "$pool.0.1/24" dev "$bridge"
  ip link set "$bridge" up
  # The shell that the namespace begins with becomes the engine: one pid to wait for and to end.
  # shellcheck disable=SC2016,SC2046
  setsid unshare --mount --propagation private sh -c 'mount -t tmpfs none /run && exec dockerd "$@"' dockerd \
    --host "unix://$dir/s.sock" $(tcp_options) --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/engine.pid" \
    --config-file "$dir/daemon.json" --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$bridge" \
    --bridge "$bridge" --default-address-pool "base=$pool.128.0/17,size=24" \
    --iptables=false --ip-masq=false --ip-forward=false --shutdown-timeout 1 >"$dir/log" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$dir/pid"
  for _ in $(seq 300); do
    if answers; then
      readlink "/proc/$pid/ns/mnt" >"$dir/namespace"
      echo "unix://$dir/s.sock"
      [ -z "${DOCKERD_TLS:-}" ] || sed -n 's|.*API listen on \(127[0-9.:]*\).*|tcp://\1|p' "$dir/log"
      return
    fi
    alive "$pid" || break
    sleep 0.1
  done
  tail -5 "$dir/log" >&2
  stop
  fail "the engine did not start"
}

remove_cgroups() {
  [ -s "$dir/pool" ] || return 0
  find /sys/fs/cgroup -depth -type d -path "*/rbd$(tr -d . <"$dir/pool")*" -exec rmdir {} + 2>/dev/null || true
}

# The mount namespace is what the engine, its containerd and the shims have in common.
members() {
  [ -s "$dir/namespace" ] || return 0
  wanted=$(cat "$dir/namespace")
  for entry in /proc/[0-9]*; do
    [ "$(readlink "$entry/ns/mnt" 2>/dev/null)" != "$wanted" ] || echo "${entry#/proc/}"
  done
}

stop() {
  [ -d "$dir" ] || return 0
  pid=$(cat "$dir/pid" 2>/dev/null || true)
  if alive "$pid"; then
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 150); do
      alive "$pid" || break
      sleep 0.1
    done
  fi
  # What an engine that was killed has left: the first process of each container, then the shims.
  for file in "$dir"/exec/containerd/daemon/io.containerd.runtime.*/*/*/init.pid; do
    # Its number may be another's by now.
    if grep -qs "/rbd$(tr -d . <"$dir/pool")/" "/proc/$(cat "$file" 2>/dev/null)/cgroup"; then kill -KILL "$(cat "$file")" 2>/dev/null || true; fi
  done
  for member in $(members); do kill -KILL "$member" 2>/dev/null || true; done
  for _ in $(seq 50); do
    [ -n "$(members)" ] || break
    sleep 0.1
  done
  remove_bridges
  remove_cgroups
  rm -rf "$dir"
}

case $command in
  start) start ;;
  stop) stop ;;
  *) fail "unknown command '$command': start or stop" ;;
esac
