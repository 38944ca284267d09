// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/core/text.h"
#include "host/ssh/known/known_hosts.h"
#include "host/ssh/known/known_hosts_lock.h"

namespace runbook::ssh {
namespace {

Status write_all(int fd, std::string_view text, const std::string& path, off_t old_size) {
  const std::size_t whole = text.size();
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    Error error = known_hosts_error("write to", path);
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

Status known_hosts_append(const std::string& path, const std::string& line, const KnownHostsJudge& judge) {
  if (line.find('\n') != line.size() - 1 || line.size() < 2 || line.find('\0') != std::string::npos) {
    return Error("ssh.known_hosts", "what is to be added is not one line of a known_hosts file");
  }
  auto locked = lock_known_hosts(path, true);
  if (!locked) return std::move(locked).error();
  auto text = read_known_hosts(*locked, path);
  if (!text) return std::move(text).error();
  if (judge) {
    KnownHosts now;
    now.add(*text, path);
    const auto wanted = judge(now);
    if (!wanted) return wanted.error();
    if (!*wanted) return Unit{};
  }
  const bool whole = text->empty() || text->back() == '\n';
  const int fd = locked->file.get();
  RUNBOOK_TRY(write_all(fd, whole ? line : "\n" + line, path, static_cast<off_t>(text->size())));
  if (fsync(fd) != 0) return known_hosts_error("sync", path);
  if (!locked->made) return Unit{};
  const std::string directory = known_hosts_directory(path);
  const files::Fd parent(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || fsync(parent.get()) != 0) return known_hosts_error("sync", directory);
  return Unit{};
}

}  // namespace runbook::ssh
