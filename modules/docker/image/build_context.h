// SPDX-License-Identifier: Apache-2.0
//
// A directory as the context of a build: what is in it, a hash of that, and a tar archive of it. All of it blocks, for
// Loop::blocking. The same files give the same hash and the same archive wherever and whenever they were written:
// entries are sorted, and times and owners are left out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/core/files.h"
#include "runbook/result.h"

namespace runbook::docker {

class BuildContext {
 public:
  /// Lists the directory (a resolved path) without what its .dockerignore leaves out. `dockerfile` is relative to it;
  /// it and the .dockerignore are always part of the context. Code docker.context where it cannot be used.
  static Result<BuildContext> open(files::TreePtr files, const std::string& directory, const std::string& dockerfile);

  /// SHA-256 over the names, kinds, modes and contents.
  Result<std::string> hash() const;
  std::size_t count() const { return entries_.size(); }
  const std::vector<files::Entry>& entries() const { return entries_; }  ///< names relative to the directory
  const std::string& directory() const { return directory_; }
  const files::Tree& files() const { return *files_; }

 private:
  Status walk(const std::string& below, const class IgnoreFile& ignore, const std::string& dockerfile);

  files::TreePtr files_;
  std::string directory_;
  std::vector<files::Entry> entries_;
};

/// The archive, piece by piece; an empty piece is its end.
class ContextArchive {
 public:
  explicit ContextArchive(BuildContext context);
  ~ContextArchive();
  Result<std::string> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace runbook::docker
