// SPDX-License-Identifier: Apache-2.0
#include "host/cli/test_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <filesystem>

#include "host/cli/report.h"
#include "host/cli/signals.h"
#include "host/core/error_value.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr int kTurn = 200;  // milliseconds after which a signal is noticed in any case
constexpr auto kGrace = std::chrono::seconds(10);
constexpr std::size_t kMostSaid = 64 << 10;
constexpr char kEnd[] = "spec.end";

/// A spec and the process that runs it.
struct Child {
  std::string spec;
  pid_t pid = 0;  ///< 0: not started, or over
  bool over = false;
  int events = -1, said = -1;
  std::string partial;        ///< of an event
  std::string output;         ///< what it wrote to its standard streams
  std::deque<Value> waiting;  ///< events that are not shown yet
  std::string test;           ///< the one that runs
  bool ended = false;         ///< it came to its end by itself
  Value error;
};

void write_line(int fd, const Value& value) {
  std::string line = to_json(value) + "\n";
  for (std::string_view left = line; !left.empty();) {
    const ssize_t written = ::write(fd, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ::_exit(exit_code::kInternal);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void be_child(const std::string& spec, const RunSpec& run, int events, int said, pid_t parent) {
  // A group of its own: Ctrl-C comes to the parent, which hands it on once.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(exit_code::kInterrupted);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(said, STDOUT_FILENO);
  ::dup2(said, STDERR_FILENO);
  Value error = run(spec, [events](const Value& event) { write_line(events, event); });
  write_line(events, Value::object({{"event", kEnd}, {"error", std::move(error)}}));
  ::_exit(exit_code::kOk);
}

Status start(Child& child, const RunSpec& run) {
  int events[2], said[2];
  if (::pipe2(events, O_CLOEXEC) != 0) return Error("test.process", cat("cannot make a pipe: ", std::strerror(errno)));
  if (::pipe2(said, O_CLOEXEC) != 0) {
    ::close(events[0]);
    ::close(events[1]);
    return Error("test.process", cat("cannot make a pipe: ", std::strerror(errno)));
  }
  const pid_t parent = ::getpid();
  child.pid = ::fork();
  if (child.pid == 0) be_child(child.spec, run, events[1], said[1], parent);
  ::close(events[1]);
  ::close(said[1]);
  child.events = events[0];
  child.said = said[0];
  ::fcntl(child.events, F_SETFL, O_NONBLOCK);
  ::fcntl(child.said, F_SETFL, O_NONBLOCK);
  if (child.pid > 0) return Unit{};
  child.pid = 0;
  ::close(child.events);
  ::close(child.said);
  return Error("test.process", cat("cannot start a process: ", std::strerror(errno)));
}

/// Reads what there is. False at the end.
bool read_some(int fd, std::string& text) {
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got > 0)
      text.append(buffer, static_cast<std::size_t>(got));
    else if (got < 0 && errno == EINTR)
      continue;
    else
      return got < 0;
  }
}

void take_event(Child& child, Value event) {
  const std::string& kind = event["event"].as_string();
  if (kind == kEnd) {
    child.ended = true;
    child.error = event["error"];
    return;
  }
  if (kind == "test.start") child.test = cat("'", event["name"].as_string(), "' (", event["where"].as_string(), ")");
  if (kind == "test.end") child.test.clear();
  child.waiting.push_back(std::move(event));
}

void take_lines(Child& child) {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = child.partial.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (auto event = from_json(std::string_view(child.partial).substr(begin, end - begin)))
      take_event(child, std::move(*event));
  }
  child.partial.erase(0, begin);
}

