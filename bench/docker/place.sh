# SPDX-License-Identifier: Apache-2.0
# Sourced by docker.sh: an engine with containers, services, images and a log; a registry; an sshd that leads to the engine.

place_start() {
  [ "$(id -u)" = 0 ] || { echo "$0: needs root, for an engine of its own"; exit 1; }
  work=$(mktemp -d /tmp/bench.XXXXXX)
  trap place_end EXIT
  trap 'exit 130' INT TERM HUP
  chmod 755 "$work"
  export HOME="$work/home" XDG_STATE_HOME="$work/home/state" DOCKER_CONFIG="$work/docker" DOCKER_BUILDKIT=0 LC_ALL=C.UTF-8
  mkdir -p "$XDG_STATE_HOME" "$DOCKER_CONFIG"
  "${CXX:-g++}" -std=c++20 -O2 -o "$work/cost" "$here/ssh/cost.cpp"
  engine=$(sh "$support/dockerd.sh" start "$work/e")
  export DOCKER_HOST="$engine"
  docker swarm init --advertise-addr 127.0.77.1 --listen-addr 127.0.77.1:2377 >/dev/null
  place_registry
  place_images
  place_containers
  place_log
  place_services
  place_ssh
}

place_end() {
  [ -z "${registry_pid:-}" ] || kill "$registry_pid" 2>/dev/null || :
  [ ! -d "$work/s" ] || sh "$support/ssh_server.sh" stop "$work/s" || :
  [ ! -d "$work/e" ] || sh "$support/dockerd.sh" stop "$work/e" || :
  rm -rf "$work"
}

place_registry() {
  registry=127.0.0.1:$((20000 + $$ % 10000))
  cat >"$work/registry.yml" <<YAML
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $work/registry }, delete: { enabled: true } }
http: { addr: $registry }
YAML
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  registry_pid=$!
}

place_images() {
  mkdir -p "$work/context" "$work/small/files" "$work/tiny"
  cp /bin/busybox "$work/tiny/busybox"
  printf 'FROM scratch\nCOPY busybox /bin/busybox\nSTOPSIGNAL SIGKILL\nCMD ["/bin/busybox", "sleep", "100000"]\n' >"$work/tiny/Dockerfile"
  docker build -q -t bench:1 "$work/tiny" >/dev/null 2>&1
  head -c "${size}M" /dev/urandom >"$work/large"
  ln "$work/large" "$work/context/large"
  printf 'FROM bench:1\nCOPY large /large\n' >"$work/context/Dockerfile"
  docker build -q -t bench-large:1 "$work/context" >/dev/null 2>&1
  docker tag bench-large:1 "$registry/large:1"
  printf 'FROM bench:1\nLABEL small=1\n' >"$work/small/Dockerfile"
  python3 - "$work/small/files" <<'PYTHON'
import os, sys
for n in range(20000):
    folder = os.path.join(sys.argv[1], "dir%d" % (n % 100))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "file%d" % n), "wb") as file:
        file.write(os.urandom(4096))
PYTHON
}

place_containers() {
  for n in $(seq 30); do docker create --name "idle$n" bench:1 >/dev/null 2>&1; done
  docker run -d --name sleeper -v bench-data:/data bench:1 >/dev/null 2>&1
  lines=$((log_size * 10000))
  docker run --name talker bench:1 /bin/busybox sh -c \
    "/bin/busybox yes 'a line of a log that is exactly as long as a line of a log is when it has one hundred bytes, all told' | /bin/busybox head -n $lines" >/dev/null 2>&1
}

place_services() {
  for n in $(seq 100); do
    docker service create -q --detach --no-resolve-image --replicas 0 --name "many$n" bench:1 >/dev/null
  done
  { echo 'version: "3.8"'; echo 'services:'; for n in $(seq 20); do
    printf '  s%s:\n    image: bench:1\n    environment: { N: "%s" }\n    deploy: { replicas: 0, endpoint_mode: dnsrr }\n' "$n" "$n"
  done; } >"$work/twenty.yml"
  { echo 'version: "3.8"'; echo 'services:'; for n in $(seq 5); do
    printf '  s%s:\n    image: bench:1\n    deploy: { replicas: 1, endpoint_mode: dnsrr }\n' "$n"
  done; } >"$work/five.yml"
}

# What the CLI prints goes to a file, as ours does.
place_log() { printf 'exec docker logs --follow talker >%s\n' "$work/log.out" >"$work/follow"; }

# The CLI runs ssh, which looks for its configuration in the account's home whatever HOME says.
place_ssh() {
  chmod 666 "$work/e/s.sock"
  port=$(SERVER_DOCKER=$work/e/s.sock sh "$support/ssh_server.sh" start "$work/s")
  remote=ssh://deploy@127.0.0.1:$port
  mkdir -p "$work/bin" "$HOME/.ssh"
  printf 'Host *\n  IdentityFile %s\n  IdentitiesOnly yes\n  UserKnownHostsFile %s\n' "$work/s/user" "$work/s/known_hosts" >"$HOME/.ssh/config"
  chmod 700 "$HOME/.ssh"
  printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$HOME/.ssh/config" >"$work/bin/ssh"
  chmod +x "$work/bin/ssh"
  export PATH="$work/bin:$PATH"
  docker context create far --docker "host=$remote" >/dev/null 2>&1
  # shellcheck disable=SC2016
  printf 'unset DOCKER_HOST\ni=0\nwhile [ $i -lt 30 ]; do docker --context far ps --all >/dev/null || exit 1; i=$((i + 1)); done\n' >"$work/thirty"
}

without_stack() {
  docker stack rm "$1" >/dev/null 2>&1 || return 0
  tries=0
  while [ -n "$(docker network ls -q --filter "label=com.docker.stack.namespace=$1")$(docker ps -aq --filter "label=com.docker.stack.namespace=$1")" ] && [ $tries -lt 100 ]; do
    sleep 0.2
    tries=$((tries + 1))
  done
}
without_twenty() { without_stack twenty; }
without_five() { without_stack five; }
without_out() { rm -rf "$work/out"; }
fresh_registry() {
  kill "$registry_pid"
  wait "$registry_pid" 2>/dev/null || :
  rm -rf "$work/registry"
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  registry_pid=$!
  until curl -sf "http://$registry/v2/" >/dev/null; do sleep 0.05; done
}
