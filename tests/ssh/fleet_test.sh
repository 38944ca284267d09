#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Five hundred hosts at once, of which one hangs, one refuses, one shows another key and one dies in the middle of a
# command. They are one sshd on many loopback addresses, and two more for what goes wrong.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v sshd >/dev/null; then
  skip "a server with users of its own needs root, and sshd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
server() { sh "$top/tests/support/ssh_server.sh" "$@"; }
cleanup() {
  [ ! -s "$tmp/stopped/pid" ] || kill -CONT "$(cat "$tmp/stopped/pid")"
  for one in many stopped stranger; do
    [ ! -d "$tmp/$one" ] || server stop "$tmp/$one"
  done
}
export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset SSH_AUTH_SOCK
mkdir -p "$HOME/.ssh"
chmod 755 "$tmp"
port=$(server start "$tmp/many") || exit 1
hanging=$(server start "$tmp/stopped") || exit 1
strange=$(server start "$tmp/stranger") || exit 1
kill -STOP "$(cat "$tmp/stopped/pid")"  # the kernel takes connections, and nobody speaks
cp "$tmp/many/user" "$HOME/.ssh/id_ed25519"
{
  cat "$tmp/many/known_hosts"
  printf '[127.0.*.*]:%s,[127.0.*.*]:%s %s\n' "$hanging" "$strange" "$(cut -d' ' -f1,2 "$tmp/many/host.pub")"
} >"$HOME/.ssh/known_hosts"

{
  printf 'ssh: { user: ops, connect_timeout: 5 }\nhosts:\n'
  i=0
  while [ $i -lt 496 ]; do
    i=$((i + 1))
    printf '  web%s: { address: "127.0.%s.%s:%s" }\n' $i $((1 + i / 250)) $((1 + i % 250)) "$port"
  done
  printf '  hangs: { address: "127.0.9.1:%s" }\n  refuses: { address: "127.0.9.2:1" }\n' "$hanging"
  printf '  changed: { address: "127.0.9.3:%s" }\n  dies: { address: "127.0.9.4:%s" }\n' "$strange" "$port"
} >"$tmp/inventory.yaml"
# On one of them the command takes its own connection down.
cat >"$tmp/check.sh" <<'SH'
case $SSH_CONNECTION in
  *" 127.0.9.4 "*) kill -9 $(ps -o ppid= -p $(ps -o sid= -p $$)); sleep 5 ;;
esac
echo here
SH
on_all() { timeout 300 "$RUNBOOK" exec -i "$tmp/inventory.yaml" --on all --forks 50 --allow 'ssh=*' "$@" >"$tmp/out" 2>"$tmp/err"; }
said() { grep -q "$1" "$tmp/out" "$tmp/err" || { tail -40 "$tmp/err"; false; }; }

on_all --script "$tmp/check.sh"
code=$?
check "some hosts failed: exit 4" test $code = 4
check "the other 496 did what they were told" test "$(grep -c here "$tmp/out")" = 496
check "the counts are in the summary" said 'exec: 500 hosts, 496 changed, 4 unreachable$'
check "the host that hangs is named, with why" said 'hangs: .*(ssh.timeout)'
check "the host that refuses is named, with why" said 'refuses: .*(ssh.unreachable)'
check "the host with another key is named, with why" said 'changed: .*(ssh.host_key)'
check "the host that died is named, with why" said 'dies: .*(ssh.connection_lost)'

interrupted() {  # in the foreground: timeout sends a signal to its group too, and a second one ends the program at once
  timeout --foreground -s KILL 120 "$RUNBOOK" exec -i "$tmp/inventory.yaml" --on 'web1*' --forks 50 --allow 'ssh=*' -- sleep 8642 >"$tmp/out" 2>"$tmp/err" &
  pid=$!
  wait_for 60 sh -c "[ \$(pgrep -fxc '[^ ]*sleep 8642') -ge 40 ]" || { kill $pid; wait $pid; tail -5 "$tmp/err"; return 1; }
  kill -INT $pid
  wait $pid
  code=$?
  [ $code = 130 ] || { echo "exit $code"; tail -5 "$tmp/err"; return 1; }
  wait_for 5 sh -c "! pgrep -fx '[^ ]*sleep 8642'"
}
check "Ctrl-C in the middle leaves no process behind, here or there" interrupted
