// SPDX-License-Identifier: Apache-2.0
//
// Who the engine says we are when it speaks to a registry. Every call that takes an option `auth` takes it as
// {username, password = secret} or {identity_token = secret}, with `registry` where it cannot be told from the image.
#pragma once

#include <string>

#include "modules/docker/engine/engine.h"

namespace runbook::docker {

/// argument.invalid where the option is no such table, or holds in the clear what is to be a secret.
Status check_auth(const Value& auth);

/// The host of the registry that an image's name leads to: "localhost:5000", or "docker.io".
std::string registry_of(const std::string& reference);
/// How Docker's clients name a registry to an engine: Docker Hub has an address of old.
std::string server_address(const std::string& registry);

/// The body that `POST /auth` takes, and which the header X-Registry-Auth holds; null where there is no `auth`.
Value auth_config(const Value& auth, const std::string& registry);

/// Adds the header X-Registry-Auth. It is sent without credentials too: engines refuse a push that lacks it.
void add_auth(Call& call, const Value& auth, const std::string& reference);

/// Adds the header X-Registry-Config: what a build may pull its base images with. `auth` is one such table with its
/// `registry`, or a list of them.
void add_build_auth(Call& call, const Value& auth);
/// check_auth for what add_build_auth takes.
Status check_build_auth(const Value& auth);

/// The error of an answer or a report about a registry, with the code that its words call for: docker.auth,
/// docker.not_found, docker.registry (it cannot be reached, or answers nonsense). Registries say within a success what
/// is wrong, and engines pass a refusal on as an error of their own.
Error registry_error(Error error);

}  // namespace runbook::docker
