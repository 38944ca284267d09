// SPDX-License-Identifier: Apache-2.0
// A message touches nothing outside the run: log.lua hands it to the events, which redact and keep it.
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> log_embedded;
}

namespace runbook::log {

extern const Module kModule;
const Module kModule{"log", "0.1", {}, &log_embedded};

}  // namespace runbook::log
