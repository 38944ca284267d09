// SPDX-License-Identifier: Apache-2.0
#include <runbook/host.h>

#include "acme.h"

int main(int argc, char** argv) {
  runbook::Host host;
  runbook::add_builtin_modules(host);
  host.add(runbook::acme::kModule);
  return runbook::cli_main(host, argc, argv);
}
