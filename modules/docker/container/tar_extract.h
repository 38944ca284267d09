// SPDX-License-Identifier: Apache-2.0
//
// Puts the files of an archive from a container in place, each whole or not at all, and leaves alone what is the same
// already. The archive is hostile: nothing of it is written outside its root, and no link is followed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "modules/docker/container/tar_reader.h"
#include "modules/docker/engine/file_stream.h"
#include "modules/docker/engine/intake.h"

namespace runbook::docker {

class TarExtract final : public Consumer, public TarReader::Handler {
 public:
  /// The archive's first component (`base`; empty: it has none) becomes `root`, a resolved path.
  TarExtract(files::TreePtr files, std::string root, std::string base);
  ~TarExtract() override;

  Status take(std::string_view block) override { return reader_.feed(block); }
  Status end() override;

  std::int64_t count() const { return count_; }      ///< files, directories and links
  std::int64_t size() const { return size_; }        ///< bytes of their contents
  std::int64_t skipped() const { return skipped_; }  ///< devices, pipes
  bool changed() const { return changed_; }

 private:
  class File;
  Status begin(const TarEntry& entry) override;
  Status data(std::string_view bytes) override;
  Status end_entry() override;
  Result<std::string> place_of(const std::string& name) const;
  Status directory(const std::string& path, unsigned mode);
  Status link(const std::string& path, const std::string& target);
  Status copy(const std::string& path, const TarEntry& entry);

  files::TreePtr files_;
  std::string root_, base_;
  TarReader reader_{*this};
  std::unique_ptr<File> file_;
  std::vector<std::pair<std::string, unsigned>> modes_;  ///< of new directories, given when they are full
  std::int64_t count_ = 0, size_ = 0, skipped_ = 0;
  bool changed_ = false;
};

}  // namespace runbook::docker
