// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/known/known_hosts_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "host/core/text.h"

namespace runbook::ssh {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostFile = 16U << 20U;

Status make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return Unit{};
  if (errno != ENOENT || known_hosts_directory(path) == path) return known_hosts_error("make the directory", path);
  RUNBOOK_TRY(make_directory(known_hosts_directory(path)));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return known_hosts_error("make the directory", path);
  return Unit{};
}

Status lock(int fd, const std::string& path, Clock::time_point deadline) {
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return known_hosts_error("lock", path);
    if (Clock::now() > deadline) {
      return Error("ssh.known_hosts", cat("'", path, "' has been locked by another program for two seconds")).retry();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Unit{};
}

LockedFile open_file(const std::string& path, bool make) {
  LockedFile out;
  constexpr int kCommon = O_CLOEXEC | O_NONBLOCK;  // a FIFO would be waited for
  if (!make) {
    out.file = files::Fd(open(path.c_str(), O_RDONLY | kCommon));
    return out;
  }
  constexpr int kMake = O_RDWR | O_APPEND | O_CREAT | kCommon;
  out.file = files::Fd(open(path.c_str(), kMake | O_EXCL, 0600));
  out.made = static_cast<bool>(out.file);
  if (!out.made && errno == EEXIST) out.file = files::Fd(open(path.c_str(), kMake, 0600));
  return out;
}

}  // namespace

Error known_hosts_error(const std::string& what, const std::string& path) {
  return {"ssh.known_hosts", cat("cannot ", what, " '", path, "': ", std::strerror(errno))};
}

std::string known_hosts_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<LockedFile> lock_known_hosts(const std::string& path, bool make) {
  if (make) RUNBOOK_TRY(make_directory(known_hosts_directory(path)));
  const auto deadline = Clock::now() + std::chrono::seconds(2);
  for (;;) {
    LockedFile out = open_file(path, make);
    if (!out.file && !make && (errno == ENOENT || errno == ENOTDIR)) return out;
    if (!out.file) return known_hosts_error("open", path);
    RUNBOOK_TRY(lock(out.file.get(), path, deadline));
    struct stat opened {}, named {};
    if (fstat(out.file.get(), &opened) != 0) return known_hosts_error("look at", path);
    if (!S_ISREG(opened.st_mode)) return Error("ssh.known_hosts", cat("'", path, "' is not a file"));
    // Whoever held the lock may have put another file in its place: what is added to this one would be lost.
    if (stat(path.c_str(), &named) == 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino) return out;
    if (Clock::now() > deadline) return Error("ssh.known_hosts", cat("'", path, "' is replaced again and again")).retry();
  }
}

Result<std::string> read_known_hosts(const LockedFile& locked, const std::string& path) {
  std::string text;
  char piece[16384];
  for (;;) {
    const ssize_t got = pread(locked.file.get(), piece, sizeof piece, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return known_hosts_error("read", path);
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
    if (text.size() > kMostFile) return Error("ssh.known_hosts", cat("'", path, "' is larger than 16 MiB"));
  }
}

}  // namespace runbook::ssh
