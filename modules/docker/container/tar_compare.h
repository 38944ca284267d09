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

/// Takes the archives of the container's side, one after the other, and looks at the files here as theirs arrive.
class TarCompare final : public Consumer, public TarReader::Handler {
 public:
  TarCompare(files::TreePtr files, std::shared_ptr<const std::vector<TarItem>> items, TarOwner owner);
  /// The next archive: its first component is what the items call `name`.
  void expect(const std::string& name);
  Status take(std::string_view block) override { return reader_->feed(block); }
  Status end() override;

  /// Whether every item is there as it is here. What else there is does not matter.
  Result<bool> all_there() const;

 private:
  struct Seen {
    TarEntry entry;
    std::string key;      ///< of the entry that brought the content
    bool same = false;    ///< as that of the item with this key
    std::string sha256;   ///< where no item has this key: another name of it may be one
  };
  Status begin(const TarEntry& entry) override;
  Status data(std::string_view bytes) override;
  Status end_entry() override;
  std::string key_of(const TarEntry& entry) const;
  bool goes_on_the_same(std::string_view bytes);
  Result<bool> content_is_there(const TarItem& item, const Seen& seen) const;
  Result<std::string> digest_of(const TarItem& item) const;

  files::TreePtr files_;
  TarOwner owner_;
  std::shared_ptr<const std::vector<TarItem>> all_;
  std::map<std::string, const TarItem*> items_;
  std::unique_ptr<TarReader> reader_;
  std::string name_;
  std::map<std::string, Seen> seen_;
  Seen current_;
  const TarItem* item_ = nullptr;  ///< that the current entry is compared with
  files::Fd file_;                 ///< its content, where that is a file
  std::size_t compared_ = 0;
  std::string buffer_;
  std::unique_ptr<Sha256> digest_;
};

}  // namespace runbook::docker
