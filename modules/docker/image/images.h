// SPDX-License-Identifier: Apache-2.0
// What the operations on images have in common.
#pragma once

#include <functional>
#include <string>

#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

/// "registry:5000/app:1" in two parts; without a tag it is "latest".
struct ImageName {
  std::string repository;
  std::string tag;
};
ImageName image_name(const std::string& reference);
/// "registry:5000/app" of "registry:5000/app:1@sha256:...".
std::string repository_of(const std::string& reference);

void tag_image(const Job::Ptr& job, const std::string& image, const std::string& tag, std::function<void()> next);

/// What the registry has under that name, with args["auth"]: {digest, reference, media_type, platforms}.
void registry_digest(const Job::Ptr& job, const std::string& reference, std::function<void(Result<Value>)> next);

/// What image the name args["tag"] (or args["name"]) meant before, and that it means it again.
Cancel capture_tag(Invocation call, Done done);
Cancel restore_tag(Invocation call, Done done);

}  // namespace runbook::docker
