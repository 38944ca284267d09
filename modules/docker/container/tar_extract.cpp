// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/tar_extract.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

Error file_error(Error error) { return Error("docker.file", error.message, error.hint); }

}  // namespace

/// One file on its way: written beside its place, and compared with what is there.
class TarExtract::File {
 public:
  static Result<std::unique_ptr<File>> open(const files::TreePtr& files, const std::string& path, const TarEntry& entry) {
    auto out = std::make_unique<File>();
    // Whoever copies becomes the owner: a program that changes its user would act as them, root perhaps.
    const unsigned mode = entry.mode & 0777U;
    auto draft = FileDraft::beside(files, path, mode);
    if (!draft) return std::move(draft).error();
    out->draft_ = std::move(*draft);
    out->modified_ = entry.modified;
    auto there = files->stat(path);
    if (there && there->type == "directory") {
      return Error("docker.conflict", cat("'", printable(path), "' is a directory here, and a file in the container"));
    }
    if (there && there->type == "file" && there->size == entry.size && there->mode == mode) {
      auto old = files->open_regular(path);
      if (old) out->old_ = std::move(*old);
    }
    return out;
  }

  Status take(std::string_view bytes) {
    if (old_ && !same_here(bytes)) old_ = files::Fd();
    return draft_->take(bytes);
  }
  /// Whether there was anything to change.
  Result<bool> place() {
    if (old_) return false;
    const timespec times[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(modified_), 0}};
    if (futimens(draft_->fd(), times) != 0) return file_error(files::error(errno, "change the time of", draft_->path()));
    RUNBOOK_TRY(draft_->place(false));
    return true;
  }

 private:
  bool same_here(std::string_view bytes) {
    while (!bytes.empty()) {
      buffer_.resize(std::min<std::size_t>(bytes.size(), 1U << 18U));
      const ssize_t count = read(old_.get(), buffer_.data(), buffer_.size());
      if (count <= 0 || std::memcmp(buffer_.data(), bytes.data(), static_cast<std::size_t>(count)) != 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  FileDraftPtr draft_;
  files::Fd old_;  ///< as long as it may be the same
  std::string buffer_;
  std::int64_t modified_ = 0;
};

TarExtract::TarExtract(files::TreePtr files, std::string root, std::string base)
    : files_(std::move(files)), root_(std::move(root)), base_(std::move(base)) {}
TarExtract::~TarExtract() = default;

Result<std::string> TarExtract::place_of(const std::string& name) const {
  std::string out = root_;
  bool first = !base_.empty();
  for (const std::string& part : split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." || part.find('\0') != std::string::npos) {
      return Error("docker.engine", cat("the engine's archive names '", printable(name), "', which leads out of it"));
    }
    if (std::exchange(first, false)) continue;
    out += (out == "/" ? "" : "/") + part;
  }
  return out;
}

Status TarExtract::begin(const TarEntry& entry) {
  auto path = place_of(entry.name);
  if (!path) return std::move(path).error();
  if (entry.kind == '5') return directory(*path, entry.mode);
  if (entry.kind == '2') return link(*path, entry.link);
  if (entry.kind == '1') return copy(*path, entry);
  if (entry.kind != '0') {
    ++skipped_;
    return Unit{};
  }
  auto file = File::open(files_, *path, entry);
  if (!file) return std::move(file).error();
  file_ = std::move(*file);
  size_ += static_cast<std::int64_t>(entry.size);
  return Unit{};
}

Status TarExtract::data(std::string_view bytes) { return file_ ? file_->take(bytes) : Status(Unit{}); }

Status TarExtract::end_entry() {
  if (!file_) return Unit{};
  auto placed = file_->place();
  file_.reset();
  if (!placed) return std::move(placed).error();
  changed_ = changed_ || *placed;
  ++count_;
  return Unit{};
}

Status TarExtract::directory(const std::string& path, unsigned mode) {
  ++count_;
  auto there = files_->stat(path);
  if (there && there->type == "directory") return Unit{};
  if (there) return Error("docker.conflict", cat("'", printable(path), "' is a ", there->type, " here, and a directory in the container"));
  files::Attributes attributes;
  attributes.mode = mode | 0700U;  // it is to be filled
  if (Status made = files_->directory_create(path, attributes); !made) return file_error(std::move(made).error());
  if (*attributes.mode != mode) modes_.emplace_back(path, mode);
  changed_ = true;
  return Unit{};
}

Status TarExtract::link(const std::string& path, const std::string& target) {
  ++count_;
  auto there = files_->stat(path);
  if (there && there->type == "link" && there->target == target) return Unit{};
  if (there && there->type == "directory") return Error("docker.conflict", cat("'", printable(path), "' is a directory here, and a link in the container"));
  if (there && there->type != "link") {
    if (auto removed = files_->remove(path, false); !removed) return file_error(std::move(removed).error());
  }
  if (Status made = files_->link_create(path, target, true); !made) return file_error(std::move(made).error());
  changed_ = true;
  return Unit{};
}

// A hard link: one more name of a file that came before. Names here are files of their own.
Status TarExtract::copy(const std::string& path, const TarEntry& entry) {
  ++count_;
  auto from = place_of(entry.link);
  if (!from) return std::move(from).error();
  auto old = files_->stat(path);
  auto source = files_->stat(*from);
  if (old && source && old->size == source->size && old->mode == source->mode && old->modified >= source->modified) return Unit{};
  if (Status copied = files_->copy(*from, path, true, {}); !copied) return file_error(std::move(copied).error());
  changed_ = true;
  return Unit{};
}

Status TarExtract::end() {
  RUNBOOK_TRY(reader_.end());
  for (auto at = modes_.rbegin(); at != modes_.rend(); ++at) {
    files::Attributes attributes;
    attributes.mode = at->second;
    if (Status given = files_->update(at->first, attributes); !given) return file_error(std::move(given).error());
  }
  return Unit{};
}

}  // namespace runbook::docker
