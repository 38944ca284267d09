#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The ways to an engine through the program: TLS with client certificates, contexts as the docker CLI keeps and chooses them,
# credentials, a socket that is denied.
. "$(dirname "$0")/../../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null || ! command -v openssl >/dev/null; then
  skip "a private Docker engine cannot be started (root, dockerd and openssl are needed)"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
cleanup() { [ ! -d "$tmp/e" ] || sh "$top/tests/support/dockerd.sh" stop "$tmp/e"; }
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION DOCKER_CUSTOM_HEADERS
export RUNBOOK_STATE="$tmp/state" DOCKER_CONFIG="$tmp/config" CERTS="$tmp/certs"
mkdir "$CERTS" "$DOCKER_CONFIG"
chmod 755 "$tmp"
make_certs() (
  cd "$CERTS" || exit
  new='-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1'
  sign() { openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -copy_extensions copy -days 2 -out "$2"; }
  # shellcheck disable=SC2086
  openssl req -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem $new &&
    openssl req -subj /CN=engine -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.csr $new && sign server server.pem &&
    openssl req -subj /CN=client -addext extendedKeyUsage=clientAuth -keyout key.pem -out client.csr $new && sign client cert.pem
) >/dev/null 2>"$tmp/openssl.log"
make_certs || { cat "$tmp/openssl.log"; exit 1; }
DOCKERD_TLS=$CERTS sh "$top/tests/support/dockerd.sh" start "$tmp/e" >"$tmp/urls" || exit 1
unix=$(sed -n 1p "$tmp/urls")
tcp=$(sed -n 2p "$tmp/urls")

