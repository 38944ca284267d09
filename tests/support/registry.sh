#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A registry of a test's own: Debian's docker-registry on a port of its own, which engines trust without TLS: on loopback, or
# where REGISTRY_ADDRESS says (the nodes of swarm.sh trust those of their network).
#
#   registry.sh start DIR [locked] [tls]   prints HOST:PORT
#     locked: only for user "deploy" with the password "right horse"
#     tls: with a certificate of its own that names no host but as its subject
#   registry.sh stop DIR
set -eu
verb=$1
dir=$2
shift 2
address=${REGISTRY_ADDRESS:-127.0.0.1}

fail() { echo "registry.sh: $*" >&2; exit 1; }
alive() { [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null; }

configure() {
  cat <<CONFIG
version: 0.1
log:
  level: info
  accesslog: { disabled: true }
storage:
  filesystem: { rootdirectory: $dir/data }
  delete: { enabled: true }
http:
  addr: $address:$port
CONFIG
  case " $* " in *" tls "*) echo "  tls: { certificate: $dir/cert.pem, key: $dir/key.pem }" ;; esac
  case " $* " in *" locked "*) ;; *) return 0 ;; esac
  # shellcheck disable=SC2016  # the dollars are bcrypt's
  echo 'deploy:$2b$05$abcdefghijklmnopqrstuuB05BVy0V7KomGh8K56xgiHLq3Wkqh46' >"$dir/htpasswd"
  echo "auth:"
  echo "  htpasswd: { realm: test, path: $dir/htpasswd }"
}

start() {
  command -v docker-registry >/dev/null || fail "there is no docker-registry: apt-get install docker-registry"
  [ ! -e "$dir/pid" ] || fail "'$dir' has a registry already"
  mkdir -p "$dir/data"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
  for _ in 1 2 3 4 5; do
    port=$((20000 + ($(od -An -N2 -tu2 /dev/urandom) % 12000))) # below those that the system gives to whoever connects
    configure "$@" >"$dir/config.yml"
    docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$dir/pid"
    for _ in $(seq 200); do
      if grep -qs 'listening on' "$dir/log"; then
        echo "$address:$port"
        return
      fi
      alive "$pid" || break
      sleep 0.05
    done
    alive "$pid" && kill -KILL "$pid"
  done
  tail -5 "$dir/log" >&2
  fail "the registry did not start"
}

stop() {
  [ -d "$dir" ] || return 0
  pid=$(cat "$dir/pid" 2>/dev/null || true)
  if alive "$pid"; then
    kill -TERM "$pid"
    for _ in $(seq 100); do
      alive "$pid" || break
      sleep 0.05
    done
    if alive "$pid"; then kill -KILL "$pid"; fi
  fi
  rm -rf "$dir"
}

case $verb in
  start) start "$@" ;;
  stop) stop ;;
  *) fail "unknown command '$verb': start or stop" ;;
esac
