#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The contract of web services, with a real one: simulated ones are held to it by the same spec.
. "$(dirname "$0")/../../support/tap.sh"

service=
cleanup() { [ -z "$service" ] || kill "$service" 2>/dev/null; }

port=$((20000 + $$ % 20000))
mkdir "$tmp/data"
"$top/build/quickstart/quickstart-app" serve --listen 127.0.0.1:$port --data "$tmp/data" --name contract --version v1 --colour blue \
  >"$tmp/log" 2>&1 &
service=$!
answers() { "$top/build/quickstart/quickstart-app" get 127.0.0.1:$port/healthz; }
check "the service is there" wait_for 10 answers
spec() { RUNBOOK_TEST_HTTP=http://127.0.0.1:$port "$RUNBOOK" test "$top/modules/http/contract_spec.lua" --allow 'net=http://127.0.0.1:*'; }
check "a simulated service and a real one keep the same contract" spec
both() { [ "$(spec | grep -c '^  ok .* real service')" -eq 4 ]; }
check "the real one was asked" both
listener() { RUNBOOK_TEST_TCP=tcp://127.0.0.1:$port "$RUNBOOK" test "$top/modules/net/net_spec.lua" --allow 'net=tcp://127.0.0.1:*'; }
check "a simulated listener and a real one are found alike" listener
