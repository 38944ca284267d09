// SPDX-License-Identifier: Apache-2.0
#include "host/core/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "host/core/files.h"
#include "host/core/text.h"

namespace runbook {

namespace {

using files::Fd;

constexpr double kDrainSeconds = 0.5;
constexpr int kFarewellMilliseconds = 2000;
constexpr std::size_t kPiece = 64 * 1024;

Error process_error(int number, std::string_view doing, std::string_view program) {
  const char* code = "process.failed";
  if (number == ENOENT || number == ENOTDIR) code = "process.not_found";
  if (number == EACCES || number == EPERM) code = "process.permission";
  char text[128];
  Error failed(code, cat("cannot ", doing, " '", printable(program), "': ", strerror_r(number, text, sizeof text)));
  if (number == ENOEXEC) failed.hint = "a script needs a first line such as '#!/bin/sh'";
  return failed;
}

// Above the standard descriptors, so that setting those up for a child never overwrites it.
Fd above_standard(int fd) {
  if (fd < 0 || fd > 2) return Fd(fd);
  const Fd low(fd);
  return Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

struct Pipe {
  Fd read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  Pipe pipe{above_standard(ends[0]), above_standard(ends[1])};
  if (pipe.read) fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// Input is a file in memory: a program that never reads it blocks nobody, and one that ends early raises no SIGPIPE.
Fd make_input(const std::string& text) {
  if (text.empty()) return above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Fd file = above_standard(memfd_create("input", MFD_CLOEXEC));
  std::string_view rest = text;
  while (file && !rest.empty()) {
    const ssize_t put = write(file.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return {};
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  if (file) lseek(file.get(), 0, SEEK_SET);
  return file;
}

Result<pid_t> spawn(const ProcessOptions& options, int in, int out, int error, short flags) {
  struct stat info {};
  if (stat(options.cwd.c_str(), &info) != 0) return process_error(errno, "change to the directory", options.cwd);
  if (!S_ISDIR(info.st_mode)) return process_error(ENOTDIR, "change to the directory", options.cwd);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, error, 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawn_file_actions_addchdir_np(&actions, options.cwd.c_str());

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, static_cast<short>(flags | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));

  std::vector<std::string> settings;
  for (const auto& [name, value] : options.env) settings.push_back(cat(name, '=', value));
  std::vector<char*> argv, env;
  for (const std::string& item : options.argv) argv.push_back(const_cast<char*>(item.c_str()));
  for (const std::string& item : settings) env.push_back(const_cast<char*>(item.c_str()));
  argv.push_back(nullptr);
  env.push_back(nullptr);

  pid_t pid = 0;
  const int failed = posix_spawn(&pid, options.argv[0].c_str(), &actions, &attributes, argv.data(), env.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return process_error(failed, "run", options.argv[0]);
  return pid;
}

// One descriptor on the loop, which deletes itself when libuv has let go of it.
struct Watch {
  uv_poll_t handle{};
  Fd fd;
  std::function<void()> ready;

  static Watch* open(uv_loop_t* loop, Fd fd, std::function<void()> ready) {
    auto* watch = new Watch{{}, std::move(fd), std::move(ready)};
    watch->handle.data = watch;
    if (uv_poll_init(loop, &watch->handle, watch->fd.get()) != 0) {
      delete watch;
      return nullptr;
    }
    uv_poll_start(&watch->handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
      const std::function<void()> call = static_cast<Watch*>(handle->data)->ready;  // closing drops the one inside
      if (call) call();
    });
    return watch;
  }
  static void close(Watch*& watch) {
    if (!watch) return;
    watch->ready = nullptr;
    uv_poll_stop(&watch->handle);
    uv_close(reinterpret_cast<uv_handle_t*>(&watch->handle),
             [](uv_handle_t* handle) { delete static_cast<Watch*>(handle->data); });
    watch = nullptr;
  }
};

}  // namespace

struct Processes::State {
  explicit State(Loop& on) : loop(on) {}
  Loop& loop;
  std::set<std::shared_ptr<Child>> children;
};

struct Processes::Child : std::enable_shared_from_this<Child> {
  Child(State* of, ProcessOptions with) : state(of), options(std::move(with)) {}

  State* state;
  ProcessOptions options;
  Callback<void(Result<ProcessExit>)> done;
  ProcessExit exit;
  pid_t pid = 0;
  Duration began{};
  bool ended = false;     // and reaped
  bool stopping = false;
  bool detached = false;
  Watch* end = nullptr;
  Watch* output[2] = {};
  Cancel timer;

  Status begin() {
    Fd in = make_input(options.input);
    Pipe out = make_pipe(), error = make_pipe();
    if (!in || !out.write || !error.write) return process_error(errno, "start", options.argv[0]);
    std::string().swap(options.input);
    auto spawned = spawn(options, in.get(), out.write.get(), error.write.get(), POSIX_SPAWN_SETPGROUP);
    if (!spawned) return std::move(spawned).error();
    pid = *spawned;
    began = state->loop.now();
    read_from(Stream::kOut, std::move(out.read));
    read_from(Stream::kError, std::move(error.read));
    if (!watch_end()) return abandon();
    return Unit{};
  }

  bool watch_end() {
    Fd pidfd = above_standard(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) return false;
    end = Watch::open(state->loop.uv(), std::move(pidfd), [self = weak_from_this()] {
      if (auto child = self.lock()) child->on_end();
    });
    return end != nullptr;
  }

  Status abandon() {
    const int number = errno;
    kill(-pid, SIGKILL);
    reap(true);
    release();
    return process_error(number, "watch", options.argv[0]);
  }

  void read_from(Stream stream, Fd fd) {
    output[static_cast<int>(stream)] = Watch::open(state->loop.uv(), std::move(fd), [self = weak_from_this(), stream] {
      if (auto child = self.lock()) child->on_output(stream);
    });
  }

  // One piece a turn: what is made of the output does not pile up, and other work has its turn.
  void on_output(Stream stream) {
    thread_local std::string buffer(kPiece, '\0');
    Watch*& watch = output[static_cast<int>(stream)];
    const ssize_t got = read(watch->fd.get(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      Watch::close(watch);
      return finish_if_over();
    }
    if (options.on_output) options.on_output(stream, std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }

  void on_end() {
    // The zombie still holds the group's number, so this cannot reach a stranger's group.
    if (stopping) kill(-pid, SIGKILL);
    if (!reap(false)) return;
    exit.seconds = std::chrono::duration<double>(state->loop.now() - began).count();
    Watch::close(end);
    timer();
    if (detached) return release();
    timer = state->loop.after(seconds(kDrainSeconds), [self = weak_from_this()] {
      if (auto child = self.lock()) child->finish();
    });
    finish_if_over();
  }

  bool reap(bool wait) {
    siginfo_t info{};
    int result = 0;
    while ((result = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | (wait ? 0 : WNOHANG))) != 0 && errno == EINTR) {
    }
    if (result == 0 && info.si_pid == 0) return false;
    ended = true;
    if (result != 0) {
      exit.code = -1;  // somebody else has reaped it: how it ended is not known, so it cannot count as success
    } else if (info.si_code == CLD_EXITED) {
      exit.code = info.si_status;
    } else {
      exit.code = -1;
      exit.signal = info.si_status;
    }
    return true;
  }

  void stop() {
    if (stopping || ended) return;
    stopping = true;
    kill(-pid, SIGTERM);
    timer = state->loop.after(seconds(options.grace), [self = weak_from_this()] {
      if (auto child = self.lock(); child && !child->ended) kill(-child->pid, SIGKILL);
    });
  }

  void finish_if_over() {
    if (ended && !output[0] && !output[1]) finish();
  }

  void finish() {
    auto callback = std::move(done);
    const ProcessExit result = exit;
    release();
    if (callback) callback(result);
  }

  void release() {
    const auto self = shared_from_this();
    timer();
    Watch::close(end);
    Watch::close(output[0]);
    Watch::close(output[1]);
    options.on_output = nullptr;
    state->children.erase(self);
  }
};

Processes::Processes(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Processes::~Processes() {
  const auto children = state_->children;
  for (const auto& child : children) {
    child->done.reset();
    child->options.on_output = nullptr;
    if (!child->detached) child->stop();
  }
  int patience = kFarewellMilliseconds;
  for (const auto& child : children) {
    if (!child->detached && !child->ended) {
      pollfd end{child->end->fd.get(), POLLIN, 0};
      const auto before = uv_hrtime();
      poll(&end, 1, patience);
      patience = std::max(0, patience - static_cast<int>((uv_hrtime() - before) / 1000000));
      kill(-child->pid, SIGKILL);
      child->reap(true);
    }
    child->release();
  }
}

Cancel Processes::start(ProcessOptions options, Callback<void(Result<ProcessExit>)> done) {
  auto child = std::make_shared<Child>(state_.get(), std::move(options));
  if (Status begun = child->begin(); !begun) {
    return state_->loop.post([done = std::move(done), failed = std::move(begun).error()]() mutable { done(std::move(failed)); });
  }
  child->done = std::move(done);
  state_->children.insert(child);
  return [weak = std::weak_ptr<Child>(child)] {
    if (auto running = weak.lock()) {
      running->done.reset();
      running->options.on_output = nullptr;
      running->stop();
    }
  };
}

void Processes::adopt(pid_t pid) {
  auto child = std::make_shared<Child>(state_.get(), ProcessOptions{});
  child->pid = pid;
  child->detached = true;
  if (!child->watch_end()) return;
  uv_unref(reinterpret_cast<uv_handle_t*>(&child->end->handle));
  state_->children.insert(child);
}

int Processes::running() const {
  return static_cast<int>(std::count_if(state_->children.begin(), state_->children.end(),
                                        [](const auto& child) { return !child->detached && !child->ended; }));
}

Result<pid_t> start_detached(const ProcessOptions& options, int log) {
  const Fd in = make_input("");
  const Fd nowhere = above_standard(open("/dev/null", O_WRONLY | O_CLOEXEC));
  const int out = log < 0 ? nowhere.get() : log;
  return spawn(options, in.get(), out, out, POSIX_SPAWN_SETSID);
}

Result<std::string> find_program(const std::string& name, const files::Tree& files) {
  if (name.starts_with('/')) return files::normalise(name);
  if (name.empty() || name.find('\0') != std::string::npos) return Error("process.not_found", "the program has no name");
  if (name.find('/') != std::string::npos) {
    return Error("process.not_found", cat("'", printable(name), "' is a relative path"),
                 "give an absolute path, or the bare name of a program on the PATH");
  }
  for (const std::string& directory : split(kProgramPath, ':')) {
    const std::string path = cat(directory, '/', name);
    const auto real = files.resolve(path, files::Last::kFollow);
    const auto entry = real ? files.stat(*real) : Result<files::Entry>(real.error());
    if (entry && entry->type == "file" && access(files.native(*real).c_str(), X_OK) == 0) return path;
  }
  return Error("process.not_found", cat("there is no program '", printable(name), "' in ", kProgramPath));
}

std::map<std::string, std::string> minimal_environment() {
  std::map<std::string, std::string> env = {{"PATH", kProgramPath}, {"LANG", "C.UTF-8"}, {"HOME", "/"}};
  passwd record{};
  passwd* found = nullptr;
  char space[16 * 1024];
  if (getpwuid_r(geteuid(), &record, space, sizeof space, &found) == 0 && found) {
    env["HOME"] = found->pw_dir;
    env["USER"] = env["LOGNAME"] = found->pw_name;
  }
  for (const char* name : {"HOME", "TZ"}) {
    if (const char* value = getenv(name); value && *value) env[name] = value;
  }
  return env;
}

unsigned long long process_start_ticks(pid_t pid) {
  const auto text = files::Tree::real().read(cat("/proc/", pid, "/stat"), 64 * 1024);
  if (!text) return 0;
  // The name in parentheses may hold anything, spaces and parentheses included: the fields count from the last one.
  const std::size_t name_end = text->rfind(") ");
  if (name_end == std::string::npos) return 0;
  const std::vector<std::string> fields = split(std::string_view(*text).substr(name_end + 2), ' ');
  constexpr std::size_t kState = 0, kStart = 19;
  if (fields.size() <= kStart || fields[kState] == "Z" || fields[kState] == "X") return 0;
  return strtoull(fields[kStart].c_str(), nullptr, 10);
}

}  // namespace runbook
