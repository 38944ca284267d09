// SPDX-License-Identifier: Apache-2.0
// A Docker Engine of the test program's own: started at first use, ended with the program.
#pragma once

#include <string>

namespace runbook {

/// The URL of the engine, or empty where none can be started here; `reason` says why.
const std::string& private_engine(std::string* reason = nullptr);

}  // namespace runbook
