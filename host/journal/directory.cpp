// SPDX-License-Identifier: Apache-2.0
#include "host/journal/directory.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "host/core/text.h"

namespace runbook::journal {

namespace {

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

std::string home() {
  std::string path = environment("HOME");
  if (!path.empty()) return path;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found) return found->pw_dir;
  return "/";
}

Error failure(const std::string& path, std::string_view what) {
  return Error("journal.directory", cat("could not ", what, " '", path, "': ", std::strerror(errno)),
               "set RUNBOOK_STATE to a directory of your own on a local disk");
}

const char* network_file_system(const std::string& path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) return nullptr;
  switch (static_cast<std::uint32_t>(info.f_type)) {
    case 0x6969: return "NFS";
    case 0x517B: case 0xFF534D42: case 0xFE534D42: return "SMB";
    case 0x5346414F: case 0x6B414653: return "AFS";
    case 0x00C36400: return "Ceph";
    case 0x0BD00BD0: return "Lustre";
    default: return nullptr;
  }
}

}  // namespace

std::string state_directory() {
  std::string named = environment("RUNBOOK_STATE");
  if (!named.empty()) {
    if (named.front() == '/') return named;
    std::array<char, PATH_MAX> here{};
    return getcwd(here.data(), here.size()) ? cat(here.data(), "/", named) : named;
  }
  const std::string xdg = environment("XDG_STATE_HOME");
  if (!xdg.empty() && xdg.front() == '/') return xdg + "/runbook";  // relative ones are to be ignored
  if (geteuid() == 0) return "/var/lib/runbook";
  return home() + "/.local/state/runbook";
}

Status make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return failure(part, "make");
    if (end == std::string::npos) return Unit{};
  }
}

Status prepare_directory(const std::string& directory) {
  struct stat info {};
  if (stat(directory.c_str(), &info) != 0) {
    if (errno != ENOENT) return failure(directory, "use");
    RUNBOOK_TRY(make_directories(directory));
    if (stat(directory.c_str(), &info) != 0) return failure(directory, "use");
  }
  if (!S_ISDIR(info.st_mode)) {
    errno = ENOTDIR;
    return failure(directory, "use");
  }
  if (info.st_uid != geteuid()) {
    return Error("journal.directory", cat("the state directory '", directory, "' belongs to another user"),
                 "set RUNBOOK_STATE to a directory of your own");
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error("journal.directory", cat("others may write to the state directory '", directory, "'"),
                 cat("chmod 700 ", directory));
  }
  if (const char* kind = network_file_system(directory)) {
    return Error("journal.directory", cat("the state directory '", directory, "' is on ", kind,
                                          ": the journal needs a local file system"),
                 "set RUNBOOK_STATE to a directory on a local disk");
  }
  for (const char* part : {"runs", "locks", "blobs"}) {
    const std::string path = cat(directory, "/", part);
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failure(path, "make");
  }
  return Unit{};
}

Status sync_directory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failure(directory, "open");
  const int result = fsync(fd);
  close(fd);
  if (result != 0) return failure(directory, "sync");
  return Unit{};
}

Status write_file(const std::string& directory, const std::string& name, const std::string& text) {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) random = static_cast<std::uint64_t>(getpid());
  const std::string path = cat(directory, "/", name);
  const std::string temporary = cat(directory, "/.", random, ".tmp");
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return failure(temporary, "write");
  std::size_t written = 0;
  bool good = true;
  while (good && written < text.size()) {
    const ssize_t count = write(fd, text.data() + written, text.size() - written);
    if (count > 0) written += static_cast<std::size_t>(count);
    good = count > 0 || errno == EINTR;
  }
  good = good && fsync(fd) == 0;
  const int reason = errno;
  close(fd);
  if (!good || rename(temporary.c_str(), path.c_str()) != 0) {
    if (!good) errno = reason;
    Error error = failure(path, "write");
    unlink(temporary.c_str());
    return error;
  }
  return sync_directory(directory);
}

}  // namespace runbook::journal
