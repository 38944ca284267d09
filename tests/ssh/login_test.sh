#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# machine.ssh as a user has it: ways to log in, login shells, sudo, what goes wrong; on a real sshd with real sudo.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v sshd >/dev/null; then
  skip "users of a test's own need root, and sshd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
cleanup() {
  [ -z "${agent:-}" ] || kill "$agent"
  [ ! -d "$tmp/m" ] || sh "$top/tests/support/ssh_server.sh" stop "$tmp/m"
}
export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset SSH_AUTH_SOCK
mkdir -p "$HOME/.ssh"
chmod 755 "$tmp"  # the users of the server look for their keys below it
port=$(sh "$top/tests/support/ssh_server.sh" start "$tmp/m") || exit 1
cp "$tmp/m/known_hosts" "$HOME/.ssh/known_hosts"
cp "$tmp/m/user" "$HOME/.ssh/id_ed25519"

# A runbook with the machine `m`, from what follows machine.ssh and what is done.
runbook() {  # name, arguments of machine.ssh, code
  cat >"$tmp/$1.lua" <<LUA
local rb = require "runbook"
local machine = require "machine"
return rb.runbook {
  name = "$1",
  permissions = { ssh = { "*" }, write = { "$tmp/*" }, read = { "$tmp/*" } },
  run = function()
    local m = machine.ssh($2)
    $3
  end,
}
LUA
  shift 3
  "$RUNBOOK" "$tmp/$name.lua" "$@"
}
run() {
  name=$1
  runbook "$@" >"$tmp/out" 2>"$tmp/err"
}
prints() { want=$1; shift; run "$@" && [ "$(cat "$tmp/out")" = "$want" ] || { cat "$tmp/out" "$tmp/err"; false; }; }
fails_with() {  # exit code, error code, words, then as for run
  code=$1 error=$2 words=$3
  shift 3
  got=0
  run "$@" || got=$?
  [ "$got" = "$code" ] && grep -q "($error)" "$tmp/err" && grep -q "$words" "$tmp/err" || { echo "exit $got"; cat "$tmp/out" "$tmp/err"; false; }
}
at() { printf '"%s@127.0.0.1:%s"' "$1" "$port"; }

check "the key in ~/.ssh logs in" prints deploy default "$(at deploy)" 'print((m:query({ "id", "-un" }).stdout:gsub("%s+$", "")))'
for user in other plain; do
  check "words arrive unchanged whatever the login shell is ($user)" prints "[it's][a b][!x][\\\\][]" words "$(at $user)" \
    'print(m:query({ "printf", "[%s]", "it'"'"'s", "a b", "!x", [[\\]], "" }).stdout)'
done
check "an account that may not log in says so" fails_with 1 ssh.no_shell "not available" nologin "$(at nobody2)" 'm:query { "true" }'
cat >"$tmp/password.lua" <<LUA
local rb, machine = require "runbook", require "machine"
return rb.runbook {
  name = "password",
  permissions = { ssh = { "*" } },
  secrets = { "LOGIN_PASSWORD", "SUDO_PASSWORD" },
  params = { root = { type = "bool", default = false } },
  run = function(p)
    local m = machine.ssh($(at deploy), { password = rb.secret("LOGIN_PASSWORD") })
    if p.root then m = m:sudo { password = rb.secret("SUDO_PASSWORD") } end
    print((m:query({ "id", "-un" }).stdout:gsub("%s+$", "")))
    print(m:query({ "cat" }, { stdin = "what it reads" }).stdout)
  end,
}
LUA
# given <login password> <sudo password> [--root]: what it prints, errors too, and its exit code.
given() {
  LOGIN_PASSWORD=$1 SUDO_PASSWORD=$2 "$RUNBOOK" "$tmp/password.lua" ${3:-} >"$tmp/out" 2>&1
}
right_login() { given 'right horse' - && grep -qx deploy "$tmp/out"; }
wrong_login() {
  ! given 'wrong horse' - && grep -q ssh.auth "$tmp/out" && ! grep -q 'wrong horse' "$tmp/out"
}
right_sudo() {
  given 'right horse' 'right horse' --root && grep -qx root "$tmp/out" && grep -qx 'what it reads' "$tmp/out" ||
    { cat "$tmp/out"; false; }
}
wrong_sudo() {
  ! given 'right horse' 'wrong stable' --root && grep -q machine.sudo_password "$tmp/out" && ! grep -q 'wrong stable' "$tmp/out"
}
mv "$HOME/.ssh/id_ed25519" "$tmp/key"
check "a password logs in" right_login
check "a wrong one does not, and stands nowhere in the output" wrong_login
check "sudo asks for the password and gets it" right_sudo
check "a wrong sudo password is told, and not shown" wrong_sudo
mv "$tmp/key" "$HOME/.ssh/id_ed25519"

check "sudo without a password works where the machine allows it" prints root nopasswd "$(at ops)" 'print((m:sudo():query({ "id", "-un" }).stdout:gsub("%s+$", "")))'
check "sudo to another user" prints plain touser "$(at ops)" 'print((m:sudo({ user = "plain" }):query({ "id", "-un" }).stdout:gsub("%s+$", "")))'
check "sudo that is not allowed is told" fails_with 1 machine.sudo_password "wants a password" notallowed "$(at plain)" 'm:sudo():query { "true" }'
root_file() {
  run rootfile "$(at ops)" "m:sudo():file_ensure { path = '$tmp/m/home/ops/root.txt', content = 'of root', mode = '0600', owner = 'root' }" &&
    [ "$(stat -c %U:%a "$tmp/m/home/ops/root.txt")" = root:600 ]
}
check "files are made as root with sudo" root_file

