#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A machine to log in to: a real sshd on a loopback port of its own, with users and sudo of its own. Needs root.
#
#   ssh_server.sh start DIR [LINE...]   prints the port; LINE goes into its sshd_config, before the rest. With
#                                       SERVER_DOCKER=PATH that socket is its /var/run/docker.sock
#   ssh_server.sh cut DIR               ends every session as if the machine had lost its network
#   ssh_server.sh stop DIR
#
# DIR/user is the key that every user lets in, DIR/known_hosts lists the host's, DIR/home holds the homes. The users:
#   deploy   sudo with the password "right horse"
#   ops      sudo without one
#   plain    no sudo
#   other    logs in to another shell than sh (csh, where there is one)
#   nobody2  may not log in
# /etc of this computer is not touched: the server sees a copy, in a mount namespace of its own.
set -eu
verb=$1
dir=$2
shift 2

add_user() {  # name, number, shell, password hash
  printf '%s:x:%s:%s::%s:%s\n' "$1" "$2" "$2" "$dir/home/$1" "$3" >>"$dir/etc/passwd"
  printf '%s:%s:19000:0:99999:7:::\n' "$1" "$4" >>"$dir/etc/shadow"
  printf '%s:x:%s:\n' "$1" "$2" >>"$dir/etc/group"
  mkdir -p "$dir/home/$1"
  chown "$2:$2" "$dir/home/$1"
}

other_shell() {
  for shell in /bin/tcsh /bin/csh /usr/bin/fish /bin/dash; do
    if [ -x "$shell" ]; then echo "$shell"; return; fi
  done
}

make_machine() {
  mkdir -p "$dir/etc" "$dir/home" /run/sshd
  chmod 755 "$dir" "$dir/home"
  cp -a /etc/. "$dir/etc/"
  hash=$(openssl passwd -6 'right horse')
  add_user deploy 61001 /bin/bash "$hash"
  add_user ops 61002 /bin/bash '*'
  add_user plain 61003 /bin/bash '*'
  add_user other 61004 "$(other_shell)" '*'
  add_user nobody2 61005 /usr/sbin/nologin '*'
  mkdir -p "$dir/etc/sudoers.d"
  printf 'Defaults !lecture, passwd_tries=3\nDefaults:deploy timestamp_timeout=0\ndeploy ALL=(ALL) ALL\nops ALL=(ALL) NOPASSWD: ALL\n' >"$dir/etc/sudoers.d/test"
  chmod 440 "$dir/etc/sudoers.d/test"
  for name in host user; do
    [ -e "$dir/$name" ] || ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$dir/$name"
  done
  cp "$dir/user.pub" "$dir/authorized_keys"
}

# It tells only in its log that it could not have the port.
listens() {
  waited=0
  until [ -s "$dir/pid" ]; do
    waited=$((waited + 1))
    if [ "$waited" -ge 200 ] || grep -qs 'Cannot bind' "$dir/log"; then return 1; fi
    sleep 0.05
  done
}

case $verb in
  start)
    make_machine
    tries=0
    while :; do
      tries=$((tries + 1))
      port=$((20000 + ($(od -An -N2 -tu2 /dev/urandom) % 12000))) # below those that the system gives to whoever connects
      rm -f "$dir/log"
      {
        for line in "$@"; do printf '%s\n' "$line"; done
        cat <<CONFIG
Port $port
ListenAddress 0.0.0.0
HostKey $dir/host
PidFile $dir/pid
UsePAM no
StrictModes no
MaxStartups 1000
PasswordAuthentication yes
AuthorizedKeysFile $dir/authorized_keys
PermitRootLogin yes
Subsystem sftp internal-sftp
CONFIG
      } >"$dir/sshd_config"
      # /etc is this server's own; nothing of the mounts is seen outside.
      # shellcheck disable=SC2016  # for the inner shell
      unshare -m --propagation private sh -c '
        mount --bind "$1/etc" /etc || exit 1
        if [ -n "$2" ]; then mount -t tmpfs none /run && mkdir /run/sshd && ln -s "$2" /run/docker.sock || exit 1; fi
        exec /usr/sbin/sshd -f "$1/sshd_config" -E "$1/log"' sh "$dir" "${SERVER_DOCKER:-}" && listens && break
      [ "$tries" -lt 10 ] || { cat "$dir/log" >&2; exit 1; }
    done
    # The whole of 127/8 is this machine: as many hosts as a test wants.
    key=$(cut -d' ' -f1,2 "$dir/host.pub")
    printf '[127.0.*.*]:%s %s\n' "$port" "$key" >"$dir/known_hosts"
    echo "$port"
    ;;
  cut)
    pid=$(cat "$dir/pid")
    for child in $(cat "/proc/$pid/task/$pid/children"); do
      children=$(cat "/proc/$child/task/$child/children" 2>/dev/null || :)
      kill -9 "$child" 2>/dev/null || :
      # shellcheck disable=SC2086  # a list of numbers
      [ -z "$children" ] || kill -9 $children 2>/dev/null || :
    done
    ;;
  stop)
    sh "$0" cut "$dir" || :
    pid=$(cat "$dir/pid" 2>/dev/null || :)
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || :
    rm -rf "$dir"
    ;;
esac
