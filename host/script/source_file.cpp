// SPDX-License-Identifier: Apache-2.0
#include "host/script/source_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/core/text.h"
#include "host/script/sandbox/sandbox.h"

namespace runbook::script {

Result<std::string> read_source(const std::string& path) {
  const auto failure = [&](const char* what) { return Error("file.unreadable", cat("cannot read '", printable(path), "': ", what)); };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failure(std::strerror(errno));
  struct Closer {
    int fd;
    ~Closer() { close(fd); }
  } closer{fd};
  struct stat info {};
  if (fstat(fd, &info) != 0) return failure(std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return failure("it is a directory");
  if (!S_ISREG(info.st_mode)) return failure("it is not a regular file");
  if (static_cast<std::size_t>(info.st_size) > kMaxChunk) return failure("it is larger than a source file may be (1 MiB)");
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(std::strerror(errno));
    if (count == 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMaxChunk) return failure("it is larger than a source file may be (1 MiB)");
  }
  if (const auto bad = invalid_utf8(text); bad != std::string::npos) {
    const auto [line, column] = line_and_column(text, bad);
    return Error("file.encoding", cat(path, ":", line, ":", column, ": not valid UTF-8"), "save the file as UTF-8");
  }
  return text;
}

std::vector<std::string> source_candidates(const std::string& name) {
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  std::vector<std::string> candidates;
  for (const char* folder : {"", "lib/", "lua_modules/share/lua/5.4/"}) {
    candidates.push_back(cat(folder, path, ".lua"));
    candidates.push_back(cat(folder, path, "/init.lua"));
  }
  return candidates;
}

std::string find_source(const std::string& base, const std::string& name) {
  for (const std::string& candidate : source_candidates(name)) {
    const std::string path = cat(base.empty() ? "." : base, "/", candidate);
    struct stat info {};
    if (stat(path.c_str(), &info) == 0) return path;
  }
  return {};
}

}  // namespace runbook::script
