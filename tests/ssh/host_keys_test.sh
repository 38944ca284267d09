#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The ssh module: host keys that are read, trusted and forgotten, and forwarded sockets; on a real sshd.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v sshd >/dev/null; then
  skip "a server with users of its own needs root, and sshd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
cleanup() { [ ! -d "$tmp/m" ] || sh "$top/tests/support/ssh_server.sh" stop "$tmp/m"; }
export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset SSH_AUTH_SOCK
mkdir -p "$HOME/.ssh"
chmod 755 "$tmp"
port=$(sh "$top/tests/support/ssh_server.sh" start "$tmp/m") || exit 1
print=$(ssh-keygen -lf "$tmp/m/host.pub" | cut -d' ' -f2)

try() {  # code, arguments of runbook
  code=$1
  shift
  printf 'local rb, ssh, machine = require "runbook", require "ssh", require "machine"\nlocal server, print_there = "127.0.0.1:%s", "%s"\n%s\n' \
    "$port" "$print" "$code" >"$tmp/try.lua"
  timeout 60 "$RUNBOOK" "$tmp/try.lua" --allow 'ssh=*' --allow "read=$tmp/m/*" --allow "write=$tmp/known" "$@" >"$tmp/out" 2>&1
}
known="known_hosts = '$tmp/known'"

check "the key that a server shows has the fingerprint that ssh-keygen prints" \
  try 'assert(ssh.host_key(server).fingerprint == print_there)'
wrong() { ! try "ssh.known_host_ensure(server, { fingerprint = 'SHA256:other', $known })" && grep -q ssh.host_key "$tmp/out" && [ ! -e "$tmp/known" ]; }
check "a key with the wrong fingerprint is not trusted" wrong
plan() { try "ssh.known_host_ensure(server, { fingerprint = print_there, $known })" -n && grep -q 'would change trust' "$tmp/out" && [ ! -e "$tmp/known" ]; }
check "a dry run trusts nobody" plan
check "the right fingerprint is enough to trust a server" \
  try "ssh.known_host_ensure(server, { fingerprint = print_there, $known })"
check "and then its machine can be used" \
  try "machine.ssh('root@' .. server, { $known, identity = '$tmp/m/user', config = false }):query { 'true' }"
outside() {
  printf 'require("machine").ssh("root@127.0.0.1:%s", { %s, config = false }):query { "true" }\n' "$port" "$1" >"$tmp/outside.lua"
  timeout 60 "$RUNBOOK" "$tmp/outside.lua" --allow "ssh=root@127.0.0.1:$port" >"$tmp/out" 2>&1
  grep -q "permission.denied" "$tmp/out" && grep -q "$2" "$tmp/out" || { cat "$tmp/out"; false; }
}
check "a key outside of ~/.ssh needs the permission to read it" outside "identity = '$tmp/m/user'" "kind read"
check "a known_hosts file that new keys go to needs the permission to write it" outside "known_hosts = '$tmp/kh', host_key = 'accept-new'" "kind write"
check "a machine on the way needs a permission of its own" outside "jump = 'root@127.0.0.2:$port'" "target root@127.0.0.2"
check "a second time nothing changes" \
  try "local _, changed = ssh.known_host_ensure(server, { fingerprint = print_there, $known }) assert(changed == false)"
check "the file has one line" test "$(wc -l <"$tmp/known")" = 1
check "a server that was torn down is forgotten" \
  try "assert(ssh.known_host_remove(server, { $known }).removed == 1 and ssh.known_host_remove(server, { $known }).removed == 0)"
check "a forwarded port speaks with what is behind it" \
  try "local http = require 'http'
       local f <close> = ssh.forward(machine.ssh('root@' .. server, { known_hosts = '$tmp/m/known_hosts', identity = '$tmp/m/user', config = false }), server)
       print('socket ' .. f:path())
       local answer, err = rb.try(http.get, 'http://there/', { unix_socket = f:path(), retries = 0 })
       assert(err and err.code == 'http.protocol', tostring(err))" --allow 'net=*' --allow 'read=/tmp' --allow 'write=/tmp'
socket=$(sed -n 's/^socket //p' "$tmp/out")
gone() { [ -n "$socket" ] && [ ! -e "$(dirname "$socket")" ]; }
check "nothing of a forward stays" gone
check "closing a forward leaves another handle's on the same socket as it is" \
  try "local there = machine.ssh('root@' .. server, { known_hosts = '$tmp/m/known_hosts', identity = '$tmp/m/user', config = false })
       local one, other = ssh.forward(there, server), ssh.forward(there, server)
       local path = one:path()
       assert(other:path() == path)
       one:close()
       assert(other:path() == path)"

