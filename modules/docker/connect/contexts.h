// SPDX-License-Identifier: Apache-2.0
//
// The docker CLI's contexts: names for engines, kept below its configuration's directory.
#pragma once

#include <string>
#include <vector>

#include "modules/docker/connect/endpoint.h"

namespace runbook::docker {

/// The engine of a context; of "" the one that the docker CLI would choose. With the headers of its configuration and
/// the version of the API that the environment says.
Result<Endpoint> read_context(const files::Tree& files, const std::string& name, const Environment& environment);

/// {name, description, host, tls, current} of every context, by name as people count. One that
/// cannot be read has `error` in place of `host`.
Result<Value> list_contexts(const files::Tree& files, const Environment& environment);

/// Whether `a` stands before `b` where numbers in names count as numbers: "node2" before "node10".
bool stands_before(std::string_view a, std::string_view b);

}  // namespace runbook::docker
