// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/tar_compare.h"

#include "host/core/text.h"

namespace runbook::docker {

void TarCompare::expect(const std::string& name) {
  name_ = name;
  reader_ = std::make_unique<TarReader>(*this);
}

Status TarCompare::begin(const TarEntry& entry) {
  current_ = {entry, ""};
  digest_ = entry.kind == '0' ? std::make_unique<Sha256>() : nullptr;
  return Unit{};
}

Status TarCompare::data(std::string_view bytes) {
  if (digest_) digest_->update(bytes);
  return Unit{};
}

Status TarCompare::end_entry() {
  if (digest_) current_.sha256 = digest_->hex();
  std::string key;
  bool first = true;
  for (const std::string& part : split(current_.entry.name, '/')) {
    if (part.empty() || part == ".") continue;
    key += first ? name_ : "/" + part;
    first = false;
  }
  // One more name of what came before.
  if (current_.entry.kind == '1') {
    const auto slash = current_.entry.link.find('/');
    const std::string link = name_ + (slash == std::string::npos ? "" : current_.entry.link.substr(slash));
    if (const auto found = seen_.find(link); found != seen_.end()) current_ = found->second;
  }
  seen_[key] = std::move(current_);
  return Unit{};
}

Status TarCompare::end() {
  end_thread_digests();
  return reader_->end();
}

Result<bool> TarCompare::has(const files::Tree& files, const std::vector<TarItem>& items, TarOwner owner) const {
  for (const TarItem& item : items) {
    const auto found = seen_.find(item.name);
    if (found == seen_.end()) return false;
    const TarEntry& there = found->second.entry;
    const char kind = item.entry.type == "directory" ? '5' : item.entry.type == "link" ? '2' : '0';
    if (there.kind != kind || there.uid != owner.uid || there.gid != owner.gid) return false;
    if (kind == '2' && there.link != item.entry.target) return false;
    if (kind != '2' && there.mode != item.entry.mode) return false;
    if (kind != '0') continue;
    if (there.size != item.entry.size) return false;
    Sha256 digest;
    if (item.path.empty()) {
      digest.update(item.content);
    } else {
      Status read = files.read_pieces(item.path, [&](std::string_view piece) { digest.update(piece); });
      if (!read) return Error("docker.file", read.error().message, read.error().hint);
    }
    if (digest.hex() != found->second.sha256) return false;
  }
  end_thread_digests();
  return true;
}

}  // namespace runbook::docker
