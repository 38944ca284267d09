// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook::cli {

/// The file that --log-file appends a run's events to.
class LogFile {
 public:
  /// "file.unwritable" where it cannot be opened.
  static Result<std::unique_ptr<LogFile>> open(const std::string& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// "log.write" where not all of the text could be written.
  Status append(std::string_view text);
  /// The same: some file systems say only now that the disk is full.
  Status close();

 private:
  LogFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Error failed(int number) const;

  std::string path_;
  int fd_;
};

}  // namespace runbook::cli