mkdir "$tmp/image"
cp /bin/busybox "$tmp/image/"
printf 'FROM scratch\nCOPY busybox /bin/busybox\nSTOPSIGNAL SIGKILL\n' >"$tmp/image/Dockerfile"
cat >"$tmp/use.lua" <<'LUA'
local rb, docker, machine = require "runbook", require "docker", require "machine"
return rb.runbook {
  params = { engine = { type = "string" }, image = { type = "string" }, certs = { type = "string", default = "" } },
  permissions = { docker = { "{engine}" }, read = { "{image}", "{certs}" } },
  run = function(p)
    local engine = docker.connect(p.engine, p.certs ~= "" and { certs = p.certs } or nil)
    engine:image_ensure { tag = "by-tls:1", context = p.image }
    engine:container_ensure { name = "by-tls", image = "by-tls:1", command = { "/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin; exec sleep 1000" } }
    for _ = 1, 30 do engine:version() end
    -- The end of its input ends the program: half of the connection is closed.
    local said = engine:container_exec("by-tls", { "/bin/busybox", "sh", "-c", "cat; echo done" }, { stdin = ("x"):rep(300000) .. "\n" }).stdout
    assert(said == ("x"):rep(300000) .. "\ndone\n", #said)
    rb.retry({ attempts = 50, delay = "100ms" }, function() machine.container(engine, "by-tls"):write("/tmp.txt", "in there") end)
    assert(machine.container(engine, "by-tls"):read "/tmp.txt" == "in there")
    engine:container_remove("by-tls")
  end,
}
LUA
use() { timeout 120 "$RUNBOOK" "$tmp/use.lua" --yes --image "$tmp/image" "$@" >"$tmp/out" 2>&1; }
shown() { "$@" || { cat "$tmp/out"; false; }; }
# refused WORDS COMMAND...
refused() { words=$1; shift; ! "$@" && grep -q "$words" "$tmp/out" || { cat "$tmp/out"; false; }; }

check "over TLS with a client certificate an engine builds, runs and answers" shown use --engine "$tcp" --certs "$CERTS"
mkdir "$tmp/stranger"
cp "$CERTS/ca.pem" "$tmp/stranger/"
check "an engine that wants a client certificate says so" refused docker.tls use --engine "$tcp" --certs "$tmp/stranger"
check "and the remedy is told" grep -q 'wants a client certificate' "$tmp/out"
one() { timeout 60 "$RUNBOOK" -e "$1" --allow "docker=$2" --allow "read=$tmp" >"$tmp/out" 2>&1; }
plain="print(require('docker').connect('$tcp', { tls = false }):version().version)"
check "a port that speaks TLS only is told from one that is broken" refused "speaks TLS only" one "$plain" "$tcp"
denied="print(require('docker').connect('$tcp', { certs = '/etc' }):version().version)"
check "certificates need the permission to read them" refused 'read = { "/etc" }' one "$denied" "$tcp"

as_nobody() {
  cp "$RUNBOOK" "$tmp/runbook" && mkdir -p "$tmp/nobody" && chown 65534 "$tmp/nobody" &&
    RUNBOOK_STATE="$tmp/nobody" HOME="$tmp/nobody" setpriv --reuid 65534 --regid 65534 --clear-groups "$tmp/runbook" \
      -e "print(require('docker').connect('$unix'):version().version)" --allow "docker=$unix" >"$tmp/out" 2>&1
}
chmod 755 "$tmp/e"
check "a socket that this user may not use is told from an engine that is down" refused docker.permission as_nobody

contexts='for _, c in ipairs(require("docker").context_list()) do print(c.name, c.current, c.host or "-") end'
list() { "$RUNBOOK" -e "$contexts" --allow "read=$DOCKER_CONFIG"; }
mkdir -p "$DOCKER_CONFIG"
if command -v docker >/dev/null && docker context create plain --docker host=tcp://127.0.0.1:1 >/dev/null 2>&1; then
  docker context create secure --docker "host=$tcp,ca=$CERTS/ca.pem,cert=$CERTS/cert.pem,key=$CERTS/key.pem" >/dev/null 2>&1
  docker context create trusting --docker "host=$tcp,skip-tls-verify=true,cert=$CERTS/cert.pem,key=$CERTS/key.pem" >/dev/null 2>&1
  docker context create local --docker "host=$unix" >/dev/null 2>&1
  docker context create far --docker host=ssh://joe@far.example:2222/run/x.sock >/dev/null 2>&1
  for name in node10 node2 Zeta a1b; do docker context create $name --docker "host=$unix" >/dev/null 2>&1; done
  docker context use local >/dev/null 2>&1
  theirs() { docker context ls --format '{{.Name}}	{{.Current}}	{{.DockerEndpoint}}'; }
  # There is no default context in the store, and there always is one.
  same() { theirs >"$tmp/theirs" && list >"$tmp/ours" && diff "$tmp/theirs" "$tmp/ours"; }
  check "contexts are those that the docker CLI lists, in its order" same
  version=$(docker version --format '{{.Server.Version}}')
  # reaches TARGET: the engine of the test answers.
  reaches() { one "print(require('docker').connect('$1'):version().version)" "$1" && [ "$(cat "$tmp/out")" = "$version" ] || { cat "$tmp/out"; false; }; }
  for name in secure trusting local; do check "the engine of context '$name' answers" reaches "context://$name"; done
  check "so does the current one" reaches context://
  check "and one that the environment names" env "DOCKER_CONTEXT=secure" "$RUNBOOK" -e "print(require('docker').connect('context://'):version().version)" --allow docker=context://
  # agrees VARIABLE=VALUE...: the docker CLI and we choose alike.
  agrees() {
    theirs=$(env "$@" docker context show)
    ours=$(env "$@" "$RUNBOOK" -e 'for _, c in ipairs(require("docker").context_list()) do if c.current then print(c.name) end end' --allow "read=$DOCKER_CONFIG")
    [ "$theirs" = "$ours" ] || { echo "docker: $theirs, runbook: $ours"; false; }
  }
  check "a host goes before a context" agrees "DOCKER_HOST=$unix" DOCKER_CONTEXT=secure
  check "a context goes before the configuration" agrees DOCKER_CONTEXT=node2
  check "the configuration goes before the default" agrees UNUSED=1
  check "TLS of the default context comes from the environment" env "DOCKER_HOST=$tcp" DOCKER_TLS_VERIFY=1 "DOCKER_CERT_PATH=$CERTS" \
    "$RUNBOOK" -e "print(require('docker').connect('context://'):version().version)" --allow docker=context://
  pinned() {
    DOCKER_API_VERSION=1.40 "$RUNBOOK" -e "print(require('docker').connect('context://local'):version().api, require('docker').connect('$unix'):version().api)" \
      --allow docker=context://local --allow "docker=$unix" >"$tmp/out" 2>&1
    grep -qx '1.40	1.41' "$tmp/out" || { cat "$tmp/out"; false; }
  }
  check "DOCKER_API_VERSION counts for contexts only" pinned
  check "a context that does not exist is refused with those that do" refused 'there are: .*default, far' one "require('docker').connect('context://prod'):version()" context://prod
else
  skip "there is no docker CLI with contexts"
fi

cat >"$tmp/credentials_spec.lua" <<'LUA'
local docker = require "docker"
describe("credentials of the docker CLI", function()
  it("come from the helper of a registry, which is asked for it by name, and else from the file", function()
    local asked
    simulate { machine = {
      files = { ["/config/config.json"] = '{"credHelpers":{"ecr.example.org":"own","none.example.org":"own"},"auths":{"https://r:5000/v1/":{"auth":"am9lOndvcmQ="}}}',
        ["/usr/bin/docker-credential-own"] = { content = "", mode = "0755" } },
      programs = { ["/usr/bin/docker-credential-own"] = function(argv, call)
        asked = argv[2] .. " " .. call.stdin
        if call.stdin:find "none" then return { code = 1, stdout = "credentials not found in native keychain\n" } end
        return { stdout = '{"ServerURL":"x","Username":"<token>","Secret":"t0ken"}' }
      end },
    } }
    local own = docker.credentials "ecr.example.org"
    assert.equal("get ecr.example.org", asked)
    assert.equal("ecr.example.org", own.registry)
    assert.equal("***", tostring(own.identity_token))
    assert.is_nil(docker.credentials "none.example.org")
    local filed = docker.credentials "r:5000"
    assert.equal("joe", filed.username)
    assert.equal("***", tostring(filed.password))
    assert.is_nil(docker.credentials "elsewhere.example.org")
  end)
end)
LUA
check "credentials come from helpers and the file, and are secrets" env DOCKER_CONFIG=/config "$RUNBOOK" test "$tmp/credentials_spec.lua" \
  --allow read=/config/config.json --allow run=docker-credential-own
printf '{"credsStore":"absent","auths":{}}' >"$DOCKER_CONFIG/config.json"
absent="require('docker').credentials 'r:5000'"
asks() { timeout 60 "$RUNBOOK" -e "$absent" "$@" >"$tmp/out" 2>&1; }
check "credentials need the permission to read the file" refused 'read = ' asks
check "and that to run the helper" refused 'run = ' asks --allow "read=$DOCKER_CONFIG"
check "a helper that is not installed is named" refused "'docker-credential-absent' that docker's config.json names is not installed" \
  asks --allow "read=$DOCKER_CONFIG" --allow run=docker-credential-absent
