// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/http.h"
#include "runbook/value.h"

namespace runbook::docker {

/// The headers that every request gets: those of DOCKER_CUSTOM_HEADERS ("name=value,name=value", a field that holds a
/// comma in quotes), else the HttpHeaders of config.json. Error docker.config.
Result<HttpHeaders> configured_headers(const Value& config, const std::string& custom);

}  // namespace runbook::docker
