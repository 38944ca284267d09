// SPDX-License-Identifier: Apache-2.0
//
// This computer's side of a transfer. Blocking: for worker threads, one at a time. Paths are resolved ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/files.h"

namespace runbook::ssh::sftp {

/// What is to be sent.
struct Source {
  std::string name;  ///< for messages
  std::uint64_t size = 0;
  std::string sha256;
  std::optional<std::uint32_t> modified;  ///< Unix seconds: what the sent file is given
  unsigned new_mode = 0644;               ///< of a file that was not there
  std::function<Result<std::string>(std::uint64_t offset, std::size_t most)> read;
  std::function<Status()> unchanged;      ///< "ssh.changed" where it is not what was read for the checksum
};
using SourcePtr = std::shared_ptr<const Source>;

/// Ends a job on a worker thread when the flow that waits for it is dropped.
class StopFlag {
 public:
  StopFlag() = default;
  ~StopFlag() { *flag_ = true; }
  StopFlag(const StopFlag&) = delete;
  StopFlag& operator=(const StopFlag&) = delete;
  std::shared_ptr<const std::atomic<bool>> flag() const { return flag_; }

 private:
  std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

/// Reads it through once, for its checksum, unless `stop` becomes true.
Result<SourcePtr> file_source(const files::Tree& files, const std::string& path, const std::atomic<bool>* stop = nullptr);
SourcePtr content_source(std::string name, std::string content, bool is_secret);

/// What is being received: a file beside the one that it will be, which the next attempt at the same goes on with.
class Draft {
 public:
  /// `key`: what is received; another key never goes on with this.
  static Result<std::shared_ptr<Draft>> open(const files::Tree& files, const std::string& path, const std::string& key);

  std::uint64_t size() const { return size_; }
  Status append(std::string_view bytes);
  Status restart();
  Result<std::string> sha256() const;
  /// Makes it the file: synced, with its time, in one step. Keeps the mode of the file that it replaces.
  Status place(std::optional<unsigned> mode, std::uint32_t modified);
  void discard();

 private:
  Draft(files::Place place, std::string path, std::string name) : place_(std::move(place)), path_(std::move(path)), name_(std::move(name)) {}
  files::Place place_;
  std::string path_, name_;
  files::Fd file_;
  std::uint64_t size_ = 0;
};

/// ".NAME.0123456789abcdef.part": beside the file that it will be, the same for the same key.
std::string part_name(const std::string& name, const std::string& key);
/// An error of host/core with a code of this module's: "file.not_found" is "ssh.not_found".
Error own(Error error);

}  // namespace runbook::ssh::sftp
