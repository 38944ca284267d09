// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <glob.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "host/ssh/config/client_config.h"
#include "tests/support/temp_directory.h"

namespace runbook::ssh {

/// A home directory with configuration files in its .ssh.
class ConfigHome {
 public:
  ConfigHome() { std::filesystem::create_directories(tmp_ / ".ssh/conf.d"); }

  const std::string& path() const { return tmp_.path(); }
  std::string file(const std::string& name, const std::string& text) const { return tmp_.file(".ssh/" + name, text); }

  ConfigContext context(const std::string& local_user = "me") const {
    ConfigContext context;
    context.home = tmp_.path();
    context.local_user = local_user;
    context.read = [](const std::string& path) -> Result<std::string> {
      std::ifstream in(path, std::ios::binary);
      if (!in) return Error("file.not_found", "there is no such file");
      return std::string(std::istreambuf_iterator<char>(in), {});
    };
    context.list = [](const std::string& pattern) {
      glob_t found{};
      std::vector<std::string> paths;
      if (glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
      globfree(&found);
      return paths;
    };
    return context;
  }

  /// What `text`, as the user's file "config", says of `alias`.
  Result<HostConfig> apply(const std::string& text, const std::string& alias = "web",
                           const std::string& user = "") const {
    HostConfig config;
    auto applied = apply_config({{"config", text}}, alias, user, context(), config);
    if (!applied) return std::move(applied).error();
    return config;
  }

 private:
  TempDirectory tmp_;
};

}  // namespace runbook::ssh