agent=$(ssh-agent -a "$tmp/agent.sock" | sed -n 's/.*SSH_AGENT_PID=\([0-9]*\);.*/\1/p')
mv "$HOME/.ssh/id_ed25519" "$tmp/key"
SSH_AUTH_SOCK=$tmp/agent.sock ssh-add -q "$tmp/key" 2>/dev/null
check "the agent's key logs in" env SSH_AUTH_SOCK="$tmp/agent.sock" "$RUNBOOK" "$tmp/default.lua"
for kind in rsa ecdsa; do
  ssh-keygen -q -t $kind -N '' -f "$tmp/$kind"
  cat "$tmp/$kind.pub" >>"$tmp/m/authorized_keys"
  SSH_AUTH_SOCK=$tmp/agent.sock ssh-add -q -D 2>/dev/null
  SSH_AUTH_SOCK=$tmp/agent.sock ssh-add -q "$tmp/$kind" 2>/dev/null
  check "the agent's key of the type $kind logs in" env SSH_AUTH_SOCK="$tmp/agent.sock" "$RUNBOOK" "$tmp/default.lua"
done
check "without a key the error says what was tried" fails_with 1 ssh.auth "no key or password" nokey "$(at deploy)" 'm:query { "true" }'

cat >"$HOME/.ssh/config" <<CONFIG
Host jump*
  User ops
  Port $port
  IdentityFile $tmp/key
Host jump1
  HostName 127.0.0.11
Host jump2
  HostName 127.0.0.12
  ProxyJump jump1
Host web
  HostName 127.0.0.13
  Port $port
  User deploy
  IdentityFile $tmp/key
  ProxyJump jump2
CONFIG
check "an alias of ssh_config leads over two jumps" prints "127.0.0.13" alias '"web"' \
  'print((m:query({ "sh", "-c", "set -- $SSH_CONNECTION; echo $3" }).stdout:gsub("%s+$", "")))'
printf 'Host behind\n  ProxyCommand nc %%h %%p\n' >>"$HOME/.ssh/config"
check "what of ssh_config cannot be followed is refused with its line" fails_with 1 ssh.config "config:17" proxy '"behind"' 'm:query { "true" }'
rm "$HOME/.ssh/config"
mv "$tmp/key" "$HOME/.ssh/id_ed25519"

check "a host name with control characters is refused" fails_with 1 argument.invalid "no address" control '"web\27[31m1"' 'm:query { "true" }'
check "a name that looks like an option is refused" fails_with 1 argument.invalid "no address" option '"-oProxyCommand=x"' 'm:query { "true" }'
cp "$HOME/.ssh/known_hosts" "$tmp/known"
sed -i "s/ssh-ed25519 .*/$(cut -d' ' -f1,2 "$tmp/m/user.pub" | sed 's/[\/&]/\\&/g')/" "$HOME/.ssh/known_hosts"
check "a host key that has changed stops everything, with both fingerprints" fails_with 1 ssh.host_key "has changed" changed "$(at deploy)" 'm:query { "true" }'
cp "$tmp/known" "$HOME/.ssh/known_hosts"

interrupted() {  # in the foreground: timeout sends a signal to its group too, and a second one ends the program at once
  timeout --foreground -s KILL 60 "$RUNBOOK" "$tmp/long.lua" >"$tmp/out" 2>&1 &
  pid=$!
  wait_for 20 pgrep -fx '[^ ]*sleep 7654' || { kill $pid; wait $pid; cat "$tmp/out"; return 1; }
  kill -INT $pid
  wait $pid
  [ $? = 130 ] && wait_for 5 sh -c "! pgrep -fx '[^ ]*sleep 7654'"
}
run long "$(at deploy)" 'error "only written"'
sed -i 's/error "only written"/m:run { "sleep", "7654" }/' "$tmp/long.lua"
check "Ctrl-C ends what runs on the other machine" interrupted

# What another user runs is not for whoever logs in to end: sudo passes TERM on, but what does not heed it stays.
ended_by_sudo() {  # name, user, options of sudo, number of seconds
  run "$1" "$(at "$2")" 'error "only written"'
  sed -i "s/error \"only written\"/m:sudo($3):run { 'sh', '-c', 'trap \"\" TERM; exec sleep $4' }/; s/permissions = /secrets = { 'SUDO_PASSWORD' }, permissions = /" "$tmp/$1.lua"
  SUDO_PASSWORD='right horse' "$RUNBOOK" "$tmp/$1.lua" >"$tmp/out" 2>&1 &
  pid=$!
  begun=yes
  wait_for 20 pgrep -u 0 -f "^[^ ]*sleep $4\$" || begun=no
  kill -INT $pid
  wait $pid
  code=$?
  [ $begun = yes ] && [ $code = 130 ] && ! pgrep -f "^[^ ]*sleep $4\$" || { echo "exit $code"; cat "$tmp/out"; return 1; }
}
check "Ctrl-C ends what sudo runs there without a password" ended_by_sudo sudolong ops '' 7655
check "Ctrl-C ends what sudo runs there with a password" ended_by_sudo sudopass deploy "{ password = rb.secret('SUDO_PASSWORD') }" 7656
