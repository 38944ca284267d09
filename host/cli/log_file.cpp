// SPDX-License-Identifier: Apache-2.0
#include "host/cli/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "host/core/text.h"

namespace runbook::cli {

Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return Error("file.unwritable", cat("cannot open the log file '", printable(path), "': ", std::strerror(errno)));
  return std::unique_ptr<LogFile>(new LogFile(path, fd));
}

LogFile::~LogFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status LogFile::append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed(written < 0 ? errno : ENOSPC);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return Unit{};
}

Status LogFile::close() {
  const int result = ::close(std::exchange(fd_, -1));
  if (result != 0 && errno != EINTR) return failed(errno);
  return Unit{};
}

Error LogFile::failed(int number) const {
  return Error("log.write",
               cat("cannot write the log file '", printable(path_), "', which ends here: ", std::strerror(number)),
               "the run is not stopped by this; what happens is in its journal: runbook logs");
}

}  // namespace runbook::cli
