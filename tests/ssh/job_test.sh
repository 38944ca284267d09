#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs that outlive the connection and the run, on a real sshd: sessions that are cut, a runbook that is killed, a full disk.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v sshd >/dev/null; then
  skip "users of a test's own need root, and sshd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
small=
cleanup() {
  [ -z "$small" ] || umount "$tmp/m/home/plain"
  [ ! -d "$tmp/m" ] || sh "$top/tests/support/ssh_server.sh" stop "$tmp/m"
}
export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset SSH_AUTH_SOCK
mkdir -p "$HOME/.ssh" "$tmp/m/home/plain" "$tmp/there"
chmod 755 "$tmp"
chmod 777 "$tmp/there"
# The server has mounts of its own, so this one is there before it.
if mount -t tmpfs -o size=256k none "$tmp/m/home/plain" 2>/dev/null; then small=yes; fi
port=$(sh "$top/tests/support/ssh_server.sh" start "$tmp/m") || exit 1
cp "$tmp/m/known_hosts" "$HOME/.ssh/known_hosts"
cp "$tmp/m/user" "$HOME/.ssh/id_ed25519"

# A runbook that runs `m:run(...)` as user $2 and prints what came of it.
runbook() {  # name, user, code
  cat >"$tmp/$1.lua" <<LUA
local rb, machine = require "runbook", require "machine"
return rb.runbook {
  name = "$1",
  permissions = { ssh = { "*" }, write = { "$tmp/*" } },
  run = function()
    local m = machine.ssh("$2@127.0.0.1:$port")
    $3
  end,
}
LUA
}
# Every line of its output goes to $tmp/lines as it comes.
follow='local function keep(event) machine.here():append("'$tmp'/lines", event.line .. "\\n") end'
records="$tmp/m/home/deploy/.local/state/runbook/jobs"
nothing_left() { wait_for 10 sh -c "[ -z \"\$(find '$records' -mindepth 1 -type d 2>/dev/null)\" ]"; }

# 200,000 lines, 2,000 at a time.
cat >"$tmp/there/print" <<'SH'
#!/bin/sh
echo x >>"$1"
i=0
while [ $i -lt 100 ]; do
  seq $((i * 2000 + 1)) $((i * 2000 + 2000))
  i=$((i + 1))
  sleep 0.06
done
exit 7
SH
chmod 755 "$tmp/there/print"
runbook cut deploy "
    local result = m:run({ '$tmp/there/print', '$tmp/there/cut.runs' }, { job = 'print', check = false })
    machine.here():write('$tmp/out', result.stdout)
    print(result.code)"
cut_several_times() {
  "$RUNBOOK" "$tmp/cut.lua" >"$tmp/printed" 2>&1 &
  pid=$!
  wait_for 20 test -s "$tmp/there/cut.runs" || return 1
  cuts=0
  while kill -0 $pid 2>/dev/null && [ $cuts -lt 5 ]; do
    sleep 0.8
    sh "$top/tests/support/ssh_server.sh" cut "$tmp/m"
    cuts=$((cuts + 1))
  done
  wait $pid || { cat "$tmp/printed"; return 1; }
  [ "$cuts" -ge 4 ] && grep -qx 7 "$tmp/printed" && seq 200000 | cmp - "$tmp/out" && [ "$(cat "$tmp/there/cut.runs")" = x ]
}
check "every line comes once and in order over a connection that is cut" cut_several_times
check "nothing of it is left there" nothing_left

begin_and_kill() {  # name, what is there when it has begun
  "$RUNBOOK" "$tmp/$1.lua" >"$tmp/printed" 2>&1 &
  pid=$!
  wait_for 20 test -s "$2" || { cat "$tmp/printed"; return 1; }
  kill -9 $pid
  wait $pid 2>/dev/null
  :
}
runbook killed deploy "
    rb.step('print', function()
      local result = m:run({ '$tmp/there/print', '$tmp/there/killed.runs' }, { job = 'print', check = false, env = { A = 'b' } })
      machine.here():write('$tmp/out', result.stdout)
    end)"
whole_result() {
  rm -f "$tmp/out"
  "$RUNBOOK" resume >"$tmp/printed" 2>&1 || { cat "$tmp/printed"; return 1; }
  seq 200000 | cmp - "$tmp/out" && [ "$(cat "$1")" = x ]
}
resumed_while_it_runs() { begin_and_kill killed "$tmp/there/killed.runs" && whole_result "$tmp/there/killed.runs"; }
check "a run that is killed goes on with the job when it is resumed" resumed_while_it_runs
resumed_after_its_end() {
  rm -f "$tmp/there/killed.runs"
  begin_and_kill killed "$tmp/there/killed.runs" && wait_for 30 sh -c "ls '$records'/print/*/end" && whole_result "$tmp/there/killed.runs"
}
check "a run that is resumed when the job has ended takes its result" resumed_after_its_end
resumed_twice() {
  rm -f "$tmp/there/killed.runs"
  begin_and_kill killed "$tmp/there/killed.runs" || return 1
  "$RUNBOOK" resume >"$tmp/printed" 2>&1 &
  pid=$!
  sleep 1.5
  kill -9 $pid
  wait $pid 2>/dev/null
  whole_result "$tmp/there/killed.runs"
}
check "a resumed run that is killed can be resumed" resumed_twice
check "nothing is left there of what was resumed" nothing_left

another_run() {
  rm -f "$tmp/there/killed.runs"
  begin_and_kill killed "$tmp/there/killed.runs" || return 1
  "$RUNBOOK" "$tmp/killed.lua" >"$tmp/printed" 2>&1
  code=$?
  "$RUNBOOK" history >>"$tmp/printed"
  sleep 6
  [ $code = 1 ] && grep -q machine.busy "$tmp/printed" && grep -q 'runbook resume' "$tmp/printed" || { cat "$tmp/printed"; return 1; }
}
check "another run does not take over a job of that name" another_run

runbook sleeper deploy "m:run({ 'sh', '-c', 'echo begun >$tmp/there/sleeping; exec sleep 8765' }, { job = 'sleeper' })"
interrupted() {
  "$RUNBOOK" "$tmp/sleeper.lua" >"$tmp/printed" 2>&1 &
  pid=$!
  wait_for 20 test -s "$tmp/there/sleeping" && kill -INT $pid
  wait $pid
  code=$?
  [ $code = 130 ] && ! pgrep -f '[s]leep 8765' || { echo "exit $code"; cat "$tmp/printed"; return 1; }
}
check "Ctrl-C ends the job there" interrupted

if [ -n "$small" ]; then
  runbook full plain "
    local result = m:run({ 'sh', '-c', 'seq 200000; echo \"seq said \$?\" >&2; exit 9' }, { job = 'full', check = false })
    print(result.code, #result.stdout)"
  full() {
    "$RUNBOOK" "$tmp/full.lua" >"$tmp/printed" 2>&1
    grep -q '^9	[0-9]' "$tmp/printed" || { cat "$tmp/printed"; return 1; }
  }
  check "a full disk does not lose how the job ended" full
  too_full() {
    dd if=/dev/zero of="$tmp/m/home/plain/zero" bs=4k 2>/dev/null
    ! "$RUNBOOK" "$tmp/full.lua" >"$tmp/printed" 2>&1 && grep -q machine.no_space "$tmp/printed" || { cat "$tmp/printed"; return 1; }
  }
  check "where there is no room at all the job is not begun" too_full
else
  skip "a small file system needs mount"
fi
