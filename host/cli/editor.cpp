// SPDX-License-Identifier: Apache-2.0
#include "host/cli/editor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "host/core/text.h"

namespace runbook::cli {
namespace {

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

/// A directory of our own, removed with the file in it.
class Scratch {
 public:
  Scratch() {
    const char* runtime = variable("XDG_RUNTIME_DIR");
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    directory_ = cat(runtime ? runtime : memory ? "/dev/shm" : "/tmp", "/runbook-XXXXXX");
    made_ = ::mkdtemp(directory_.data()) != nullptr;
  }
  ~Scratch() {
    if (!made_) return;
    ::unlink(file().c_str());
    // Editors leave a copy beside the file.
    ::unlink(cat(file(), "~").c_str());
    ::rmdir(directory_.c_str());
  }
  bool made() const { return made_; }
  std::string file() const { return cat(directory_, "/secrets.json"); }

 private:
  std::string directory_;
  bool made_ = false;
};

bool write_text(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return ::close(fd) == 0 && written;
}

// An editor may come with arguments: "code --wait". They are divided at blanks, no shell is asked.
Status run_editor(const std::string& path) {
  const char* editor = variable("VISUAL");
  if (!editor) editor = variable("EDITOR");
  std::vector<std::string> words;
  for (std::string& word : split(editor ? editor : "vi", ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  words.push_back(path);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return Error("editor.failed", cat("cannot start '", words.front(), "': ", std::strerror(errno)));
  if (child == 0) {
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Unit{};
  return Error("editor.failed", cat("the editor '", words.front(), "' failed; nothing was changed"), "set EDITOR to the editor you use");
}

}  // namespace

Result<std::string> edit_text(const std::string& text) {
  const Scratch scratch;
  if (!scratch.made() || !write_text(scratch.file(), text)) {
    return Error("editor.failed", cat("cannot write '", scratch.file(), "': ", std::strerror(errno)));
  }
  RUNBOOK_TRY(run_editor(scratch.file()));
  std::ifstream stream(scratch.file(), std::ios::binary);
  if (!stream) return Error("editor.failed", "the editor removed the file; nothing was changed");
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace runbook::cli
