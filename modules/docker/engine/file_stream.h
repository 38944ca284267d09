// SPDX-License-Identifier: Apache-2.0
// Files of this machine that are sent to the engine, or come from it, piece by piece. All of it blocks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/files.h"
#include "modules/docker/engine/engine.h"
#include "modules/docker/engine/intake.h"
#include "runbook/operation.h"

namespace runbook::docker {

class FileSource {
 public:
  /// `path` as the call was given it: what it leads to must be what was permitted.
  static Result<std::shared_ptr<FileSource>> open(const files::Tree& files, const std::string& path, const std::vector<Access>& allowed);
  /// The next piece; empty at the end.
  Result<std::string> next() const;
  std::uint64_t size() const { return size_; }

 private:
  FileSource(files::Fd file, std::string path, std::uint64_t size) : file_(std::move(file)), path_(std::move(path)), size_(size) {}
  files::Fd file_;
  std::string path_;
  std::uint64_t size_;
};
using FileSourcePtr = std::shared_ptr<FileSource>;

/// Sends `source` as the body of the call.
void send_file(Call& call, FileSourcePtr source, Loop& loop);

/// A new file beside the one whose place it takes when it is whole; gone again where it is not placed.
class FileDraft final : public Consumer {
 public:
  static Result<std::shared_ptr<FileDraft>> open(files::TreePtr files, const std::string& path, const std::vector<Access>& allowed,
                                                 unsigned new_mode);
  /// For a resolved path that is to have exactly this mode. A link there is not followed but replaced.
  static Result<std::shared_ptr<FileDraft>> beside(files::TreePtr files, const std::string& path, unsigned mode);
  ~FileDraft() override;
  FileDraft(const FileDraft&) = delete;
  FileDraft& operator=(const FileDraft&) = delete;

  Status take(std::string_view block) override;
  /// Takes the place of the file, and makes that last where it is to be durable. Once.
  Status place(bool durable = true);
  const std::string& path() const { return path_; }
  int fd() const { return file_.get(); }

 private:
  Status begin();
  FileDraft(files::TreePtr files, std::string path) : files_(std::move(files)), path_(std::move(path)) {}
  files::TreePtr files_;
  std::string path_;
  files::Place place_;
  files::Fd file_;
  std::string name_;
  off_t written_ = 0;
  off_t begun_ = 0;  ///< to be written to the disk
  files::Attributes attributes_;
};
using FileDraftPtr = std::shared_ptr<FileDraft>;

}  // namespace runbook::docker
