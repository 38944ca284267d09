// SPDX-License-Identifier: Apache-2.0
#include "host/cli/run_session.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "host/cli/display.h"
#include "host/cli/prompt.h"
#include "host/cli/signals.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int kTerminated = 143;

}  // namespace

struct RunSession::State {
  explicit State(const Context& c) : context(c) {}
  ~State() {
    if (log_fd >= 0) ::close(log_fd);
  }

  void event(const Value& event) {
    const std::lock_guard lock(mutex);
    display->event(event);
    if (log_fd < 0) return;
    const std::string line = to_json(event) + "\n";
    // A log that cannot be written must not end a run that changes the world.
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t written = ::write(log_fd, line.data() + done, line.size() - done);
      if (written < 0 && errno != EINTR) break;
      if (written > 0) done += static_cast<std::size_t>(written);
    }
  }

  const Context& context;
  std::mutex mutex;  // the display's: events come from the run's thread, ticks from another
  std::unique_ptr<Display> display;
  int log_fd = -1;
};

namespace {

/// Moves the clocks of a live display on, beside a run that may be busy or asleep.
class Ticker {
 public:
  Ticker(std::mutex& mutex, Display& display) {
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    thread_ = std::thread([this, &mutex, &display] {
      std::unique_lock lock(mutex);
      while (!wake_.wait_for(lock, kTick, [this] { return stop_.load(); })) display.tick();
    });
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
    mutex_ = &mutex;
  }
  ~Ticker() {
    {
      const std::lock_guard lock(*mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  std::mutex* mutex_ = nullptr;
  std::condition_variable wake_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

RunSession::RunSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunSession::~RunSession() = default;

Result<std::unique_ptr<RunSession>> RunSession::open(const Context& context) {
  auto state = std::make_unique<State>(context);
  const CommandLine& line = context.line;
  state->display = make_display(context.console, {line.has("json"), line.has("quiet"), line.count("verbose")});
  if (line.has("log-file")) {
    const std::string file = line.value("log-file");
    state->log_fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (state->log_fd < 0) return Error("file.unwritable", cat("cannot open the log file '", printable(file), "': ", std::strerror(errno)));
  }
  return std::unique_ptr<RunSession>(new RunSession(std::move(state)));
}

RunReport RunSession::run(RunOptions options) {
  State& state = *state_;
  options.on_event = [&state](const Value& event) { state.event(event); };
  if (can_ask(state.context.line)) {
    options.ask = [&state](const std::string& question, const std::string& problem) {
      const std::lock_guard lock(state.mutex);
      state.display->suspend();
      return ask(state.context.console, question, problem, question.starts_with("secret "), [] { return Signals::last() != 0; });
    };
  }
  const Signals signals(state.context.host);
  std::unique_ptr<Ticker> ticker;
  if (state.context.console.redraws && !state.context.json()) ticker = std::make_unique<Ticker>(state.mutex, *state.display);
  return state.context.host.run(options);
}

int RunSession::status(const RunReport& report) const {
  const int signal = Signals::last();
  // A question that was answered with Ctrl-C ends in a refusal for want of an answer.
  const bool interrupted = report.exit == exit_code::kInterrupted || (signal != 0 && report.state == "refused");
  if (!interrupted) return report.exit;
  return signal == SIGTERM ? kTerminated : exit_code::kInterrupted;
}

}  // namespace runbook::cli
