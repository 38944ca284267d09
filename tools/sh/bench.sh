# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: measures ours beside what else is installed.
bench_all() {
  need_packages build bench
  build_release
  bench/startup.sh build/runbook
  bench/scripts.sh build/runbook
  bench/json.sh build/runbook
}
