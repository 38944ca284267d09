// SPDX-License-Identifier: Apache-2.0
// Whether what a container has is what would be copied into it: kinds, modes, owners and contents; times do not count.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modules/docker/container/tar_reader.h"
#include "modules/docker/container/tar_source.h"
#include "modules/docker/digest.h"
#include "modules/docker/engine/intake.h"

namespace runbook::docker {

/// Takes the archives of the container's side, one after the other. Files are kept as checksums.
class TarCompare final : public Consumer, public TarReader::Handler {
 public:
  /// The next archive: its first component is what the items call `name`.
  void expect(const std::string& name);
  Status take(std::string_view block) override { return reader_->feed(block); }
  Status end() override;

  /// Whether every item is there as it is here. What else there is does not matter.
  Result<bool> has(const files::Tree& files, const std::vector<TarItem>& items, TarOwner owner) const;

 private:
  struct Seen {
    TarEntry entry;
    std::string sha256;
  };
  Status begin(const TarEntry& entry) override;
  Status data(std::string_view bytes) override;
  Status end_entry() override;

  std::unique_ptr<TarReader> reader_;
  std::string name_;
  std::map<std::string, Seen> seen_;
  Seen current_;
  std::unique_ptr<Sha256> digest_;
};

}  // namespace runbook::docker
