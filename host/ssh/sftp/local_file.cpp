// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/sftp/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "host/core/text.h"
#include "host/ssh/sha256.h"

namespace runbook::ssh::sftp {

namespace {

constexpr std::size_t kPiece = 1U << 20U;
constexpr std::size_t kMostNameKept = 180;  // names end at 255 bytes
constexpr std::size_t kKeyDigits = 16;

Result<std::string> read_at(int file, std::uint64_t offset, std::size_t most, const std::string& path) {
  std::string bytes(most, '\0');
  ssize_t got = 0;
  do {
    got = pread(file, bytes.data(), most, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return own(files::error(errno, "read", path));
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

Result<std::string> checksum(int file, const std::string& path, const std::atomic<bool>* stop = nullptr) {
  Sha256 hash;
  for (std::uint64_t offset = 0;;) {
    if (stop && *stop) return Error("ssh.closed", "nobody waits for it any more");
    auto bytes = read_at(file, offset, kPiece, path);
    if (!bytes) return std::move(bytes).error();
    if (bytes->empty()) return hash.hex();
    hash.add(*bytes);
    offset += bytes->size();
  }
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

Error own(Error error) {
  if (error.code.starts_with("file.")) error.code.replace(0, 4, "ssh");
  return error;
}

std::string part_name(const std::string& name, const std::string& key) {
  return cat('.', name.substr(0, kMostNameKept), '.', sha256_hex(key).substr(0, kKeyDigits), ".part");
}

Result<SourcePtr> file_source(const files::Tree& files, const std::string& path, const std::atomic<bool>* stop) {
  auto opened = files.open_regular(path);
  if (!opened) return own(std::move(opened).error());
  auto file = std::make_shared<const files::Fd>(std::move(*opened));
  struct stat info {};
  if (fstat(file->get(), &info) != 0) return own(files::error(errno, "read", path));
  auto hash = checksum(file->get(), path, stop);
  if (!hash) return std::move(hash).error();
  auto source = std::make_shared<Source>();
  source->name = path;
  source->size = static_cast<std::uint64_t>(info.st_size);
  source->sha256 = std::move(*hash);
  source->modified = static_cast<std::uint32_t>(info.st_mtim.tv_sec);
  source->read = [file, path](std::uint64_t offset, std::size_t most) { return read_at(file->get(), offset, most, path); };
  source->unchanged = [file, path, info]() -> Status {
    struct stat now {};
    if (fstat(file->get(), &now) == 0 && same(now, info)) return Unit{};
    return Error("ssh.changed", cat("'", printable(path), "' changed while it was sent")).with("path", printable(path)).retry();
  };
  return SourcePtr(std::move(source));
}

SourcePtr content_source(std::string name, std::string content, bool is_secret) {
  auto source = std::make_shared<Source>();
  source->name = std::move(name);
  source->size = content.size();
  source->sha256 = sha256_hex(content);
  if (is_secret) source->new_mode = 0600;
  source->read = [content = std::move(content)](std::uint64_t offset, std::size_t most) -> Result<std::string> {
    return offset < content.size() ? content.substr(offset, most) : std::string();
  };
  source->unchanged = [] { return Status(Unit{}); };
  return source;
}

Result<std::shared_ptr<Draft>> Draft::open(const files::Tree& files, const std::string& path, const std::string& key) {
  auto place = files.open_place(path);
  if (!place) return own(std::move(place).error());
  struct stat info {};
  if (fstatat(place->directory.get(), place->name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(info.st_mode)) {
    return Error("ssh.not_regular", cat("'", printable(path), "' is there and is no regular file"), "remove or rename it first").with("path", printable(path));
  }
  std::string name = part_name(place->name, key);
  auto draft = std::shared_ptr<Draft>(new Draft(std::move(*place), path, std::move(name)));
  draft->file_ = files::Fd(openat(draft->place_.directory.get(), draft->name_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!draft->file_ || fstat(draft->file_.get(), &info) != 0) return own(files::error(errno, "write", path));
  // In a directory that others may write to it could be a trap.
  if (!S_ISREG(info.st_mode) || info.st_uid != geteuid() || info.st_nlink != 1 || (info.st_mode & 022) != 0) {
    return Error("ssh.exists", cat("'", printable(draft->name_), "' is beside '", printable(path), "', and not ours"), "remove it").with("path", printable(path));
  }
  draft->size_ = static_cast<std::uint64_t>(info.st_size);
  return draft;
}

Status Draft::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return own(files::error(errno, "write", path_));
    size_ += static_cast<std::uint64_t>(put);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return Unit{};
}

Status Draft::restart() {
  if (ftruncate(file_.get(), 0) != 0) return own(files::error(errno, "write", path_));
  size_ = 0;
  return Unit{};
}

Result<std::string> Draft::sha256() const { return checksum(file_.get(), path_); }

Status Draft::place(std::optional<unsigned> mode, std::uint32_t modified) {
  const int directory = place_.directory.get();
  struct stat old {};
  if (!mode) mode = fstatat(directory, place_.name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode) ? old.st_mode & 07777U : 0644U;
  const timespec times[2] = {{static_cast<time_t>(modified), 0}, {static_cast<time_t>(modified), 0}};
  if (fchmod(file_.get(), static_cast<mode_t>(*mode)) != 0 || futimens(file_.get(), times) != 0 || fsync(file_.get()) != 0 ||
      renameat(directory, name_.c_str(), directory, place_.name.c_str()) != 0) {
    return own(files::error(errno, "replace", path_));
  }
  const files::Fd readable(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (readable && fsync(readable.get()) != 0 && errno != EINVAL) return own(files::error(errno, "sync the directory of", path_));
  return Unit{};
}

void Draft::discard() { unlinkat(place_.directory.get(), name_.c_str(), 0); }

}  // namespace runbook::ssh::sftp
