# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of danake's runbooks: three nodes with a registry, the stand-in images, a configuration and an inventory.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null || ! command -v docker-registry >/dev/null || [ ! -x /usr/sbin/sshd ]; then
  skip "a swarm of its own needs root, dockerd, docker-registry and sshd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi

books=$top/runbooks/danake
nodes=$tmp/sw
swarm() { sh "$top/tests/support/swarm.sh" "$@"; }
cleanup() {
  swarm stop "$nodes"
  sh "$top/tests/support/registry.sh" stop "$tmp/registry"
}

export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset SSH_AUTH_SOCK DOCKER_HOST DOCKER_CONTEXT
mkdir -p "$HOME/.ssh" "$tmp/volumes"
swarm start "$nodes" >"$tmp/nodes" || exit 1
net=$(cat "$nodes/net")
cp "$nodes/user" "$HOME/.ssh/id_ed25519"
cp "$nodes/known_hosts" "$HOME/.ssh/known_hosts"
registry=$(REGISTRY_ADDRESS="$net.1" sh "$top/tests/support/registry.sh" start "$tmp/registry") || exit 1
engine=ssh://root@$net.11

cat >"$tmp/nodes.yaml" <<YAML
hosts:
  n1: { address: root@$net.11, vars: { role: manager, addr: $net.11 } }
  n2: { address: root@$net.12, vars: { addr: $net.12 } }
  n3: { address: root@$net.13, vars: { addr: $net.13 } }
YAML

make_confs() { # directory
  mkdir -p "$1/certs"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=exam.example.org \
    -addext subjectAltName=DNS:exam.example.org -keyout "$1/certs/privkey.pem" -out "$1/certs/fullchain.pem" 2>/dev/null
  echo "parameters of a stand-in" >"$1/certs/dhparam.pem"
  echo "SECRET_KEY = 'open sesame'" >"$1/auth-config.py"
  echo "SENDER = 'exam@example.org'" >"$1/mail-config.py"
  printf 's-01\tAda\ns-02\tBarbara\ns-03\tEdith\n' >"$1/uid2info.tsv"
  chmod 600 "$1/certs/privkey.pem" "$1/auth-config.py" "$1/mail-config.py"
}
make_confs "$tmp/confs"

cp -r "$books/stand-ins" "$tmp/modules"
for module in "$tmp"/modules/*/; do cp /bin/busybox "$module"; done

# book NAME OPTION...: runs a runbook as an operator would, with what is this test's. Its output is in $tmp/out.
book() {
  name=$1
  shift
  case $name in
    swarm) set -- --nodes "${inventory:-$tmp/nodes.yaml}" "$@" ;;
    images) set -- --engine "$engine" --registry "$registry" --modules-dir "$tmp/modules" --editor-key "$tmp/key" --allow-dirty "$@" ;;
    config) set -- --engine "$engine" --confs "$tmp/confs" --action "$@" ;;
    deploy) set -- --engine "$engine" --confs "$tmp/confs" "$@" ;;
    editors) set -- --engine "$engine" --confs "$tmp/confs" "$@" ;;
    stop) set -- --engine "$engine" "$@" ;;
    status) set -- --engine "$engine" "$@" ;;
    nuke) set -- --engine "$engine" --nodes "$tmp/nodes.yaml" "$@" ;;
    tokens) set -- --confs "$tmp/confs" "$@" ;;
    monitor) set -- --confs "$tmp/confs" "$@" ;;
    *) set -- --engine "$engine" --confs "$tmp/confs" --nodes "$tmp/nodes.yaml" "$@" ;;
  esac
  timeout 200 "$RUNBOOK" "$books/$name.lua" --yes "$@" >"$tmp/out" 2>&1 </dev/null
}
site="--host $net.11 --https-port 8443 --without-tls"
stack="$site --http-port 8080 --monitor-port 9443 --registry $registry --endpoint-mode dnsrr --publish-mode host
  --portainer-image $registry/danake-portainer:v1 --agent-image $registry/danake-agent:v1 --volumes-dir $tmp/volumes --release v1 --settle 1s --wait 90s"
images() {
  book images --release v1 --modules auth --modules mail --modules router --modules editor --modules portainer --modules agent "$@"
}
# shellcheck disable=SC2086  # words
deploy() { book deploy $stack "$@"; }
start_editors() { # release, patience, option...
  release=$1 patience=$2
  shift 2
  # shellcheck disable=SC2086
  book editors $site --registry "$registry" --endpoint-mode dnsrr --release "$release" --settle 1s --wait "$patience" "$@"
}
editors() { start_editors v1 90s "$@"; }

shown() { "$@" || { cat "$tmp/out"; false; }; }
says() { grep -q -- "$1" "$tmp/out" || { cat "$tmp/out"; false; }; }
# refused CODE COMMAND...: it fails, and says that.
refused() {
  code=$1
  shift
  if "$@"; then cat "$tmp/out"; return 1; fi
  says "$code"
}
unchanged() { shown "$@" && ! grep -E '^[1-9][0-9]* changed' "$tmp/out"; }

# nothing_planned COMMAND...: its plan lists no change.
nothing_planned() { "$@" -n --exit-code || { cat "$tmp/out"; false; }; }

# What the engines say, without runbook.
api() { curl -sf --unix-socket "$nodes/$1/s.sock" "http://engine/v1.41$2"; } # node, path
names() { grep -o '"Name":"[^"]*"' | cut -d'"' -f4 | sort -u; }
services() { api n1 /services | grep -o '"Spec":{"Name":"[^"]*"' | cut -d'"' -f6 | sort; }
# What is left of the procedure on any node.
labelled() {
  for node in n1 n2 n3; do
    for path in /services /secrets /configs /networks /volumes; do api "$node" "$path" 2>/dev/null; done
  done | grep -o '"\(danake.site\|com.docker.stack.namespace\)":"danake"' | sort | uniq -c
}
# As a student's browser: what her editor says.
visit() { curl -s -m 10 -H "Cookie: danake_routing=$(grep "	$1;" "$tmp/confs/cookie2uid.map" | cut -f1)" "http://$net.11:8443/cs/"; }
