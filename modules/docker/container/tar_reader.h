// SPDX-License-Identifier: Apache-2.0
// Reads a tar archive as it comes, in pieces of any size: ustar, with what pax and GNU add for long names and large files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook::docker {

struct TarEntry {
  std::string name;  ///< as it stands in the archive: hostile
  char kind = '0';   ///< '0' a file, '1' a hard link, '2' a symbolic link, '5' a directory; others: devices, pipes
  std::string link;
  std::uint64_t size = 0;
  unsigned mode = 0;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::int64_t modified = 0;
};

class TarReader {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual Status begin(const TarEntry& entry) = 0;
    virtual Status data(std::string_view bytes) = 0;
    virtual Status end_entry() = 0;
  };
  explicit TarReader(Handler& handler) : handler_(handler) {}

  Status feed(std::string_view bytes);
  /// An error where the archive ends before its end.
  Status end() const;

 private:
  static constexpr std::size_t kRecord = 512;
  Status header();
  Status finish_entry();

  Handler& handler_;
  std::string record_;        ///< a header that is incomplete yet
  TarEntry entry_;
  std::string extension_;     ///< the content of a pax or GNU entry, for the one that follows
  char extends_ = 0;
  std::string pax_;           ///< what is known of the next entry
  std::string long_name_, long_link_;
  std::uint64_t left_ = 0;    ///< of the entry's content
  std::uint64_t padding_ = 0;
  bool within_ = false;
  bool ended_ = false;
};

}  // namespace runbook::docker
