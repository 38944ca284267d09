// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/paths.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook::docker {

Access path_access(World& world, const char* kind, const std::string& path) {
  auto real = world.service<files::Tree>().resolve(path, files::Last::kFollow);
  return {kind, real ? std::move(*real) : files::normalise(path), "", ""};
}

Result<std::string> reach(const files::Tree& files, const std::string& path, const std::vector<Access>& allowed) {
  auto real = files.resolve(path, files::Last::kFollow);
  if (!real) return Error("docker.file", real.error().message, real.error().hint);
  const bool same = allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&](const Access& access) {
    return access.target == *real && (access.kind == "read" || access.kind == "write");
  });
  if (same) return real;
  return Error("docker.file", cat("'", printable(path), "' now leads to '", printable(*real), "', which is not what was permitted"),
               "something else changes this path at the same time");
}

}  // namespace runbook::docker
