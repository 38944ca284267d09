// SPDX-License-Identifier: Apache-2.0
// Processes that outlive the run, on a machine that has only a shell: what is known of one is in a file there. Its
// first line is its number, its start in ticks since boot, the boot, and the time; the rest is for us.
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

const char* const kProcessFunctions = R"sh(
[ -r /proc/self/stat ] || fail proc
case ${XDG_STATE_HOME:=${HOME:-}/.local/state} in
  /?*) ;;
  *) fail home ;;
esac
s=$XDG_STATE_HOME/runbook/processes
r=$s/$name.there
ticks() { # PID: when it was started; nothing where it is not there any more
  k=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  set -- ${k##*)}
  [ "$1" = Z ] || echo "${20}"
}
load() { pid=; [ ! -f "$r" ] || read -r pid start boot began <"$r"; }
running() {
  [ -n "$pid" ] && [ -n "$start" ] && [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$(ticks "$pid")" = "$start" ]
}
show() { # the first line, the log's path, and what is ours
  if running; then echo running; else echo stopped; fi
  { IFS= read -r k; printf '%s\n' "$k"; cat "$r.log"; printf '%s%s\n' "$m" "$n"; cat; } <"$r"
}
glance() { sleep 0.2 2>/dev/null || sleep 1; }
lock() { # one run at a time starts or stops the process of a name
  (umask 077; mkdir -p "$s") || exit 96
  locked=$r.locked
  k=0
  if command -v flock >/dev/null 2>&1; then
    exec 8>"$r.lock" || exit 96
    until flock -n 8; do
      k=$((k + 1))
      [ $k -lt 150 ] || fail busy
      glance
    done
  else
    # What somebody holds who is not there any more was left behind.
    until mkdir "$locked" 2>/dev/null; do
      k=$((k + 1))
      holder=
      { read -r holder since <"$locked/holder"; } 2>/dev/null
      if [ -n "$holder" ]; then [ "$(ticks "$holder")" != "$since" ]; else [ $k -gt 25 ]; fi && rm -rf "$locked"
      [ $k -lt 150 ] || fail busy
      glance
    done
    trap 'rm -rf "$locked"' EXIT
    trap 'exit 95' HUP INT TERM
    echo "$$ $(ticks $$)" >"$locked/holder"
  fi
}
ended_within() { # GLANCES
  k=0
  while running; do
    [ $k -lt "$1" ] || return 1
    k=$((k + 1))
    glance
  done
}
)sh";

const char* const kProcessReadScript = R"sh(
load
if [ -z "$pid" ]; then echo absent; else show; fi
)sh";

// After the text of a ShellCommand. The rest of the input is the record's. $rb_env is for the process alone: it may set
// PATH.
const char* const kProcessStartScript = R"sh(
need setsid
lock
load
if running; then fail "runs:$pid"; fi
l=${log:-$s/$name.log}
if [ -L "$l" ]; then fail log; fi
if [ -e "$l" ] && [ ! -f "$l" ]; then fail log; fi
(umask 027; : >>"$l") || exit 96
(eval "$rb_env"; exec setsid "$rb_program" "$@") </dev/null >>"$l" 2>&1 8>&- &
pid=$!
start=$(ticks "$pid"); boot=$(cat /proc/sys/kernel/random/boot_id)
umask 077
printf '%s' "$l" >"$r.log" &&
{ printf '%s %s %s %s\n' "$pid" "$start" "$boot" "$(date +%s)"; cat; } >"$r.new" && mv -f "$r.new" "$r" || {
  kill -KILL "-$pid" # a process that nobody would find again
  exit 96
}
glance
if ! running; then
  wait "$pid"
  k=$?
  rm -f "$r"
  tail -c 4096 "$l"
  fail "ended:$k"
fi
show
)sh";

const char* const kProcessStopScript = R"sh(
load
if [ -z "$pid" ]; then
  [ -z "$unwanted" ] || rm -f "$unwanted"
  echo absent
  exit 0
fi
lock
load
if running; then
  kill -TERM "-$pid" || exit 96
  ended_within "$grace" || kill -KILL "-$pid"
  ended_within 25 || fail "deaf:$pid"
  kill -KILL "-$pid" 2>/dev/null # what it has left behind in its group
  echo stopped
else echo absent
fi
rm -f "$r" "$r.log" || exit 96
[ -z "$unwanted" ] || rm -f "$unwanted" || exit 96
)sh";

}  // namespace runbook::machine
