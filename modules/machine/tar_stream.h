// SPDX-License-Identifier: Apache-2.0
//
// A tar archive, made piece by piece as it is sent. In the form of GNU tar, which every tar reads: names and links of
// any length, bytes of any kind, sizes beyond 8 GiB.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/machine/transfer.h"

namespace runbook::machine {

struct TarMember {
  std::string name;
  char type = '0';  ///< '0' file, '2' link, '5' directory
  unsigned mode = 0600;
  std::int64_t modified = 0;
  std::uint64_t size = 0;
  std::string target;   ///< of a link
  std::string content;  ///< of a file that is not read from `path`
  std::string path;     ///< resolved, of this computer
};

/// For worker threads, one at a time.
class TarStream {
 public:
  TarStream(files::TreePtr files, std::vector<TarMember> members)
      : files_(std::move(files)), members_(std::move(members)) {}
  /// Empty at the end. An error where a file is not what it was ("machine.source_changed").
  Result<std::string> next();
  std::uint64_t size() const { return sent_; }

 private:
  Status begin(const TarMember& member);
  Status copy(const TarMember& member);
  void header(const std::string& name, char type, std::uint64_t size, const TarMember& member);
  void pad();

  files::TreePtr files_;
  std::vector<TarMember> members_;
  std::size_t index_ = 0;
  std::shared_ptr<FileReader> reader_;
  std::uint64_t left_ = 0, sent_ = 0;
  std::string out_;
  bool begun_ = false, closed_ = false;
};

}  // namespace runbook::machine
