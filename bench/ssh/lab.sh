# SPDX-License-Identifier: Apache-2.0
# Sourced by fleet.sh and transfer.sh: many machines on one computer. A network of its own that has only `lo`, one sshd
# on all of its addresses (127.0.1.1 to 127.0.2.250 are the hosts), a key, and what each client needs to know of them.
# All runs in a process namespace of its own: when its first process ends, also by Ctrl-C, nothing is left of the rest.

# lab_enter SCRIPT ARGUMENT...: comes back only inside. Outside it runs the script there, and removes its files after it.
lab_enter() {
  [ -z "${LAB:-}" ] || return 0
  [ "$(id -u)" = 0 ] || { echo "$1: needs root, for a network of its own"; exit 1; }
  LAB=$(mktemp -d)
  export LAB
  trap 'rm -rf "$LAB"' EXIT
  trap 'exit 130' INT TERM HUP
  code=0
  unshare --net --pid --mount --fork --kill-child --mount-proc sh "$@" || code=$?
  exit "$code"
}

lab_start() {
  trap 'exit 130' INT TERM HUP # the first process of a namespace gets only the signals that it asks for
  ip link set lo up
  unset SSH_AUTH_SOCK
  # Not the user's own home, on neither side: what their shell does at each start is not what is measured.
  export HOME="$LAB/home" XDG_STATE_HOME="$LAB/home/state" LC_ALL=C.UTF-8
  mkdir -p "$XDG_STATE_HOME" /run/sshd
  chmod 755 "$LAB"
  mount -t tmpfs -o mode=755 tmpfs /run/sshd
  for name in host user; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$LAB/$name"; done
  cat >"$LAB/sshd_config" <<SSHD
ListenAddress 0.0.0.0:22
HostKey $LAB/host
AuthorizedKeysFile $LAB/user.pub
PidFile none
UsePAM no
StrictModes no
UseDNS no
MaxStartups 1000
MaxSessions 100
PermitRootLogin yes
PrintLastLog no
PrintMotd no
SetEnv HOME=$LAB/home
Subsystem sftp internal-sftp
SSHD
  key=$(cut -d' ' -f1-2 "$LAB/host.pub")
  for net in 1 2; do
    host=1
    while [ "$host" -le 250 ]; do
      echo "127.0.$net.$host"
      host=$((host + 1))
    done
  done >"$LAB/hosts"
  sed "s|\$| $key|" "$LAB/hosts" >"$LAB/known_hosts"
  echo "[127.0.3.1]:2222 $key" >>"$LAB/known_hosts"
  # The exchange that costs the least: the default of OpenSSH 9 costs its own client seven times as much.
  cat >"$LAB/ssh_config" <<CLIENT
User root
IdentityFile $LAB/user
IdentitiesOnly yes
UserKnownHostsFile $LAB/known_hosts
GlobalKnownHostsFile /dev/null
KexAlgorithms curve25519-sha256
LogLevel ERROR
BatchMode yes
CLIENT
  /usr/sbin/sshd -D -f "$LAB/sshd_config" -E "$LAB/sshd.log" &
  sshd=$!
  tries=0
  until ssh -F "$LAB/ssh_config" 127.0.1.1 true 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || { echo "sshd does not answer:"; cat "$LAB/sshd.log"; exit 1; }
    sleep 0.1
  done
  lab_build floor -lssh2 -lcrypto
  lab_build cost
}

# lab_build NAME LIBRARY...
lab_build() {
  name=$1
  shift
  "${CXX:-g++}" -std=c++20 -O2 -o "$LAB/$name" "$here/ssh/$name.cpp" "$@"
}

# first N: a file with the first N hosts.
first() {
  head -n "$1" "$LAB/hosts" >"$LAB/hosts.$1"
  echo "$LAB/hosts.$1"
}

# sshd_ms: processor time of sshd and of all that has run under it so far.
sshd_ms() { awk '{ print ($14 + $15 + $16 + $17) * 10 }' "/proc/$sshd/stat"; }

# have PROGRAM
have() { command -v "$1" >/dev/null 2>&1; }

# median < numbers, one a line
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