void keep_tail(std::string& text) {
  if (text.size() > kMostSaid) text.erase(0, text.size() - kMostSaid);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return cat("was ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
  return cat("ended with status ", WEXITSTATUS(status));
}

// Whoever it started may still hold its standard streams: its events are what tells that it is over.
void conclude(Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  child.pid = 0;
  read_some(child.said, child.output);
  keep_tail(child.output);
  ::close(child.events);
  ::close(child.said);
  child.events = child.said = -1;
  child.over = true;
  if (child.ended) return;
  Error error("test.crashed", cat("the process of ", printable(child.spec), " ", how_it_ended(status),
                                  child.test.empty() ? "" : cat(" in the test ", child.test)));
  if (!child.output.empty()) error.context["log"] = printable(child.output);
  child.error = error_to_value(error);
  child.output.clear();
}

class Children {
 public:
  Children(const std::vector<std::string>& specs, int jobs, const RunSpec& run, TestReporter& reporter)
      : jobs_(jobs), run_(run), reporter_(reporter) {
    for (const std::string& spec : specs) children_.emplace_back().spec = spec;
  }

  bool run() {
    while (shown_ < children_.size()) {
      if (Signals::last() != 0) return end_all(), false;
      fill();
      wait();
      show();
    }
    return true;
  }

 private:
  int running() const {
    return static_cast<int>(
        std::count_if(children_.begin(), children_.end(), [](const Child& child) { return child.pid != 0; }));
  }

  void fill() {
    while (next_ < children_.size() && running() < jobs_) {
      Child& child = children_[next_++];
      if (auto started = start(child, run_); !started) {
        child.over = child.ended = true;
        child.error = error_to_value(started.error());
      }
    }
  }

  void wait() {
    std::vector<pollfd> polled;
    std::vector<Child*> owners;
    for (Child& child : children_) {
      if (child.pid == 0) continue;
      polled.push_back({child.events, POLLIN, 0});
      polled.push_back({child.said, POLLIN, 0});
      owners.insert(owners.end(), 2, &child);
    }
    if (polled.empty() || ::poll(polled.data(), polled.size(), kTurn) <= 0) return;
    for (std::size_t i = 0; i < polled.size(); i += 2) {
      Child& child = *owners[i];
      if (polled[i + 1].revents != 0) {
        read_some(child.said, child.output);
        keep_tail(child.output);
      }
      if (polled[i].revents == 0) continue;
      const bool more = read_some(child.events, child.partial);
      take_lines(child);
      if (!more) conclude(child);
    }
  }

  // Of the first file that is not done, as things happen; of those behind it, when it is their turn.
  void show() {
    for (; shown_ < children_.size(); ++shown_) {
      Child& child = children_[shown_];
      if (!begun_ && (child.pid != 0 || child.over)) {
        reporter_.begin_file(child.spec);
        begun_ = true;
      }
      for (; !child.waiting.empty(); child.waiting.pop_front()) reporter_.event(child.waiting.front());
      if (!child.over) return;
      if (!child.output.empty()) reporter_.event(Value::object({{"event", "print"}, {"text", child.output}}));
      reporter_.end_file(child.error);
      begun_ = false;
    }
  }

  void signal_all(int signal) {
    for (const Child& child : children_) {
      if (child.pid != 0) ::kill(signal == SIGKILL ? -child.pid : child.pid, signal);
    }
  }

  // They cancel what they run; who does not within the grace is killed, with what it started.
  void end_all() {
    signal_all(Signals::last());
    const auto deadline = std::chrono::steady_clock::now() + kGrace;
    while (running() > 0) {
      if (std::chrono::steady_clock::now() > deadline) signal_all(SIGKILL);
      wait();
    }
  }

  int jobs_;
  const RunSpec& run_;
  TestReporter& reporter_;
  std::vector<Child> children_;
  std::size_t next_ = 0, shown_ = 0;
  bool begun_ = false;
};

}  // namespace

bool can_fork() {
  std::error_code error;
  const auto threads = std::distance(std::filesystem::directory_iterator("/proc/self/task", error),
                                     std::filesystem::directory_iterator{});
  return !error && threads == 1;
}

bool run_in_processes(const std::vector<std::string>& specs, int jobs, const RunSpec& run, TestReporter& reporter) {
  return Children(specs, jobs, run, reporter).run();
}

}  // namespace runbook::cli
