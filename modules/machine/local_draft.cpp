// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/local_draft.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "host/core/text.h"

namespace runbook::machine {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

std::string fresh_name() {
  std::uint64_t random = 0;
  while (getrandom(&random, sizeof random, 0) < 0 && errno == EINTR) {
  }
  char name[40];
  snprintf(name, sizeof name, ".runbook-%016llx", static_cast<unsigned long long>(random));
  return name;
}

}  // namespace

Result<files::Attributes> kept_of_target(const files::Tree& files, const std::string& path,
                                         files::Attributes attributes) {
  auto entry = files.stat(path);
  if (!entry) {
    if (entry.error().code != "file.not_found") return std::move(entry).error();
    if (!attributes.mode) attributes.mode = attributes.new_mode;
    return attributes;
  }
  if (entry->type != "file") {
    return Error("file.not_regular",
                 cat("'", printable(path), "' is ",
                     entry->type == "link" ? "a symbolic link" : "no regular file but a " + entry->type))
        .with("path", printable(path));
  }
  if (!attributes.mode) attributes.mode = entry->mode;
  if (!attributes.uid && entry->uid != geteuid()) attributes.uid = entry->uid;
  if (!attributes.gid && entry->gid != getegid()) attributes.gid = entry->gid;
  return attributes;
}

Result<std::shared_ptr<LocalDraft>> LocalDraft::open(files::TreePtr files, const std::string& path,
                                                     const std::string& name) {
  if (auto target = kept_of_target(*files, path, {}); !target) return std::move(target).error();
  std::shared_ptr<LocalDraft> draft(new LocalDraft(std::move(files), path));
  RUNBOOK_TRY(draft->begin(name));
  return draft;
}

Status LocalDraft::begin(const std::string& name) {
  auto place = files_->open_place(path_);
  if (!place) return std::move(place).error();
  place_ = std::move(*place);
  if (!name.empty() && take_up(name)) return Unit{};
  // Nobody else is to find it.
  const std::string fresh = fresh_name();
  file_ = files::Fd(
      openat(place_.directory.get(), fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) return files::error(errno, "write", path_);
  name_ = fresh;
  keep_ = false;
  return Unit{};
}

// Not where it may be somebody else's, or is another transfer's at the moment.
bool LocalDraft::take_up(const std::string& name) {
  const int directory = place_.directory.get();
  files::Fd file(openat(directory, name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  struct stat opened {
  }, named{};
  if (!file || flock(file.get(), LOCK_EX | LOCK_NB) != 0 || fstat(file.get(), &opened) != 0 ||
      fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) {
    return false;
  }
  const bool ours =
      S_ISREG(opened.st_mode) && opened.st_uid == geteuid() && opened.st_nlink == 1 && (opened.st_mode & 077) == 0;
  if (!ours || opened.st_ino != named.st_ino || opened.st_dev != named.st_dev) return false;
  file_ = std::move(file);
  name_ = name;
  std::vector<char> buffer(kPiece);
  for (;;) {
    const ssize_t got = ::read(file_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return empty().ok();
    if (got == 0) return true;
    hash_.add({buffer.data(), static_cast<std::size_t>(got)});
    size_ += static_cast<std::uint64_t>(got);
  }
}

LocalDraft::~LocalDraft() {
  if (!keep_ && !name_.empty()) unlinkat(place_.directory.get(), name_.c_str(), 0);
}

Status LocalDraft::empty() {
  hash_.reset();
  size_ = 0;
  if (ftruncate(file_.get(), 0) != 0 || lseek(file_.get(), 0, SEEK_SET) < 0) return files::error(errno, "write", path_);
  return Unit{};
}

Status LocalDraft::add(std::string_view bytes) {
  hash_.add(bytes);
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      // Its room is wanted more than what there is of it.
      if (errno == ENOSPC || errno == EDQUOT) keep_ = false;
      return files::error(errno, "write", path_);
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
  }
  return Unit{};
}

namespace {

Status set_time(int fd, const std::string& path, std::int64_t modified) {
  const timespec times[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(modified), 0}};
  if (futimens(fd, times) != 0) return files::error(errno, "change the time of", path);
  return Unit{};
}

}  // namespace

Status set_modified(const files::Tree& files, const std::string& path, std::int64_t modified) {
  auto file = files.open_regular(path);
  if (!file) return std::move(file).error();
  return set_time(file->get(), path, modified);
}

Status LocalDraft::place(files::Attributes wanted, const std::optional<std::int64_t>& modified) {
  auto attributes = kept_of_target(*files_, path_, wanted);
  if (!attributes) return std::move(attributes).error();
  const std::string draft = path_.substr(0, path_.rfind('/') + 1) + name_;
  RUNBOOK_TRY(files_->update(draft, *attributes));
  if (modified) RUNBOOK_TRY(set_time(file_.get(), path_, *modified));
  if (fsync(file_.get()) != 0) return files::error(errno, "write", path_);
  RUNBOOK_TRY(files_->rename(draft, path_, true));
  name_.clear();
  return Unit{};
}

}  // namespace runbook::machine
