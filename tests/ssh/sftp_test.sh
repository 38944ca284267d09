#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ssh.sftp as a user has it: an account on a real sshd that gives files and no shell.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v sshd >/dev/null; then
  skip "users of a test's own need root, and sshd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
cleanup() {
  [ ! -d "$tmp/m" ] || sh "$top/tests/support/ssh_server.sh" stop "$tmp/m"
}
export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset SSH_AUTH_SOCK
mkdir -p "$HOME/.ssh"
chmod 755 "$tmp"
port=$(sh "$top/tests/support/ssh_server.sh" start "$tmp/m" "ForceCommand internal-sftp") || exit 1
cp "$tmp/m/known_hosts" "$HOME/.ssh/known_hosts"
cp "$tmp/m/user" "$HOME/.ssh/id_ed25519"
box=$tmp/m/home/plain
printf 'a dump\n' >"$tmp/dump"

# A runbook with the files `box`, from its permissions on the server and what is done.
runbook() {  # name, permissions, code
  cat >"$tmp/$1.lua" <<LUA
local rb = require "runbook"
local ssh = require "ssh"
return rb.runbook {
  name = "$1",
  permissions = { ssh = { ["plain@127.0.0.1:$port"] = { $2 } }, write = { "$tmp/*" }, read = { "$tmp/*" } },
  run = function()
    local box = ssh.sftp("plain@127.0.0.1:$port")
    $3
  end,
}
LUA
}
run() { "$RUNBOOK" "$@" >"$tmp/out" 2>"$tmp/err"; }
told() { cat "$tmp/out" "$tmp/err"; false; }
prints() {  # what, then the runbook and options
  want=$1
  shift
  run "$@" && [ "$(cat "$tmp/out")" = "$want" ] || told
}
fails_with() {  # code, then the runbook and options
  code=$1
  shift
  ! run "$@" && grep -q "($code)" "$tmp/err" || told
}

runbook upload '"write:backups", "write:backups/*"' '
    box:directory_ensure("backups", { mode = "0700" })
    local _, changed = box:upload("dump", "backups/dump", { mode = "0600" })
    print(changed)'
plan() { run -n "$tmp/upload.lua" && grep -q 'upload' "$tmp/out" && [ ! -e "$box/backups" ] || told; }
check "a dry run says what would be uploaded and does not" plan
check "an upload makes the file, with its mode" prints true "$tmp/upload.lua"
check "the content, the mode and the time are those here" \
  test "$(cat "$box/backups/dump") $(stat -c %a:%Y "$box/backups/dump")" = "a dump 600:$(stat -c %Y "$tmp/dump")"
check "the same upload again changes nothing" prints false "$tmp/upload.lua"
again() { sleep 1.1; printf 'b dump\n' >"$tmp/dump"; prints true "$tmp/upload.lua" && [ "$(cat "$box/backups/dump")" = "b dump" ]; }
check "another content is uploaded" again
mode() { chmod 644 "$box/backups/dump"; prints true "$tmp/upload.lua" && [ "$(stat -c %a "$box/backups/dump")" = 600 ]; }
check "where only the mode differs it is set" mode
nothing_left() { [ -z "$(find "$box" -name '*.part')" ]; }
check "no parts are left behind" nothing_left

runbook verify '"*"' '
    local _, changed = box:upload("dump", "backups/dump", { verify = true })
    print(changed)'
tampered() { printf 'B dump\n' >"$box/backups/dump"; touch -r "$tmp/dump" "$box/backups/dump"; prints true "$tmp/verify.lua"; }
check "verify sees what size and time do not show" tampered
touched() { touch "$tmp/dump"; prints false "$tmp/verify.lua"; }
check "verify does not upload what has only a new time" touched

runbook denied '"write:backups/*"' 'box:upload("dump", "backups/../.ssh-keys")'
check "a path that leads out of what is permitted is refused" fails_with permission.denied "$tmp/denied.lua"
runbook outside '"*"' 'box:write("../x", "y")'
check "a path that leads out of the account's directory is refused" fails_with ssh.path "$tmp/outside.lua"

runbook verbs '"*"' '
    box:write("a", "one")
    box:write("b", "two")
    box:rename("a", "c")
    local ok, why = pcall(box.rename, box, "b", "c")
    print(ok, why.code)
    box:rename("b", "c", { replace = true })
    print(box:read("c"), box:find("a"), box:stat("c").size)
    box:directory_create("d")
    ok, why = pcall(box.directory_create, box, "d")
    print(ok, why.code)
    box:write("d/e", "three")
    ok, why = pcall(box.remove, box, "d")
    print(ok, why.code)
    for _, entry in ipairs(box:list("d")) do print(entry.path, entry.type) end
    box:remove("d", { recursive = true })
    box:remove("c")
    local _, changed = box:download("backups/dump", "fetched")
    print(changed)
    _, changed = box:download("backups/dump", "fetched")
    print(changed)'
check "the verbs do what they say" prints "false	ssh.exists
two	nil	3
false	ssh.exists
false	ssh.not_empty
d/e	file
true
false" --yes "$tmp/verbs.lua"
check "what was downloaded is what is there" cmp -s "$tmp/fetched" "$box/backups/dump"

runbook undone '"*"' '
    box:write("kept", "new")
    box:rename("moved", "there")
    box:directory_create("made")
    box:upload("dump", "sent")
    box:download("kept", "fetched")'
undone() {
  printf old >"$box/kept"
  printf m >"$box/moved"
  printf former >"$tmp/fetched"
  chown 61003 "$box/kept" "$box/moved"
  run "$tmp/undone.lua" && [ "$(cat "$box/kept" "$tmp/fetched")" = "newnew" ] && [ -d "$box/made" ] || { told; return 1; }
  run undo --yes || { told; return 1; }
  [ "$(cat "$box/kept" "$box/moved" "$tmp/fetched")" = "oldmformer" ] && [ ! -e "$box/made" ] && [ ! -e "$box/sent" ] || { ls -l "$box"; told; }
}
check "undo brings everything back" undone

runbook big '"*"' 'box:upload("big", "big")'
cut_in_between() {
  head -c 150000000 /dev/urandom >"$tmp/big"
  run "$tmp/big.lua" &
  pid=$!
  wait_for 30 sh -c "find '$box' -name '*.part' -size +8M | grep -q ." && sh "$top/tests/support/ssh_server.sh" cut "$tmp/m"
  wait $pid && cmp -s "$tmp/big" "$box/big" && nothing_left || told
}
check "an upload whose connection is cut goes on" cut_in_between

runbook shell '"*"' 'require("machine").ssh("plain@127.0.0.1:'"$port"'"):query { "true" }'
no_shell() { ! run "$tmp/shell.lua" && grep -q 'ssh\.' "$tmp/err" || told; }
check "the same account as a machine says that it has no shell" no_shell
runbook option '"*"' 'ssh.sftp("plain@127.0.0.1", { identify = "x" })'
check "an option that there is not is named" fails_with argument.invalid "$tmp/option.lua"
