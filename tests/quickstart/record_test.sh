#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Recording real runs, without their secrets, and replaying them where there is nothing.
. "$(dirname "$0")/../support/tap.sh"

app=$top/build/quickstart-app
books=$top/runbooks/quickstart
port=$((20000 + $$ % 20000))
name=rec$$
export RUNBOOK_STATE=$tmp/state

quickstart() { "$RUNBOOK" "$@" --target local --dir "$tmp/service" --port "$port" --name "$name" </dev/null; }
cleanup() { quickstart "$books/teardown.lua" --yes >/dev/null 2>&1; }
serves() { "$app" get "127.0.0.1:$port/" | grep -q '"version":"v1"'; }
milliseconds_of() {
  start=$(date +%s%N)
  "$@" >/dev/null 2>&1
  echo $((($(date +%s%N) - start) / 1000000))
}

quickstart record "$books/deploy.lua" -o "$tmp/deploy.cassette" >"$tmp/recorded" 2>&1
check "a recorded deployment ends with 0" [ $? -eq 0 ] || cat "$tmp/recorded"
check "it serves" serves
check "the cassette is for its owner alone" [ "$(stat -c %a "$tmp/deploy.cassette")" = 600 ]
check "each of its lines is JSON" eval '! grep -qv "^{.*}$" "$tmp/deploy.cassette"'
quickstart record "$books/deploy.lua" -o "$tmp/deploy.cassette" >"$tmp/again" 2>&1
check "a cassette is not written over" [ $? -eq 2 ]

quickstart "$books/teardown.lua" --yes >/dev/null 2>&1
check "nothing is left before the replay" [ ! -e "$tmp/service" ]
runs_before=$("$RUNBOOK" history --plain | wc -l)
if command -v strace >/dev/null; then trace="strace -f -qq -e trace=execve,connect,bind -o $tmp/trace"; else trace=; fi
# shellcheck disable=SC2086  # words
$trace "$RUNBOOK" replay "$tmp/deploy.cassette" >"$tmp/replayed" 2>&1
check "a replay of the same ends with 0" [ $? -eq 0 ] || cat "$tmp/replayed"
check "a replay prints what the run printed" grep -q "serves as blue" "$tmp/replayed"
check "a replay makes nothing" [ ! -e "$tmp/service" ]
check "a replay is in no history" [ "$("$RUNBOOK" history --plain | wc -l)" = "$runs_before" ]
if [ -n "$trace" ]; then
  check "a replay starts no process" [ "$(grep -c "execve(" "$tmp/trace")" -le 1 ]
  # The C library asks for a name service daemon when it looks up who the user is.
  check "a replay connects to nothing" eval '! grep -v nscd "$tmp/trace" | grep -q "connect(\|bind("'
fi
"$RUNBOOK" replay "$tmp/deploy.cassette" --release v2 >"$tmp/other" 2>&1
check "a replay with another parameter fails" [ $? -eq 1 ]
check "and says what has become of the call" grep -q "replay.mismatch\|differs from what was recorded" "$tmp/other"

# A secret, given in the environment, as it goes out and as it comes back.
secret='Tr0ub4dor/&"3 x'
printf '#!/bin/sh\ntee "%s/got"\nbase64 "%s/got"\n' "$tmp" "$tmp" >"$tmp/echo"
chmod +x "$tmp/echo"
cat >"$tmp/login.lua" <<LUA
local rb, machine = require "runbook", require "machine"
return rb.runbook {
  params = { pin = rb.param.string { secret = true, pattern = "^%d+$" } },
  secrets = { "LOGIN_PASSWORD" },
  permissions = { run = { "$tmp/echo", "sleep" }, write = { "$tmp/out" } },
  run = function(p)
    local here = machine.here()
    here:run({ "$tmp/echo" }, { stdin = rb.secret("LOGIN_PASSWORD") })
    here:run({ "$tmp/echo" }, { stdin = p.pin })
    here:file_ensure { path = "$tmp/out", content = "\255\0" .. ("line\n"):rep(200) .. "mark one\n" }
    here:run { "sleep", "1" }
    rb.sleep("1s")
    print("logged in")
  end,
}
LUA
printf '{"pin":"8675309421"}' >"$tmp/pin.json"
LOGIN_PASSWORD=$secret "$RUNBOOK" record "$tmp/login.lua" --params "$tmp/pin.json" -o "$tmp/login.cassette" --yes >"$tmp/recorded" 2>&1
check "a recorded login ends with 0" [ $? -eq 0 ] || cat "$tmp/recorded"
for text in "$secret" 8675309421; do
  for form in "$text" "$(printf %s "$text" | base64)" "$(printf %s "$text" | sed 's/"/\\"/g')" "$(printf %s "$text" | sed 's/"/\\\\\\"/g')" \
    "$(printf %s "$text" | sed 's,/,%2F,g; s,&,%26,g; s,",%22,g; s, ,%20,g')"; do
    check "no form of a secret is in the cassette" eval '! grep -qF -- "$form" "$tmp/login.cassette"'
  done
done
rm -f "$tmp/out" "$tmp/got"
check "a replay needs no secret" "$RUNBOOK" replay "$tmp/login.cassette"
check "a replay runs no program and writes no file" [ ! -e "$tmp/got" -a ! -e "$tmp/out" ]
check "a replay does not wait" [ "$(milliseconds_of "$RUNBOOK" replay "$tmp/login.cassette")" -lt 1500 ]

sed 's/mark one/mark two/' "$tmp/login.lua" >"$tmp/changed.lua"
"$RUNBOOK" replay "$tmp/login.cassette" "$tmp/changed.lua" >"$tmp/changed" 2>&1
check "a changed runbook fails" [ $? -eq 1 ]
check "it is told that the file has changed" grep -q "is not as it was when it was recorded" "$tmp/changed"
check "the difference is shown where it is" grep -q 'mark one.*became.*mark two' "$tmp/changed" || cat "$tmp/changed"
check "what was recorded and not asked for is listed" grep -q "recorded, but not asked for" "$tmp/changed"

sed '/"sleep", "1"/d' "$tmp/login.lua" >"$tmp/fewer.lua"
"$RUNBOOK" replay "$tmp/login.cassette" "$tmp/fewer.lua" >"$tmp/fewer" 2>&1
check "a runbook that does less fails" [ $? -eq 1 ]
check "and the call that it lacks is named" grep -q 'machine.run.*sleep' "$tmp/fewer"

sed 's/here:run { "sleep", "1" }/pcall(function() here:run { "sleep", "2" } end)/' "$tmp/login.lua" >"$tmp/caught.lua"
"$RUNBOOK" replay "$tmp/login.cassette" "$tmp/caught.lua" >"$tmp/caught" 2>&1
check "a mismatch that the script catches fails all the same" [ $? -eq 1 ]

head -n 3 "$tmp/login.cassette" >"$tmp/cut.cassette"
printf '{"operation":"mach' >>"$tmp/cut.cassette"
"$RUNBOOK" replay "$tmp/cut.cassette" >"$tmp/cut" 2>&1
check "what a crash has left can be replayed as far as it goes" grep -q "recording has no call\|replay.mismatch" "$tmp/cut" || cat "$tmp/cut"
