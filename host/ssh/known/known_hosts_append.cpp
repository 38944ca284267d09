// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "host/core/files.h"
#include "host/core/text.h"
#include "host/ssh/known/known_hosts.h"

namespace runbook::ssh {
namespace {

Error failed(const std::string& what, const std::string& path) {
  return {"ssh.known_hosts", cat("cannot ", what, " '", path, "': ", std::strerror(errno))};
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return Unit{};
  if (errno != ENOENT || directory_of(path) == path) return failed("make the directory", path);
  RUNBOOK_TRY(make_directory(directory_of(path)));
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make the directory", path);
  return Unit{};
}

Status lock(int fd, const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failed("lock", path);
    if (std::chrono::steady_clock::now() > deadline) {
      return Error("ssh.known_hosts", cat("'", path, "' has been locked by another program for two seconds")).retry();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Unit{};
}

Status write_all(int fd, std::string_view text, const std::string& path, off_t old_size) {
  const std::size_t whole = text.size();
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    Error error = failed("write to", path);
    // Half a line would spoil the next one. ssh takes no lock, so cut only what is ours.
    struct stat now {};
    const auto written = static_cast<off_t>(whole - text.size());
    if (written > 0 && fstat(fd, &now) == 0 && now.st_size == old_size + written && ftruncate(fd, old_size) != 0) {
      error.hint = cat("the last line of '", path, "' is incomplete: remove it");
    }
    return error;
  }
  return Unit{};
}

}  // namespace

Status known_hosts_append(const std::string& path, const std::string& line) {
  if (line.find('\n') != line.size() - 1 || line.size() < 2 || line.find('\0') != std::string::npos) {
    return Error("ssh.known_hosts", "what is to be added is not one line of a known_hosts file");
  }
  RUNBOOK_TRY(make_directory(directory_of(path)));
  bool made = true;
  files::Fd file(open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file && errno == EEXIST) {
    made = false;
    file = files::Fd(open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
  }
  if (!file) return failed("open", path);
  RUNBOOK_TRY(lock(file.get(), path));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failed("look at", path);
  if (!S_ISREG(status.st_mode)) return Error("ssh.known_hosts", cat("'", path, "' is not a file"));
  char last = '\n';
  if (status.st_size > 0 && pread(file.get(), &last, 1, status.st_size - 1) != 1) return failed("read", path);
  RUNBOOK_TRY(write_all(file.get(), last == '\n' ? line : "\n" + line, path, status.st_size));
  if (fsync(file.get()) != 0) return failed("sync", path);
  if (!made) return Unit{};
  const std::string directory = directory_of(path);
  const files::Fd parent(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || fsync(parent.get()) != 0) return failed("sync", directory);
  return Unit{};
}

}  // namespace runbook::ssh
