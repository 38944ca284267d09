#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An engine on another machine, over SSH: by its socket, and by docker system dial-stdio where sockets are not forwarded.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v sshd >/dev/null || ! command -v dockerd >/dev/null; then
  skip "a server with an engine of its own needs root, sshd and dockerd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
server() { sh "$top/tests/support/ssh_server.sh" "$@"; }
cleanup() {
  for one in open closed bare; do
    [ ! -d "$tmp/$one" ] || server stop "$tmp/$one"
  done
  [ ! -d "$tmp/e" ] || sh "$top/tests/support/dockerd.sh" stop "$tmp/e"
}
export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset SSH_AUTH_SOCK
mkdir -p "$HOME/.ssh"
chmod 755 "$tmp"
url=$(sh "$top/tests/support/dockerd.sh" start "$tmp/e") || exit 1
export SERVER_DOCKER="${url#unix://}"
open=$(server start "$tmp/open") || exit 1
closed=$(server start "$tmp/closed" "AllowStreamLocalForwarding no") || exit 1
cat "$tmp/open/known_hosts" "$tmp/closed/known_hosts" >"$HOME/.ssh/known_hosts"
cat "$tmp/open/user.pub" >>"$tmp/closed/authorized_keys"
cp "$tmp/open/user" "$HOME/.ssh/id_ed25519"

mkdir "$tmp/image"
cp /bin/busybox "$tmp/image/"
printf 'FROM scratch\nCOPY busybox /bin/busybox\nSTOPSIGNAL SIGKILL\n' >"$tmp/image/Dockerfile"
cat >"$tmp/use.lua" <<'LUA'
local rb, docker, machine = require "runbook", require "docker", require "machine"
return rb.runbook {
  params = { engine = { type = "string" }, image = { type = "string" } },
  permissions = { docker = { "{engine}" }, read = { "{image}" } },
  run = function(p)
    local engine = docker.connect(p.engine)
    engine:image_ensure { tag = "over-ssh:1", context = p.image }
    engine:container_ensure { name = "over-ssh", image = "over-ssh:1", command = { "/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin; exec sleep 1000" } }
    for i = 1, 30 do engine:version() end
    local said = engine:container_exec("over-ssh", { "/bin/busybox", "sh", "-c", "cat; echo done" }, { stdin = "in " }).stdout
    assert(said == "in done\n", said)
    rb.retry({ attempts = 50, delay = "100ms" }, function() machine.container(engine, "over-ssh"):write("/tmp.txt", "in there") end)
  end,
}
LUA
use() { timeout 120 "$RUNBOOK" "$tmp/use.lua" --engine "$1" --image "$tmp/image" >"$tmp/out" 2>&1; }
shown() { use "$@" || { cat "$tmp/out"; false; }; }

check "an engine on another machine builds, runs and answers" shown "ssh://root@127.0.0.1:$open"
check "by one login" test "$(grep -c 'Accepted publickey' "$tmp/open/log")" = 1
check "where sshd does not forward sockets docker system dial-stdio does" shown "ssh://root@127.0.0.1:$closed"
check "the path of a socket there may be given" shown "ssh://root@127.0.0.1:$open$SERVER_DOCKER"
check "also where sshd does not forward it" shown "ssh://root@127.0.0.1:$closed$SERVER_DOCKER"
export DOCKER_CONFIG="$tmp/config"
store="$DOCKER_CONFIG/contexts/meta/$(printf far | sha256sum | cut -d' ' -f1)"
mkdir -p "$store"
printf '{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://root@127.0.0.1:%s","SkipTLSVerify":false}}}' "$open" >"$store/meta.json"
check "a context of the docker CLI leads there" shown context://far
absent() { ! use "ssh://root@127.0.0.1:$open/no/such.sock" && grep -q 'is the engine running there' "$tmp/out" || { cat "$tmp/out"; false; }; }
check "an engine that is not running there is told from a login that fails" absent
mkdir "$tmp/bin"
ln -s /bin/* "$tmp/bin/"
rm -f "$tmp/bin/docker"*
bare=$(server start "$tmp/bare" "SetEnv PATH=$tmp/bin") || exit 1
cat "$tmp/bare/known_hosts" >>"$HOME/.ssh/known_hosts"
cat "$tmp/open/user.pub" >>"$tmp/bare/authorized_keys"
without() { ! use "ssh://root@127.0.0.1:$bare/no/such.sock" && grep -q 'there is no Docker on that machine' "$tmp/out" || { cat "$tmp/out"; false; }; }
check "a machine without Docker is told from one whose engine is down" without
denied() { ! use "ssh://plain@127.0.0.1:$open" && grep -q docker.permission "$tmp/out" || { cat "$tmp/out"; false; }; }
check "a user who may not use the engine there is told" denied
unknown() {
  rm "$HOME/.ssh/known_hosts"
  ! use "ssh://root@127.0.0.1:$open" && grep -q 'host key of root@127.0.0.1' "$tmp/out" || { cat "$tmp/out"; false; }
}
check "a server that is not known is not talked to" unknown
