// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_error.h"

#include <cerrno>
#include <cstring>

#include "host/core/files.h"
#include "host/core/text.h"
#include "modules/machine/local.h"

namespace runbook::machine {

namespace {

struct Words {
  const char* text;
  int number;
};

// As glibc, musl and the shells themselves put it.
constexpr Words kWords[] = {
    {"no such file or directory", ENOENT},
    {"no such file", ENOENT},
    {"directory nonexistent", ENOENT},
    {"nonexistent directory", ENOENT},
    {"permission denied", EACCES},
    {"operation not permitted", EPERM},
    {"file exists", EEXIST},
    {"directory not empty", ENOTEMPTY},
    {"no space left on device", ENOSPC},
    {"disk quota exceeded", EDQUOT},
    {"quota exceeded", EDQUOT},
    {"read-only file system", EROFS},
    {"not a directory", ENOTDIR},
    {"is a directory", EISDIR},
    {"too many levels of symbolic links", ELOOP},
    {"symbolic link loop", ELOOP},
    {"invalid cross-device link", EXDEV},
    {"cross-device link", EXDEV},
    {"file name too long", ENAMETOOLONG},
    {"filename too long", ENAMETOOLONG},
    {"file too large", EFBIG},
    {"device or resource busy", EBUSY},
    {"resource busy", EBUSY},
    {"text file busy", ETXTBSY},
    {"input/output error", EIO},
    {"i/o error", EIO},
};

constexpr Words kNames[] = {
    {"ENOENT", ENOENT},   {"EACCES", EACCES}, {"EEXIST", EEXIST},       {"EISDIR", EISDIR},
    {"ENOTDIR", ENOTDIR}, {"EXDEV", EXDEV},   {"ENOTEMPTY", ENOTEMPTY},
};

std::string last_line(const std::string& text) {
  const std::string_view all = trim(text);
  return std::string(all.substr(all.rfind('\n') + 1));
}

Error at(const std::string& path, const char* code, const std::string& message, std::string hint = {}) {
  return Error(code, message, std::move(hint)).with("path", printable(path));
}

}  // namespace

int errno_in(const std::string& words) {
  std::string line = last_line(words);
  for (char& c : line) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const Words& known : kWords) {
    if (line.ends_with(known.text)) return known.number;
  }
  return 0;
}

Error shell_error(const ShellEnd& end, const char* doing, const std::string& path) {
  const std::string& reason = end.reason;
  const std::string name = cat("'", printable(path), "'");
  for (const Words& known : kNames) {
    if (reason == known.text) return own(files::error(known.number, doing, path));
  }
  if (reason == "device") {
    return at(path, "machine.io", cat(name, " and where it is to go are on different file systems"),
              "copy the file, then remove the old one");
  }
  if (reason == "type:link") {
    return at(path, "machine.not_regular", cat(name, " is a symbolic link"),
              "write to the file that it leads to, or remove the link first");
  }
  if (reason.starts_with("type:")) {
    return at(path, "machine.not_regular", cat(name, " is not a regular file but a ", printable(reason.substr(5))));
  }
  if (reason == "large") return at(path, "machine.too_large", cat(name, " is larger than the limit"));
  if (reason == "many") return at(path, "machine.too_large", cat(name, " holds too many entries"));
  if (reason == "mount")
    return at(path, "machine.mount", cat("there is another file system in ", name), "unmount it first");
  if (reason == "cut")
    return at(path, "machine.io", cat("cannot ", doing, " ", name, ": its content did not arrive whole")).retry();
  if (reason == "user" || reason == "group") {
    return Error(reason == "user" ? "machine.unknown_user" : "machine.unknown_group",
                 cat("there is no such ", reason, " there to own ", name));
  }
  if (reason == "home")
    return Error("machine.unsupported", "there is no home directory there to note processes in", "set HOME there");
  if (reason == "proc") return Error("machine.unsupported", "there is no /proc there to know processes by");
  if (reason.starts_with("tool:")) {
    return Error("machine.unsupported",
                 cat("there is no '", printable(reason.substr(5)), "' there, which is needed to ", doing, " ", name),
                 "coreutils or busybox have it");
  }
  const int number = errno_in(end.error);
  Error error =
      number ? own(files::error(number, doing, path)) : at(path, "machine.io", cat("cannot ", doing, " ", name));
  const std::string words = printable(last_line(end.error));
  if (number == 0 && !words.empty()) error.message += ": " + words;
  if (number == 0 && words.empty()) {
    error.message += end.signal.empty() ? cat(": the shell there ended with exit code ", end.code)
                                        : cat(": the shell there was ended by SIG", end.signal);
  }
  if (!words.empty()) error.context["said"] = words;
  return error;
}

}  // namespace runbook::machine
