// SPDX-License-Identifier: Apache-2.0
//
// usage: acme-app FILE [PARAMETERS]; prints what was done, and what it came to.
#include <runbook/host.h>

#include <cstdio>

#include "acme.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  runbook::Host host;
  runbook::add_builtin_modules(host);
  host.add(runbook::acme::kModule);

  runbook::RunOptions options;
  options.file = argv[1];
  options.arguments.assign(argv + 2, argv + argc);
  options.on_event = [](const runbook::Value& event) {
    const std::string& name = event["event"].as_string();
    if (name == "effect.end") std::printf("%s: %s\n", event["state"].as_string().c_str(), event["description"].as_string().c_str());
    if (name == "print") std::printf("it says: %s\n", event["text"].as_string().c_str());
  };
  const runbook::RunReport report = host.run(options);
  if (report.error) std::printf("error %s: %s\n", report.error->code.c_str(), report.error->message.c_str());
  std::printf("%s, %d changed\n", report.state.c_str(), report.changed);
  return report.exit;
}
