#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What json.decode costs beside python3's json, on the same file in the same run: processor time, the best of several.
# usage: bench/json.sh [build/runbook]; fails when a promise is broken.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
program=${1:-$here/../build/runbook}
command -v python3 >/dev/null || { echo "bench/json.sh: there is no python3 to compare with"; exit 0; }
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export XDG_STATE_HOME="$state"

python3 - "$state/hosts.json" <<'PYTHON'
import json, sys
hosts = [{"id": n, "name": "host-%d.example.org" % n, "tags": ["web", "blue", "zone-%d" % (n % 7)], "load": n / 7,
          "up": n % 3 != 0, "note": None, "text": 'line one\nsays "hello" \u00e9 %d' % n,
          "ports": [80, 443, 8000 + n % 1000], "limits": {"memory": n * 4096, "cpus": 0.5}} for n in range(28000)]
json.dump(hosts, open(sys.argv[1], "w"))
PYTHON

theirs=$(python3 - "$state/hosts.json" <<'PYTHON'
import json, sys, time
text = open(sys.argv[1]).read()
best = 1e9
for _ in range(7):
    start = time.process_time()
    json.loads(text)
    best = min(best, time.process_time() - start)
print("%.1f" % (best * 1000))
PYTHON
)
cat >"$state/decode.lua" <<'LUA'
local json = require "json"
local text = require("machine").here():read("hosts.json")
local best = math.huge
for _ = 1, 7 do
  local start = os.clock()
  json.decode(text)
  best = math.min(best, os.clock() - start)
  collectgarbage()
end
print(("%.1f"):format(best * 1000))
LUA
ours=$("$program" --allow "read=$state" "$state/decode.lua")

of=$(ratio "$ours" "$theirs")
size=$(wc -c <"$state/hosts.json" | awk '{ printf "%.1f", $1 / 1000000 }')
printf '%-28s %12s %12s %8s\n' "json.decode, $size MB (ms)" python3 runbook ratio
printf '%-28s %12s %12s %8s\n' "" "$theirs" "$ours" "$of"
if awk -v a="$of" 'BEGIN { exit !(a > 1.2) }'; then
  echo "broken: json.decode costs $of times python3's json, promised at most 1.20"
  exit 1
fi