# What the file names is missing: a configuration that the runbook names, and no permission but those to read it and to log in.
named() {  # configuration, what is missing; options of machine.ssh
  printf '%s\n' "$1" >"$tmp/named"
  printf 'require("machine").ssh("root@127.0.0.1:%s", { config = "named", %s }):query { "true" }\n' "$port" "${3:-known_hosts = '$tmp/m/known_hosts'}" >"$tmp/named.lua"
  ! timeout 60 "$RUNBOOK" "$tmp/named.lua" --allow "ssh=root@127.0.0.1:$port" --allow "read=$tmp/named" --allow "read=$tmp/m/*" >"$tmp/out" 2>&1 || return 1
  grep -q "permission.denied" "$tmp/out" && grep -qF "$2" "$tmp/out" || { cat "$tmp/out"; false; }
}
check "a configuration that the runbook names leads nowhere that is not permitted" named "HostName 127.0.0.2" "ssh 'root@127.0.0.2:$port' run"
check "nor by way of a machine that is not permitted" named "ProxyJump ops@127.0.0.3" "ssh 'ops@127.0.0.3' forward"
check "nor does it use a key that may not be read" named "IdentityFile $tmp/other" "read '$tmp/other'"
check "nor an agent that may not be spoken to" named "IdentityAgent $tmp/agent" "net 'unix://$tmp/agent'"
check "nor does it have keys of hosts written where nothing may be" named "UserKnownHostsFile $tmp/kh
StrictHostKeyChecking accept-new" "write '$tmp/kh'" "identity = '$tmp/m/user'"
printf 'hunter2 is the password\n' >"$tmp/secret"
untold() { named "Include $tmp/secret" "read '$tmp/secret'" && ! grep -q hunter2 "$tmp/out"; }
check "nor does an error tell what is in a file that may not be read" untold
unread() {
  printf 'HostName 127.0.0.2\n' >"$tmp/unread"
  printf 'require("machine").ssh("root@127.0.0.1:%s", { config = "unread" }):query { "true" }\n' "$port" >"$tmp/unread.lua"
  ! timeout 60 "$RUNBOOK" "$tmp/unread.lua" --allow "ssh=root@127.0.0.1:$port" >"$tmp/out" 2>&1 && grep -q permission.denied "$tmp/out" && ! grep -q 127.0.0.2 "$tmp/out"
}
check "where the configuration itself may not be read nothing is told of it" unread
printf 'Host there\n  HostName 127.0.0.1\n  Port %s\n  User root\n  IdentityFile %s\n  UserKnownHostsFile %s %s\n' \
  "$port" "$tmp/m/user" "$tmp/m/none" "$tmp/m/known_hosts" >"$tmp/m/config"
check "with the permissions it is followed" try "machine.ssh('there', { config = 'm/config' }):query { 'true' }"
check "the file of a line is the one that it stands in" \
  try "local seen = ssh.known_host_find('there', { config = 'm/config', key = ssh.host_key('there', { config = 'm/config' }).key })
       assert(seen.state == 'known' and seen.file == '$tmp/m/known_hosts' and seen.line == 1, seen.file)"
home() {
  try "ssh.known_host_ensure(server, { fingerprint = print_there, known_hosts = '~/kh' })
       machine.ssh('root@' .. server, { known_hosts = '~/kh', identity = '$tmp/m/user', config = false }):query { 'true' }" \
    --allow "write=$HOME/kh" && [ -s "$HOME/kh" ] || { cat "$tmp/out"; false; }
}
check "~ is the home in the options of all functions" home
other_type() { ! try "ssh.known_host_ensure(server, { fingerprint = 'SHA256:other', $known })" && grep -q '(ssh-ed25519)' "$tmp/out" && grep -q 'of another type' "$tmp/out"; }
check "a fingerprint that does not match is told with the type of the key that was shown" other_type
revoked() {
  printf '@revoked * %s\n' "$(cut -d' ' -f1,2 "$tmp/m/host.pub")" >"$tmp/known"
  ! try "ssh.known_host_ensure(server, { fingerprint = print_there, $known })" && grep -q "is revoked in $tmp/known:1" "$tmp/out" || { cat "$tmp/out"; false; }
}
check "a revoked key is not trusted, and called what it is" revoked
ports() {
  for wrong in 'port = 0' 'port = 65536' 'connect_timeout = 0 / 0' 'alive_interval = 1 / 0'; do
    ! try "machine.ssh('web1', { $wrong })" && grep -q argument.invalid "$tmp/out" || { cat "$tmp/out"; return 1; }
  done
}
check "a port that there is not, and a time that is none, are refused" ports
