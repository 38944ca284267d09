// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "host/cli/commands.h"
#include "host/core/text.h"
#include "host/journal/directory.h"
#include "host/journal/reader.h"

namespace runbook::cli {
namespace {

enum class Health { kGood, kOptional, kBad };  // kOptional: missing, but only some runbooks need it

struct Examined {
  const char* what;
  Health health;
  std::string text;
  std::string hint;
};

// The nearest directory that is there must let us write; the journal makes the rest on first use.
Examined state_directory() {
  const std::string directory = journal::state_directory();
  std::string there = directory;
  while (there.size() > 1 && ::access(there.c_str(), F_OK) != 0) there = there.substr(0, std::max<std::size_t>(1, there.rfind('/')));
  if (::access(there.c_str(), W_OK) != 0) {
    return {"state", Health::kBad, cat(directory, ": ", std::strerror(errno)), "set RUNBOOK_STATE to a directory of your own"};
  }
  auto reader = journal::Reader::open(directory);
  if (!reader) return {"state", Health::kBad, reader.error().message, reader.error().hint};
  return {"state", Health::kGood, directory, ""};
}

Examined kernel() {
  utsname name{};
  if (::uname(&name) != 0) return {"kernel", Health::kBad, std::strerror(errno), ""};
  return {"kernel", Health::kGood, cat(name.sysname, " ", name.release, " ", name.machine), ""};
}

Examined library(const char* what, const char* soname, const char* purpose) {
  // Only asked for, not kept: it is loaded when it is used.
  void* handle = ::dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
  if (!handle) return {what, Health::kBad, cat(soname, " is missing: ", purpose), cat("apt-get install ", soname == std::string_view("libcurl.so.4") ? "libcurl4" : "libarchive13")};
  ::dlclose(handle);
  return {what, Health::kGood, soname, ""};
}

Examined docker() {
  const char* configured = std::getenv("DOCKER_HOST");
  std::string address = configured && *configured ? configured : "unix:///var/run/docker.sock";
  if (!address.starts_with("unix://")) return {"docker", Health::kOptional, cat(address, ": not looked at"), ""};
  const std::string path = address.substr(7);
  sockaddr_un target{};
  target.sun_family = AF_UNIX;
  if (path.size() >= sizeof target.sun_path) return {"docker", Health::kBad, cat(path, ": the path is too long"), ""};
  std::memcpy(target.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool reached = fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0;
  const int problem = errno;
  if (fd >= 0) ::close(fd);
  if (reached) return {"docker", Health::kGood, path, ""};
  const std::string hint = problem == EACCES ? "add yourself to the group 'docker'" : problem == ENOENT ? "" : "is dockerd running?";
  return {"docker", problem == ENOENT ? Health::kOptional : Health::kBad, cat(path, ": ", std::strerror(problem)), hint};
}

Examined terminal(const Context& context) {
  const char* term = std::getenv("TERM");
  std::string text = context.console.redraws ? "live progress" : "plain lines";
  text += cat(context.console.err.colour ? ", colours" : ", no colours", context.console.unicode ? ", UTF-8" : ", ASCII", " (TERM=", term ? printable(term) : "", ")");
  return {"terminal", Health::kGood, text, ""};
}

}  // namespace

int cmd_doctor(const Context& context) {
  const std::vector<Examined> all = {{"version", Health::kGood, RUNBOOK_VERSION, ""},
                                     kernel(),
                                     state_directory(),
                                     library("http", "libcurl.so.4", "nothing can be sent over HTTP"),
                                     library("archives", "libarchive.so.13", "images cannot be built"),
                                     docker(),
                                     terminal(context)};
  Value list{Value::Array{}};
  int status = exit_code::kOk;
  const Paint paint = context.paint();
  for (const Examined& examined : all) {
    const bool bad = examined.health == Health::kBad;
    if (bad) status = exit_code::kFailed;
    const std::string state = bad ? "bad" : examined.health == Health::kGood ? "ok" : "absent";
    list.push(Value::object({{"what", examined.what}, {"state", state}, {"text", examined.text}, {"hint", examined.hint}}));
    if (context.json()) continue;
    const std::string label = bad ? paint.red(state) : examined.health == Health::kGood ? paint.green(state) : paint.yellow(state);
    context.out(cat(label, std::string(8 - state.size(), ' '), examined.what, std::string(10 - std::string_view(examined.what).size(), ' '), examined.text, "\n"));
    if (!examined.hint.empty()) context.out(cat("        ", paint.yellow("hint:"), " ", examined.hint, "\n"));
  }
  if (context.json()) write_json(context, Value::object({{"schema", 1}, {"ok", status == 0}, {"checks", std::move(list)}}));
  return status;
}

}  // namespace runbook::cli
