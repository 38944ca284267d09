// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runbook/error.h"

namespace runbook::docker {

/// The error of an answer that is no success. `object` says what was asked for: "container 'web'".
/// Codes: docker.not_found, docker.conflict, docker.auth, docker.no_manager, docker.engine; `http_status` in the context.
Error status_error(const std::string& engine, const std::string& object, int status, std::string_view body);

/// The engine's own words: the `message` of a JSON body, or the body.
std::string engine_words(std::string_view body);

}  // namespace runbook::docker
