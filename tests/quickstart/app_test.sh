#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The quickstart's service and front, as programs.
. "$(dirname "$0")/../support/tap.sh"
app=${RUNBOOK_QUICKSTART_APP:-$(dirname "$RUNBOOK")/quickstart-app}

pids=
cleanup() { for pid in $pids; do kill "$pid" 2>/dev/null; done; wait; }
# start <log> <arguments>...: sets $pid and $port
start() {
  log=$tmp/$1
  shift
  "$app" "$@" >"$log" 2>&1 &
  pid=$!
  pids="$pids $pid"
  wait_for 5 grep -q 'listening on' "$log"
  port=$(sed -n 's/.*listening on .*://p' "$log")
}
get() { "$app" get "$@"; }
says() { get "$1" | grep -qF "$2"; }
fails_with() { want=$1; shift; status=0; "$@" >"$tmp/out" 2>&1 || status=$?; cat "$tmp/out"; [ "$status" -eq "$want" ]; }
# A switch is a rename: the front never sees half a file.
point_at() { echo "127.0.0.1:$1" >"$tmp/upstream.new" && mv "$tmp/upstream.new" "$tmp/upstream"; }
# raw <port> <printf text>: what a client of this shape gets; bash's /dev/tcp is the only client for broken requests here.
raw() { timeout 15 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"; printf "$2" >&3; cat <&3' bash "$1" "$2"; }

check "the program is static" sh -c "! ldd '$app' >/dev/null 2>&1"
check "an unknown option is a usage error" fails_with 2 "$app" serve --listem 127.0.0.1:0
check "an impossible address is a usage error" fails_with 2 "$app" serve --listen 127.0.0.1:99999 --data "$tmp"

mkdir "$tmp/data"
start blue.log serve --listen 127.0.0.1:0 --data "$tmp/data" --version v1 --colour blue
blue=$port
check "/ says who it is" says "127.0.0.1:$blue/" '"name":"quickstart","version":"v1","colour":"blue"'
check "/healthz is ok" says "127.0.0.1:$blue/healthz" '"status":"ok"'
check "an unknown path is refused" fails_with 1 get "127.0.0.1:$blue/nothing"
visit() { raw "$1" 'POST /visits HTTP/1.1\r\nHost: x\r\n\r\n' | grep -qF "{\"visits\":$2}"; }
check "a visit is counted" visit "$blue" 1
check "the port that is taken is refused" fails_with 1 "$app" serve --listen "127.0.0.1:$blue" --data "$tmp/data"

start green.log serve --listen 127.0.0.1:0 --data "$tmp/data" --version v2 --colour green
green=$port green_pid=$pid
check "both colours share the count" visit "$green" 2

start broken.log serve --listen 127.0.0.1:0 --data "$tmp/data" --version v3 --broken
check "a broken version is never healthy" fails_with 1 get "127.0.0.1:$port/healthz"
check "and logs why" grep -q 'not healthy: version v3 cannot read' "$tmp/broken.log"
start nodata.log serve --listen 127.0.0.1:0 --data "$tmp/absent"
check "a service without its data is not healthy" fails_with 1 get "127.0.0.1:$port/healthz"

start front.log front --listen 127.0.0.1:0 --upstream-file "$tmp/upstream"
front=$port front_pid=$pid
status_of() { raw "$1" 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' | head -n 1 | tr -d '\r'; }
answers() { [ "$(status_of "$1")" = "HTTP/1.1 $2" ]; }
check "front: no upstream file is a 502" answers "$front" '502 Bad Gateway'
point_at "$blue"
check "front: passes on to the upstream" says "127.0.0.1:$front/" '"version":"v1"'
point_at "$green"
check "front: follows the file" says "127.0.0.1:$front/" '"version":"v2"'
check "front: passes a POST on" visit "$front" 3

steady() {
  i=0
  while [ $i -lt 100 ]; do
    if [ $((i % 2)) -eq 0 ]; then point_at "$blue"; else point_at "$green"; fi
    get "127.0.0.1:$front/" >/dev/null || return 1
    i=$((i + 1))
  done
}
check "front: no request fails while it is switched" steady

head_of() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "a" }'; }
big_header() { raw "$1" "GET / HTTP/1.1\r\nX: $(head_of 20000)\r\n\r\n" | grep -q '^HTTP/1.1 431'; }
check "a head over 16 KiB is refused" big_header "$blue"
check "front: a head over 16 KiB is refused" big_header "$front"
two_lengths() { raw "$1" 'POST /visits HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab' | grep -q '^HTTP/1.1 400'; }
check "front: two lengths are refused" two_lengths "$front"
chunked() { raw "$1" 'POST /visits HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' | grep -q '^HTTP/1.1 411'; }
check "front: a body without a length is refused" chunked "$front"
garbage() { raw "$1" '\001\002\r\n\r\n' | grep -q '^HTTP/1.1 400'; }
check "what is not HTTP is refused" garbage "$blue"

kill "$green_pid"
ends() { wait_for 5 sh -c "! kill -0 $1"; }
check "TERM ends the service" ends "$green_pid"
check "which says that it stopped" grep -q 'stopped$' "$tmp/green.log"
point_at "$green"
check "front: an upstream that is gone is a 502 that names it" \
  sh -c "'$app' get 127.0.0.1:$front/ | grep -q \"upstream '127.0.0.1:$green' cannot be reached: Connection refused\""

# A request that is being answered when TERM comes is answered: this one sends the rest of itself afterwards.
slow_request() {
  bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"; printf "GET / HTTP/1.1\r\n" >&3; sleep 1; printf "\r\n" >&3; cat <&3' bash "$1" >"$2"
}
point_at "$blue"
slow_request "$front" "$tmp/slow" &
slow=$!
sleep 0.4
kill "$front_pid"
wait "$slow"
check "front: TERM lets the running request end" grep -q '"version":"v1"' "$tmp/slow"
check "front: and then ends" ends "$front_pid"
