// SPDX-License-Identifier: Apache-2.0
#include "host/cli/run_session.h"

#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "host/cli/log_file.h"
#include "host/cli/prompt.h"
#include "host/cli/report.h"
#include "host/cli/signals.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int kTerminated = 143;

}  // namespace

struct RunSession::State {
  explicit State(const Context& c) : context(c) {}

  void event(const Value& event) {
    const std::lock_guard lock(mutex);
    display->event(event);
    if (!log) return;
    if (auto written = log->append(to_json(event) + "\n"); !written) log_failed(written.error());
  }

  // It must not end a run that changes the world: the run goes on without, and does not end as if nothing had been.
  void log_failed(const Error& error) {
    log.reset();
    log_error = error;
    display->suspend();
    context.console.err.write(show_error(error, Paint(context.console.err.colour)));
  }

  const Context& context;
  std::mutex mutex;  // the display's: events come from the run's thread, ticks from another
  std::unique_ptr<Display> display;
  std::unique_ptr<LogFile> log;
  std::optional<Error> log_error;
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

namespace {

DisplayOptions display_options(const CommandLine& line) {
  DisplayOptions options{line.has("json"), line.has("quiet"), line.count("verbose"), std::nullopt};
  // Of other commands it is a file.
  const bool lines = line.command == Command::kRun || line.command == Command::kResume || line.command == Command::kExec;
  if (lines && line.has("output")) options.hosts = host_lines_of(line.value("output"));
  return options;
}

}  // namespace

RunSession::RunSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunSession::~RunSession() = default;

Result<std::unique_ptr<RunSession>> RunSession::open(const Context& context, std::unique_ptr<Display> display) {
  auto state = std::make_unique<State>(context);
  const CommandLine& line = context.line;
  state->display = display ? std::move(display) : make_display(context.console, display_options(line));
  if (line.has("log-file")) {
    auto log = LogFile::open(line.value("log-file"));
    if (!log) return std::move(log).error();
    state->log = std::move(*log);
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
  RunReport report = state.context.host.run(options);
  const std::lock_guard lock(state.mutex);
  if (state.log) {
    if (auto closed = std::exchange(state.log, nullptr)->close(); !closed) state.log_failed(closed.error());
  }
  if (state.log_error && report.exit == exit_code::kOk) {
    report.state = "failed";
    report.exit = exit_code::kFailed;
    report.error = state.log_error;
  }
  return report;
}

int RunSession::status(const RunReport& report) const {
  const int signal = Signals::last();
  // A question that was answered with Ctrl-C ends in a refusal for want of an answer.
  const bool interrupted = report.exit == exit_code::kInterrupted || (signal != 0 && report.state == "refused");
  if (!interrupted) return report.exit;
  return signal == SIGTERM ? kTerminated : exit_code::kInterrupted;
}

}  // namespace runbook::cli
