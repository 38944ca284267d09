// SPDX-License-Identifier: Apache-2.0
#include "runbook/host.h"

#include <unistd.h>
#include <uv.h>

#include <atomic>

#include "host/journal/hash.h"
#include "host/run/recorded_run.h"
#include "host/run/run.h"

namespace runbook {

const char* to_string(Mode mode) {
  switch (mode) {
    case Mode::kApply: return "apply";
    case Mode::kDryRun: return "dry-run";
    case Mode::kResume: return "resume";
    case Mode::kUndo: return "undo";
  }
  return "?";
}

struct Host::State {
  std::vector<const Module*> modules;
  std::atomic<int> interrupts{0};
  std::atomic<uv_async_t*> wake{nullptr};
  std::atomic<bool> interrupted{false};  ///< and nobody has seen to it: the loop does, or the script's next instruction
};

namespace {

// Carries interrupt(), which may come from a signal handler, to the loop's thread.
class Waker {
 public:
  Waker(Loop& loop, Run& run, std::atomic<uv_async_t*>& slot, std::atomic<bool>& interrupted)
      : run_(run), slot_(slot), interrupted_(interrupted), handle_(new uv_async_t) {
    run.watch(interrupted);
    uv_async_init(loop.uv(), handle_, [](uv_async_t* handle) {
      const Waker& waker = *static_cast<Waker*>(handle->data);
      if (waker.interrupted_.exchange(false)) waker.run_.cancel();
    });
    handle_->data = this;
    slot_.store(handle_);
  }
  ~Waker() {
    slot_.store(nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(handle_), [](uv_handle_t* handle) { delete reinterpret_cast<uv_async_t*>(handle); });
  }

 private:
  Run& run_;
  std::atomic<uv_async_t*>& slot_;
  std::atomic<bool>& interrupted_;
  uv_async_t* handle_;
};

}  // namespace

Host::Host() : state_(std::make_unique<State>()) {}
Host::~Host() = default;

void Host::add(const Module& module) { state_->modules.push_back(&module); }
const std::vector<const Module*>& Host::modules() const { return state_->modules; }

RunReport Host::run(const RunOptions& options) {
  Loop loop;
  const auto run = [&](const RunOptions& wanted, RunSetting setting) {
    Run attempt(loop, wanted, state_->modules, std::move(setting));
    Waker waker(loop, attempt, state_->wake, state_->interrupted);
    return attempt.execute();
  };
  if (!options.replay.empty()) return replay_run(loop, options, state_->modules, run);
  if (options.record.empty()) return run(options, {});
  RunSetting setting;
  const auto written = record_run(setting, options);
  RunReport report = run(options, std::move(setting));
  if (const Status status = written(); !status && report.exit == exit_code::kOk) {
    report.state = "failed";
    report.exit = exit_code::kFailed;
    report.error = status.error();
  }
  return report;
}

Result<FileInfo> Host::read(const std::string& file) {
  auto source = read_source_file(file);
  if (!source) return std::move(source).error();
  FileInfo info;
  info.hash = journal::sha256(source->text);
  info.plain = !declares_runbook(source->text);
  Loop loop;
  Gate gate(loop);
  Declared declared;
  StepHost steps;
  RunNatives natives;
  script::VmOptions options;
  options.base = source->directory;
  options.modules = state_->modules;
  options.extend_core = [&](lua_State* L) {
    add_declare(L, declared);
    add_step_natives(L, steps);
    add_run_natives(L, natives);
  };
  auto vm = script::Vm::create(loop, gate, std::move(options));
  if (!vm) return std::move(vm).error();
  if (info.plain) {
    Status parsed = Unit{};
    RUNBOOK_TRY((*vm)->call([&](lua_State* L) { parsed = (*vm)->sandbox().load(L, source->text, source->name); }));
    RUNBOOK_TRY(std::move(parsed));
    return info;
  }
  auto declaration = load_declaration(**vm, *source, declared);
  if (!declaration) return std::move(declaration).error();
  info.declaration = declaration->to_value();
  return info;
}

void Host::interrupt() {
  if (state_->interrupts.fetch_add(1) > 0) _exit(exit_code::kInterrupted);
  state_->interrupted.store(true);
  if (uv_async_t* wake = state_->wake.load()) uv_async_send(wake);
}

}  // namespace runbook
