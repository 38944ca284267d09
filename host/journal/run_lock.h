// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/result.h"

namespace runbook::journal {

/// A file that this process holds with flock, or none. The kernel lets go of it when the process dies.
class HeldFile {
 public:
  HeldFile() = default;
  HeldFile(HeldFile&& other) noexcept;
  HeldFile& operator=(HeldFile&& other) noexcept;
  ~HeldFile();

  /// Takes the file, creating it (0600, never through a symbolic link). One that is held gives an unheld HeldFile;
  /// an Error is something else. Does not wait.
  static Result<HeldFile> take(const std::string& path);
  explicit operator bool() const { return fd_ >= 0; }
  /// Removes the file and lets go of it.
  void release();

 private:
  HeldFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::string path_;
};

/// Whether some process holds the file. Looking takes it for a moment: who takes a file tries more than once.
bool is_held(const std::string& path);

/// Takes runs/<id>.lock, which says that the run is alive. "lock.held" where another process has it.
Result<HeldFile> take_run(const std::string& directory, const std::string& id);
bool is_running(const std::string& directory, const std::string& id);

}  // namespace runbook::journal
