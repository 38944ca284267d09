// SPDX-License-Identifier: Apache-2.0
//
// What stood between us and an engine, in words that say what to do about it.
#pragma once

#include <string>
#include <string_view>

#include "modules/docker/connect/endpoint.h"
#include "runbook/error.h"
#include "runbook/world.h"

namespace runbook::docker {

/// The error of a request that got no answer, from the HTTP client's. Codes: docker.connect, docker.permission,
/// docker.tls, docker.timeout, docker.engine (what came was no answer of an engine).
Error unanswered_error(World& world, const std::string& engine, const Endpoint& endpoint, const std::string& object,
                       Error error);

/// The error of an answer that is no success: status_error(), where it is not about the way.
Error refused_error(const std::string& engine, const Endpoint& endpoint, const std::string& object, int status,
                    std::string_view body);

}  // namespace runbook::docker
