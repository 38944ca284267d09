// SPDX-License-Identifier: Apache-2.0
//
// The content of a file, many requests at a time. What is under way and what waits for the disk is bounded, on both ways.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "host/ssh/sftp/requests.h"

namespace runbook::ssh::sftp {

/// Bytes per job on a worker thread.
inline constexpr std::size_t kChunk = 1U << 20U;

using Progress = std::function<void(std::uint64_t bytes)>;

/// Reads [from, to) in order and hands it to `take`, which runs on a worker thread, one chunk after the other. Gives where
/// it came to: before `to` only where `until_end`, else that is the error "ssh.changed".
struct ReadJob {
  std::string path;  ///< for messages
  std::uint64_t from = 0, to = 0;
  bool until_end = false;
  std::function<Status(std::string_view)> take;
  Progress progress;
};
Wait<Result<std::uint64_t>> read_window(const Handle& handle, ReadJob job);

/// Writes what `next` gives (on a worker thread, at most so many bytes; empty at the end) from `from` on. Gives where it came to.
struct WriteJob {
  std::string path;
  std::uint64_t from = 0;
  std::function<Result<std::string>(std::size_t most)> next;
  Progress progress;
};
Wait<Result<std::uint64_t>> write_window(const Handle& handle, WriteJob job);

}  // namespace runbook::ssh::sftp
