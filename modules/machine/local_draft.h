// SPDX-License-Identifier: Apache-2.0
//
// A file of this computer that is coming in: it grows beside its target under a name that the next transfer of the same
// content finds again, and takes the target's place when it is whole. For worker threads, one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/files.h"
#include "modules/machine/sha256.h"

namespace runbook::machine {

class LocalDraft {
 public:
  /// Takes up what an earlier transfer has left under `name`, unless another one is at it; `name` empty: begins anew.
  static Result<std::shared_ptr<LocalDraft>> open(files::TreePtr files, const std::string& path,
                                                  const std::string& name);
  ~LocalDraft();
  LocalDraft(const LocalDraft&) = delete;
  LocalDraft& operator=(const LocalDraft&) = delete;

  std::uint64_t size() const { return size_; }
  Status add(std::string_view bytes);
  /// Begins anew.
  Status empty();
  /// Ends the content; its checksum.
  std::string finish() { return hash_.hex(); }
  /// Takes the place of the target. `modified`: the time to give it.
  Status place(files::Attributes attributes, const std::optional<std::int64_t>& modified);
  /// What there is of it is of no use to anybody.
  void discard() { keep_ = false; }

 private:
  LocalDraft(files::TreePtr files, std::string path) : files_(std::move(files)), path_(std::move(path)) {}
  Status begin(const std::string& name);
  bool take_up(const std::string& name);

  files::TreePtr files_;
  std::string path_;
  files::Place place_;
  files::Fd file_;
  std::string name_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
  bool keep_ = true;
};

/// What there may be at a target for a file to take its place: nothing, or a regular file. It gives what is kept of
/// that.
Result<files::Attributes> kept_of_target(const files::Tree& files, const std::string& path,
                                         files::Attributes attributes);

/// Gives a file the time of its last change.
Status set_modified(const files::Tree& files, const std::string& path, std::int64_t modified);

}  // namespace runbook::machine
