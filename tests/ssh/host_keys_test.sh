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
