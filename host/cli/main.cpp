// SPDX-License-Identifier: Apache-2.0
#include "runbook/host.h"

int main(int argc, char** argv) {
  runbook::Host host;
  runbook::add_builtin_modules(host);
  return runbook::cli_main(host, argc, argv);
}
