// SPDX-License-Identifier: Apache-2.0
//
// Moving files between this computer, where the runbook runs, and a machine: upload_verify, file_put, download_verify,
// file_fetch, tree_verify, tree_put, tree_remove.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/files.h"
#include "modules/machine/file_value.h"
#include "modules/machine/local.h"
#include "modules/machine/place.h"

namespace runbook::machine {

bool is_transfer(Verb verb);
/// What is touched on this computer; the other side is added by its place.
std::vector<Access> transfer_access_here(World& world, Verb verb, const Value& args);
/// Where both sides are this computer.
Cancel local_transfer(Phase phase, Verb verb, Invocation call, Done done);
/// Where the machine's files are a tree that is within reach.
Cancel tree_transfer(Phase phase, Verb verb, const files::TreePtr& there, Invocation call, Done done);
Cancel shell_transfer(Phase phase, Verb verb, Invocation call, Done done);

Cancel shell_put(Invocation call, Done done);
Cancel shell_fetch(Verb verb, Invocation call, Done done);
Cancel shell_upload_verify(Invocation call, Done done);
Cancel shell_tree_verify(Invocation call, Done done);
Cancel shell_tree_send(Verb verb, Invocation call, Done done);

inline constexpr std::size_t kTransferPiece = 256 * 1024;
inline constexpr std::uint64_t kMostShownText = 16 * 1024;  ///< of a file whose change is shown line by line

/// A file of this computer that is to be sent.
struct FileSource {
  files::TreePtr files;
  std::string path;  ///< resolved
  std::uint64_t size = 0;
  unsigned mode = 0;
  std::int64_t modified = 0;
  std::string sha256;
  std::string text;  ///< the content, where it is small enough to be shown
};
/// Reads it through, unless the checksum is known from a moment ago.
Result<FileSource> look_at_source(const Reach& reach, const Value& args);
/// Of the first `size` bytes.
Result<std::string> sha256_beginning(const files::Tree& files, const std::string& path, std::uint64_t size);

/// A file being read piece by piece, from `offset` on. For worker threads, one at a time.
class FileReader {
 public:
  static Result<std::shared_ptr<FileReader>> open(const files::Tree& files, const std::string& path,
                                                  std::uint64_t offset);
  /// Empty at the end.
  Result<std::string> next(std::size_t most);

 private:
  FileReader(files::Fd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  files::Fd file_;
  std::string path_;
};

/// The beginning of the names that what is on its way to a target has beside it.
std::string upload_name(const std::string& target);
/// The name that a part of a content has beside its target, so that the next transfer of the same finds it.
std::string part_name(const std::string& sha256, const std::string& target);

/// Which of the sizes and checksums differ, for a plan; text line by line where both are known.
std::string content_diff(const std::string& path, const std::optional<std::uint64_t>& old_size,
                         const std::string& old_sha256, const std::optional<std::string>& old_text, std::uint64_t size,
                         const std::string& sha256, const std::string& text);
/// What upload_verify and download_verify say. `found`: nothing for an absent target.
struct ContentSeen {
  std::optional<Found> found;
  Wanted wanted;
  std::string sha256;               ///< of what is there; empty where it was not worth reading
  std::optional<std::string> text;  ///< the content there, where it may be shown
};
struct ContentWanted {
  std::uint64_t size = 0;
  std::string sha256;
  std::string text;
  std::optional<std::int64_t> modified;
};
Value transfer_verified(const ContentSeen& seen, const ContentWanted& wanted, const std::string& path);

Error source_changed(const std::string& path);
/// What a transfer gives.
Value transferred(const std::string& path, std::uint64_t size, const std::string& sha256, bool changed);

/// Reports how far a transfer is, now and then.
class Progress {
 public:
  explicit Progress(std::function<void(Value)> on_event) : on_event_(std::move(on_event)) {}
  void report(std::uint64_t done, std::uint64_t total);

 private:
  std::function<void(Value)> on_event_;
  std::uint64_t reported_ = 0;
};

}  // namespace runbook::machine
