// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/tar_compare.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kPiece = 1U << 18U;

char kind_of(const TarItem& item) { return item.entry.type == "directory" ? '5' : item.entry.type == "link" ? '2' : '0'; }

}  // namespace

TarCompare::TarCompare(files::TreePtr files, std::shared_ptr<const std::vector<TarItem>> items, TarOwner owner)
    : files_(std::move(files)), owner_(owner), all_(std::move(items)) {
  for (const TarItem& item : *all_) items_.emplace(item.name, &item);
}

void TarCompare::expect(const std::string& name) {
  name_ = name;
  reader_ = std::make_unique<TarReader>(*this);
}

std::string TarCompare::key_of(const TarEntry& entry) const {
  std::string key;
  bool first = true;
  for (const std::string& part : split(entry.name, '/')) {
    if (part.empty() || part == ".") continue;
    key += first ? name_ : "/" + part;
    first = false;
  }
  return key;
}

Status TarCompare::begin(const TarEntry& entry) {
  current_ = Seen{entry, key_of(entry), false, ""};
  item_ = nullptr;
  file_ = files::Fd();
  compared_ = 0;
  digest_.reset();
  if (entry.kind != '0') return Unit{};
  const auto found = items_.find(current_.key);
  if (found == items_.end()) {
    digest_ = std::make_unique<Sha256>();
    return Unit{};
  }
  const TarItem& item = *found->second;
  if (kind_of(item) != '0' || item.entry.size != entry.size) return Unit{};
  item_ = &item;
  if (item.path.empty()) return Unit{};
  auto opened = files_->open_regular(item.path);
  if (!opened) return Error("docker.file", opened.error().message, opened.error().hint);
  file_ = std::move(*opened);
  return Unit{};
}

Status TarCompare::data(std::string_view bytes) {
  if (digest_) digest_->update(bytes);
  if (item_ && !goes_on_the_same(bytes)) item_ = nullptr;
  return Unit{};
}

bool TarCompare::goes_on_the_same(std::string_view bytes) {
  if (!file_) {
    const bool same = std::string_view(item_->content).substr(std::min(compared_, item_->content.size()), bytes.size()) == bytes;
    compared_ += bytes.size();
    return same;
  }
  while (!bytes.empty()) {
    buffer_.resize(std::min(bytes.size(), kPiece));
    const ssize_t count = read(file_.get(), buffer_.data(), buffer_.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    const auto here = static_cast<std::size_t>(count);
    if (bytes.substr(0, here) != std::string_view(buffer_.data(), here)) return false;
    bytes.remove_prefix(here);
  }
  return true;
}

Status TarCompare::end_entry() {
  if (digest_) current_.sha256 = digest_->hex();
  current_.same = item_ != nullptr;
  const std::string key = current_.key;
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

Result<bool> TarCompare::all_there() const {
  for (const auto& [name, item] : items_) {
    const auto found = seen_.find(name);
    if (found == seen_.end()) return false;
    const TarEntry& there = found->second.entry;
    const char kind = kind_of(*item);
    if (there.kind != kind || there.uid != owner_.uid || there.gid != owner_.gid) return false;
    if (kind == '2' && there.link != item->entry.target) return false;
    if (kind != '2' && there.mode != item->entry.mode) return false;
    if (kind != '0') continue;
    auto same = content_is_there(*item, found->second);
    if (!same || !*same) return same;
  }
  end_thread_digests();
  return true;
}

// Of a further name of a file only the first one's content was seen.
Result<bool> TarCompare::content_is_there(const TarItem& item, const Seen& seen) const {
  if (seen.key == item.name) return seen.same;
  if (seen.entry.size != item.entry.size) return false;
  std::string theirs = seen.sha256;
  if (theirs.empty()) {
    if (!seen.same) return false;
    auto first = digest_of(*items_.at(seen.key));
    if (!first) return std::move(first).error();
    theirs = std::move(*first);
  }
  auto ours = digest_of(item);
  if (!ours) return std::move(ours).error();
  return *ours == theirs;
}

Result<std::string> TarCompare::digest_of(const TarItem& item) const {
  Sha256 digest;
  if (item.path.empty()) {
    digest.update(item.content);
    return digest.hex();
  }
  Status read = files_->read_pieces(item.path, [&](std::string_view piece) { digest.update(piece); });
  if (!read) return Error("docker.file", read.error().message, read.error().hint);
  return digest.hex();
}

}  // namespace runbook::docker
