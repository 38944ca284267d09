// SPDX-License-Identifier: Apache-2.0
#include "host/core/machine_trees.h"

#include <filesystem>

#include "host/core/text.h"

namespace runbook::files {

namespace {

namespace fs = std::filesystem;

struct Usual {
  const char* path;
  unsigned mode;
};

constexpr Usual kUsual[] = {{"", 0755},         {"/etc", 0755},     {"/tmp", 01777},     {"/var", 0755},
                            {"/var/log", 0755}, {"/srv", 0755},     {"/root", 0700},     {"/home", 0755},
                            {"/usr", 0755},     {"/usr/bin", 0755}, {"/usr/sbin", 0755}, {"/opt", 0755}};

}  // namespace

Status make_root(const std::string& path) {
  std::error_code error;
  for (const Usual& usual : kUsual) {
    fs::create_directories(path + usual.path, error);
    // Whatever the umask of whoever runs the tests is.
    if (!error) fs::permissions(path + usual.path, static_cast<fs::perms>(usual.mode), error);
    if (error)
      return Error("test.directory", cat("cannot make a directory for a simulated machine: ", error.message()));
  }
  return Unit{};
}

Result<TreePtr> MachineTrees::tree(const std::string& machine) {
  if (const auto found = trees_.find(machine); found != trees_.end()) return found->second;
  if (directory_.empty()) return Error("test.no_simulation", "nothing is simulated");
  const std::string root = cat(directory_, "/", trees_.size());  // what machines are called is no name for a file
  RUNBOOK_TRY(make_root(root));
  return trees_[machine] = std::make_shared<const Tree>(root);
}

}  // namespace runbook::files
