// SPDX-License-Identifier: Apache-2.0
#include "host/journal/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "host/core/text.h"

namespace runbook::journal {

HeldFile::HeldFile(HeldFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

HeldFile& HeldFile::operator=(HeldFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

HeldFile::~HeldFile() {
  if (fd_ >= 0) close(fd_);
}

Result<HeldFile> HeldFile::take(const std::string& path) {
  while (true) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return Error("lock.file", cat("could not open '", path, "': ", std::strerror(errno)));
    HeldFile held(fd, path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return HeldFile();
      return Error("lock.file", cat("could not lock '", path, "': ", std::strerror(errno)));
    }
    // Its last holder may have removed it between open and flock: then another process may hold a new one.
    struct stat ours {};
    struct stat named {};
    if (fstat(fd, &ours) == 0 && lstat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
      return held;
    }
  }
}

void HeldFile::release() {
  if (fd_ < 0) return;
  unlink(path_.c_str());
  close(std::exchange(fd_, -1));
}

bool is_held(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(fd);
  return held;
}

namespace {
std::string run_lock(const std::string& directory, const std::string& id) { return cat(directory, "/runs/", id, ".lock"); }
}  // namespace

Result<HeldFile> take_run(const std::string& directory, const std::string& id) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    auto held = HeldFile::take(run_lock(directory, id));
    if (!held || *held) return held;
  }
  return Error("lock.held", cat("run '", id, "' is still going on"), cat("runbook show ", id));
}

bool is_running(const std::string& directory, const std::string& id) { return is_held(run_lock(directory, id)); }

}  // namespace runbook::journal
