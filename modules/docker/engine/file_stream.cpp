// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/file_stream.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "host/core/text.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kPiece = 1U << 18U;
constexpr off_t kWriteBack = 8 << 20;

std::string fresh_name() {
  std::uint64_t random = 0;
  while (getrandom(&random, sizeof random, 0) < 0 && errno == EINTR) {
  }
  char name[40];
  snprintf(name, sizeof name, ".runbook-%016llx", static_cast<unsigned long long>(random));
  return name;
}

Error file_error(Error error) { return Error("docker.file", error.message, error.hint); }
Error file_error(int number, const char* doing, const std::string& path) { return file_error(files::error(number, doing, path)); }

}  // namespace

Result<FileSourcePtr> FileSource::open(const files::Tree& files, const std::string& path, const std::vector<Access>& allowed) {
  auto real = reach(files, path, allowed);
  if (!real) return std::move(real).error();
  auto file = files.open_regular(*real);
  if (!file) return file_error(std::move(file).error());
  struct stat info {};
  if (fstat(file->get(), &info) != 0) return file_error(errno, "read", path);
  posix_fadvise(file->get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return FileSourcePtr(new FileSource(std::move(*file), path, static_cast<std::uint64_t>(info.st_size)));
}

Result<std::string> FileSource::next() const {
  std::string piece(kPiece, '\0');
  ssize_t count = 0;
  do count = read(file_.get(), piece.data(), piece.size());
  while (count < 0 && errno == EINTR);
  if (count < 0) return file_error(errno, "read", path_);
  piece.resize(static_cast<std::size_t>(count));
  return piece;
}

void send_file(Call& call, FileSourcePtr source, Loop& loop) {
  call.body_source = [source = std::move(source), &loop](Callback<void(Result<std::string>)> next) {
    return loop.blocking<std::string>([source] { return source->next(); }, std::move(next));
  };
}

Result<FileDraftPtr> FileDraft::open(files::TreePtr files, const std::string& path, const std::vector<Access>& allowed, unsigned new_mode) {
  auto real = reach(*files, path, allowed);
  if (!real) return std::move(real).error();
  FileDraftPtr draft(new FileDraft(std::move(files), *real));
  draft->attributes_.mode = new_mode;
  if (auto there = draft->files_->stat(*real)) {
    if (there->type != "file") return Error("docker.file", cat("'", printable(path), "' is no regular file but a ", there->type));
    draft->attributes_.mode = there->mode;
    if (there->uid != geteuid()) draft->attributes_.uid = there->uid;
    if (there->gid != getegid()) draft->attributes_.gid = there->gid;
  } else if (there.error().code != "file.not_found") {
    return file_error(std::move(there).error());
  }
  RUNBOOK_TRY(draft->begin());
  return draft;
}

Result<FileDraftPtr> FileDraft::beside(files::TreePtr files, const std::string& path, unsigned mode) {
  FileDraftPtr draft(new FileDraft(std::move(files), path));
  draft->attributes_.mode = mode;
  RUNBOOK_TRY(draft->begin());
  return draft;
}

Status FileDraft::begin() {
  auto place = files_->open_place(path_);
  if (!place) return file_error(std::move(place).error());
  place_ = std::move(*place);
  const std::string name = fresh_name();
  file_ = files::Fd(openat(place_.directory.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) return file_error(errno, "write", path_);
  name_ = name;
  return Unit{};
}

FileDraft::~FileDraft() {
  if (!name_.empty()) unlinkat(place_.directory.get(), name_.c_str(), 0);
}

Status FileDraft::take(std::string_view block) {
  while (!block.empty()) {
    const ssize_t put = ::write(file_.get(), block.data(), block.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return file_error(errno, "write", path_);
    block.remove_prefix(static_cast<std::size_t>(put));
    written_ += put;
  }
  // The disk has most of it when it is whole, and need not get all of it then.
  if (written_ - begun_ >= kWriteBack) {
    sync_file_range(file_.get(), begun_, written_ - begun_, SYNC_FILE_RANGE_WRITE);
    begun_ = written_;
  }
  return Unit{};
}

Status FileDraft::place(bool durable) {
  const std::string draft = path_.substr(0, path_.rfind('/') + 1) + name_;
  if (Status given = files_->update(draft, attributes_); !given) return file_error(std::move(given).error());
  if (!durable) {
    const int directory = place_.directory.get();
    if (renameat(directory, name_.c_str(), directory, place_.name.c_str()) != 0) return file_error(errno, "replace", path_);
    name_.clear();
    return Unit{};
  }
  if (fsync(file_.get()) != 0) return file_error(errno, "write", path_);
  // Syncs the directory too.
  if (Status placed = files_->rename(draft, path_, true); !placed) return file_error(std::move(placed).error());
  name_.clear();
  return Unit{};
}

}  // namespace runbook::docker
