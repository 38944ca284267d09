// SPDX-License-Identifier: Apache-2.0
// Jobs, on a machine that has only a shell. The folder jobs/NAME/RUN there holds what is known of one:
//   about    its fingerprint, and the effect that began it
//   record   number, start in ticks since boot, boot, and time of the shell that waits for the program
//   out err  what the program has printed so far
//   end      exit code and time; "end.new" holds its place, so that a full disk does not lose it
//   taken    its result has been handed over
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

const char* const kJobFunctions = R"sh(
all=$XDG_STATE_HOME/runbook/jobs
s=$all/$name
j=$s/$run
said() { k=$("$@" 2>&1) || fail "said:$(printf '%s' "$k" | tr '\n' ' ')"; }
unlock() {
  exec 8>&-
  if [ -d "$locked" ]; then rm -rf "$locked"; trap - EXIT; fi
}
lock_jobs() {
  said make_room
  s=$all r=$all/jobs
  lock
  s=$all/$name r=$j/record
}
make_room() { umask 077; mkdir -p "$all" && : >>"$all/jobs.lock"; }
drop_job() { rm -rf "$j"; rmdir "$s" 2>/dev/null; }
about() { # its fingerprint and its effect
  print= begun_by=
  [ ! -f "$j/about" ] || { IFS= read -r print && IFS= read -r begun_by; } <"$j/about"
}
)sh";

const char* const kJobFindScript = R"sh(
need setsid
IFS= read -r wanted
# By cat, because a shell's own printf does not say that the disk is full.
write_about() { umask 077; printf '%s\n%s\n' "$wanted" "$key" | cat >"$j/about.new" && mv -f "$j/about.new" "$j/about"; }
prepare() {
  umask 077
  mkdir -p "$j" && : >"$j/out" && : >"$j/err" && printf '%60s\n' ' ' | cat >"$j/end.new" && write_about || { drop_job; return 1; }
}
sweep() { # what has ended, and nobody has asked for in a month
  command -v find >/dev/null 2>&1 || return 0
  find "$all" -type d -mtime +30 2>/dev/null | while IFS= read -r old; do
    case ${old#"$all/"} in
      "$name/$run" | */*/*) continue ;;
      */*) ;;
      *) continue ;;
    esac
    r=$old/record
    load
    if ! running; then rm -rf "$old"; rmdir "${old%/*}" 2>/dev/null; fi
  done
}
lock_jobs
sweep
load
about
if [ -n "$print" ] && [ "$begun_by" != "$key" ] && [ -f "$j/taken" ]; then drop_job; print=; fi
if [ -n "$print" ] && [ "$print" != "$wanted" ]; then fail other; fi
# The record is written before the program begins.
if [ -z "$pid" ]; then print=; fi
if [ -n "$print" ] && [ "$begun_by" != "$key" ]; then said write_about; fi
if [ -z "$print" ]; then
  [ -z "$known" ] || fail vanished
  for r in "$s"/*/record; do
    load
    if [ -f "$r" ] && running; then k=${r%/record}; fail "runs:${k##*/}"; fi
  done
  r=$j/record
  rm -rf "$j"
)sh";

// What the program reads comes in base64, as text that a shell can hold: it is on no disk, and a connection that is lost
// in the middle of it does not cut it.
const char* const kJobStartScript = R"sh(
  rb_in=$(cat)
  case $rb_in in *:) rb_in=${rb_in%:} ;; *) fail cut ;; esac
  [ -z "$rb_in" ] || need base64
  said prepare
  printf '%s%s' "$rb_env" "$rb_in" | setsid sh -c "$wrapper" sh "$rb_size" "$j" "$rb_program" "$@" >/dev/null 2>&1 &
  pid=$!
  k=0
  until [ -f "$r" ]; do
    k=$((k + 1))
    if ! kill -0 "$pid" 2>/dev/null || [ $k -ge 300 ]; then
      [ -f "$r" ] && break
      drop_job
      fail begin
    fi
    sleep 0.05 2>/dev/null || sleep 1
  done
  load
fi
unlock
[ -r "$j/out" ] && [ -r "$j/err" ] || fail vanished
exec 3<"$j/out" 4<"$j/err"
dd bs=1 count=0 skip="$from_out" <&3 2>/dev/null
dd bs=1 count=0 skip="$from_error" <&4 2>/dev/null
mark
seen= quiet=0
while :; do
  over=
  if [ -f "$j/end" ]; then over=1
  elif [ $quiet -ge 6 ] && ! running; then over=1
  fi
  # What is looked at after the end is known is all of it.
  sizes=$(stat -c %s "$j/out" "$j/err" 2>/dev/null) || exit 96
  if [ "$sizes" != "$seen" ]; then
    cat <&3 2>/dev/null || exit 96
    cat <&4 >&2 || exit 96
    seen=$sizes quiet=0
  else
    quiet=$((quiet + 1))
  fi
  [ -z "$over" ] || exit 0
  case $quiet in
    0 | 1) k=0.1 ;;
    2 | 3) k=0.2 ;;
    4 | 5) k=0.5 ;;
    *) k=1 ;;
  esac
  sleep $k 2>/dev/null || sleep 1
done
)sh";

const char* const kJobWrapper = R"sh(
trap '' HUP
rb_size=$1 rb_j=$2
shift 2
rb_ticks() { set -- ${1##*)}; echo "${20}"; }
rb_begun() {
  k=$(cat /proc/$$/stat) || return
  umask 077
  printf '%s %s %s %s\n' $$ "$(rb_ticks "$k")" "$(cat /proc/sys/kernel/random/boot_id)" "$(date +%s)" >"$rb_j/record.new" &&
  mv -f "$rb_j/record.new" "$rb_j/record"
}
(rb_begun) || exit 96
exec 8>&-
rb_env=
[ "$rb_size" = 0 ] || rb_env=$(dd bs=1 count="$rb_size" 2>/dev/null)
rb_in=$(cat)
rb_run() { eval "$rb_env"; exec "$@"; }
if [ -n "$rb_in" ]; then
  printf '%s' "$rb_in" | base64 -d | (unset rb_in; rb_run "$@") >>"$rb_j/out" 2>>"$rb_j/err"
else
  (rb_run "$@") </dev/null >>"$rb_j/out" 2>>"$rb_j/err"
fi
rb_code=$?
rb_k=0
until { printf '%s %s\n' "$rb_code" "$(date +%s)" 1<>"$rb_j/end.new" && mv -f "$rb_j/end.new" "$rb_j/end"; } 2>/dev/null; do
  rb_k=$((rb_k + 1))
  [ $rb_k -lt 600 ] && [ -d "$rb_j" ] || exit 96
  sleep 1
done
)sh";

const char* const kJobTakeScript = R"sh(
r=$j/record
load
if [ -f "$j/end" ]; then
  read -r code ended <"$j/end"
  echo "ended $code $((ended - began))"
elif running; then echo running; exit 0
else echo gone
fi
: >"$j/taken"
)sh";

const char* const kJobRemoveScript = R"sh(
[ -d "$j" ] || exit 0
lock_jobs
about
if [ "$begun_by" = "$key" ]; then drop_job; fi
exit 0
)sh";

const char* const kJobEndScript = R"sh(
[ -z "$early" ] || sleep 1
[ -d "$j" ] || exit 0
lock_jobs
load
about
[ "$begun_by" = "$key" ] || exit 0
if running; then
  kill -TERM "-$pid"
  ended_within 25
  kill -KILL "-$pid" 2>/dev/null
fi
drop_job
exit 0
)sh";

}  // namespace runbook::machine
