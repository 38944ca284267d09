# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: which Debian (or Ubuntu) packages each command needs, and how they are installed.

# shellcheck disable=SC2034  # read by name in need_packages
build_packages='cmake ninja-build g++ pkgconf libuv1-dev libcurl4-openssl-dev libssl-dev liblua5.4-dev
  nlohmann-json3-dev libsqlite3-dev libssh2-1-dev libyaml-dev libarchive-dev zlib1g-dev'
test_packages='catch2 lua5.4 docker.io curl openssl iptables iproute2 busybox-static docker-registry age procps openssh-client
  openssh-server sudo tcsh'
# shellcheck disable=SC2034
check_packages='clang-format clang-tidy lua-check git'
bench_packages='lua5.4 python3 valgrind time'
# shellcheck disable=SC2034
fleet_packages='openssh-client openssh-server iproute2 rsync clustershell pssh ansible-core'

# Prints those of its arguments that are not installed. dpkg-query only: it must cost nothing on every later run.
missing_packages() {
  have dpkg-query || return 0
  installed=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' "$@" 2>/dev/null || :) "
  for package in "$@"; do
    case $installed in *" $package:installed "*) ;; *) printf '%s ' "$package" ;; esac
  done
}

# need_packages <set>...: installs what is missing of build, test, check, bench. ASK=1 asks first on a terminal.
need_packages() {
  wanted=
  for set in "$@"; do
    eval "wanted=\"\$wanted \$${set}_packages\""
  done
  # shellcheck disable=SC2086  # lists of words
  missing=$(missing_packages $wanted)
  [ -n "$missing" ] || return 0
  have apt-get || die "these packages are missing, and only apt is supported here: $missing"
  note "will install with apt: $missing"
  case " $missing " in
    *" docker.io "*) note "services among them are not started, neither now nor by the tests (those start their own)" ;;
  esac
  if [ "${ASK:-0}" = 1 ] && [ -t 0 ] && [ "${CI:-}" != true ]; then
    printf 'go on? [Y/n] ' >&2
    read -r answer
    case $answer in '' | [Yy]*) ;; *) die "nothing was installed" ;; esac
  fi
  deny_service_starts
  as_root apt-get update -q >&2 || note "apt-get update failed; trying with the lists that are there"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2 ||
    die "apt-get could not install: $missing"
  allow_service_starts
}

# Debian starts a server as soon as it is installed unless this file says 101. A policy that is there already and
# denies is left alone; another one is put aside and put back.
policy=/usr/sbin/policy-rc.d
policy_mark='# written by runbook ./dev'
deny_service_starts() {
  if [ -e $policy ] && ! grep -q "$policy_mark" $policy; then
    denied=0
    $policy docker start >/dev/null 2>&1 || denied=$?
    [ "$denied" -ne 101 ] || return 0
    as_root mv $policy $policy.runbook-saved
  fi
  at_exit allow_service_starts
  printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | as_root tee $policy >/dev/null
  as_root chmod 755 $policy
}
allow_service_starts() {
  if [ -e $policy ] && grep -q "$policy_mark" $policy; then as_root rm -f $policy; fi
  if [ -e $policy.runbook-saved ]; then as_root mv $policy.runbook-saved $policy; fi
}
