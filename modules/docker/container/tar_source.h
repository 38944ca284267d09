// SPDX-License-Identifier: Apache-2.0
// A tar archive of files of this machine, piece by piece. All of it blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "host/core/files.h"
#include "runbook/result.h"

namespace runbook::docker {

/// One entry to come: what it is called in the archive, and where it is here.
struct TarItem {
  std::string name;  ///< without a slash at either end
  std::string path;  ///< of this machine; empty: `content` is all there is of it
  std::string content;
  files::Entry entry;
};

/// The file or directory `path` (resolved) and all that is below it, in order, the first one called `name`; an empty
/// `name`: what is in the directory, without the directory itself. Sockets, pipes and devices are left out.
Result<std::vector<TarItem>> tar_items(const files::Tree& files, const std::string& path, const std::string& name);

struct TarOwner {
  std::int64_t uid = 0;
  std::int64_t gid = 0;
};

class TarSource {
 public:
  TarSource(files::TreePtr files, std::vector<TarItem> items, TarOwner owner);
  /// The next piece; empty after the end.
  Result<std::string> next();
  std::uint64_t content_size() const { return content_size_; }

 private:
  Status begin(const TarItem& item, std::string& out);
  Status copy(std::string& out);

  files::TreePtr files_;
  std::vector<TarItem> items_;
  TarOwner owner_;
  files::Fd file_;
  std::size_t index_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t content_size_ = 0;
  bool ended_ = false;
};

}  // namespace runbook::docker
