// SPDX-License-Identifier: Apache-2.0
//
// Where the docker CLI keeps what its user logs in to registries with.
#pragma once

#include <string>

#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook::docker {

/// How the CLI names a registry: "registry.example.org:5000" of "https://registry.example.org:5000/v2/"; Docker Hub has
/// a URL.
std::string credential_key(const std::string& registry);

/// The program that keeps the credentials of a registry, "docker-credential-pass"; empty: config.json itself does.
/// Error docker.config for a name that is no program's.
Result<std::string> credential_helper(const Value& config, const std::string& key);

/// What config.json itself has, as `auth` options take it: {username, password} or {identity_token}; null: nothing.
Result<Value> credentials_in_config(const Value& config, const std::string& key);

/// The same of what a helper answered. `answer` is in no error.
Result<Value> credentials_in_answer(const std::string& helper, const std::string& answer);

}  // namespace runbook::docker
