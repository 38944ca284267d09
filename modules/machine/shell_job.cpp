// SPDX-License-Identifier: Apache-2.0
// A program that goes on when the connection to its machine is lost: its output is in files there, and is read from where
// it was left.
#include <algorithm>
#include <map>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "modules/machine/process_record.h"
#include "modules/machine/program_result.h"
#include "modules/machine/shell_command.h"
#include "modules/machine/shell_ending.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/shell_scripts.h"
#include "runbook/run_identity.h"

namespace runbook::machine {

namespace {

constexpr double kFirstPause = 0.25;
constexpr double kMostPause = 10;
constexpr int kMostFailures = 5;  // of what follows the output, one after the other, over a connection that holds
constexpr std::size_t kMostInput = 8UL << 20U;

/// The jobs of this run that are under way, or being ended.
struct Jobs {
  enum class State { kRunning, kEnding };
  explicit Jobs(World&) {}
  std::map<std::string, State> named;
};

class Job : public std::enable_shared_from_this<Job> {
 public:
  Job(Invocation call, ShellCommand command, Done done)
      : call_(std::move(call)),
        command_(std::move(command)),
        name_(call_.args["job"].as_string()),
        jobs_(call_.world.shared<Jobs>()),
        run_(Verb::kRun, call_.args, call_.on_event, std::move(done)) {
    const RunIdentity& identity = call_.world.service<RunIdentity>();
    run_id_ = identity.run;
    slot_ = cat(identity.run, '.', identity.attempt, ' ', name_, ' ', to_json(target()));
    key_ = call_.continues.empty() ? cat(identity.attempt, '.', call_.effect_id) : call_.continues;
  }

  void begin() {
    run_.deadline = loop().after(seconds(run_.timeout), [self = shared_from_this()] { self->late(); });
    enter();
  }

  void cancel() {
    run_.done.reset();
    stop();
  }

 private:
  Loop& loop() const { return call_.world.loop(); }
  const Value& target() const { return call_.args["target"]; }

  // One at a time of a name; a former one may still be being ended.
  void enter() {
    const auto found = jobs_->named.find(slot_);
    if (found == jobs_->named.end()) {
      jobs_->named[slot_] = Jobs::State::kRunning;
      inside_ = true;
      return attach();
    }
    if (found->second == Jobs::State::kRunning) {
      return finish(Error("machine.busy", cat("job '", name_, "' is under way there, begun by this run"),
                          "give jobs that run at the same time different names"));
    }
    run_.program = loop().after(seconds(0.1), [self = shared_from_this()] { self->enter(); });
  }

  std::string beginning() const {
    Variables variables;
    variables.set("name", name_).set("run", run_id_).set("key", key_);
    return cat(kBaseFunctions, variables.text(), kProcessFunctions, kJobFunctions);
  }

  ShellScript script(const char* text) const {
    ShellScript script;
    script.text = cat(beginning(), text);
    return script;
  }

  std::string fingerprint() const {
    Value what = call_.args;
    what.set("log", call_.args["stdin"]);
    return process_fingerprint(what, cat(name_, ' ', run_id_));
  }

  // Finds the job or starts it, and follows its output.
  void attach() {
    Variables variables;
    variables.set("from_out", got_out_).set("from_error", got_error_).set("wrapper", kJobWrapper).flag("known", begun_);
    ShellScript script;
    script.marks = true;
    script.text = cat(beginning(), variables.text(), kJobFindScript, command_.text, kJobStartScript);
    script.input = fingerprint() + "\n";
    if (!begun_) script.input += command_.environment + base64_encode(call_.args["stdin"].reveal()) + ":";
    script.on_begun = [self = shared_from_this()] {
      self->begun_ = true;
      self->lost_.reset();
      self->pause_ = kFirstPause;
    };
    script.on_output = [self = shared_from_this()](Stream stream, std::string_view text) {
      self->failures_ = 0;
      (stream == Stream::kOut ? self->got_out_ : self->got_error_) += static_cast<std::int64_t>(text.size());
      self->run_.add(stream, text);
    };
    run_.program = run_script(call_.world, target(), std::move(script),
                              [self = shared_from_this()](Result<ShellEnd> end) { self->followed(std::move(end)); });
  }

  void followed(Result<ShellEnd> end) {
    if (!end) return broken(std::move(end).error(), [](Job& job) { job.attach(); });
    if (!end->reason.empty()) return finish(refusal(*end));
    begun_ = true;
    if (end->code == 0) return take();
    Error error = shell_error(*end, "follow job", name_);
    if (++failures_ >= kMostFailures) return finish(std::move(error));
    again(std::move(error), [](Job& job) { job.attach(); });
  }

  void take() {
    run_.program = run_script(call_.world, target(), script(kJobTakeScript), [self = shared_from_this()](Result<ShellEnd> end) {
      if (!end) return self->broken(std::move(end).error(), [](Job& job) { job.take(); });
      self->taken(*end);
    });
  }

  void taken(const ShellEnd& end) {
    if (end.code != 0 || !end.reason.empty()) return finish(shell_error(end, "ask for the end of job", name_));
    const std::vector<std::string> words = split(std::string(trim(end.out)), ' ');
    if (words[0] == "running") return attach();
    remove_once_recorded();
    if (words[0] != "ended" || words.size() < 3) {
      return finish(Error("machine.job_lost", cat("job '", name_, "' ended, and nobody there knows how"),
                          "was the machine restarted, or the job killed?"));
    }
    ProcessExit exit;
    exit.code = static_cast<int>(std::strtol(words[1].c_str(), nullptr, 10));
    exit.seconds = std::strtod(words[2].c_str(), nullptr);
    leave();
    run_.ended(exit);
  }

  void remove_once_recorded() {
    auto remove = [&world = call_.world, target = target(), script = script(kJobRemoveScript)] {
      world.service<Endings>().begin(target, script);
    };
    if (call_.once_recorded) return call_.once_recorded(std::move(remove));
    remove();
  }

  // It goes on there: what was under way is tried again, for as long as the program may take.
  void broken(Error error, void (*what)(Job&)) {
    const std::string& code = error.code;
    const bool cut = code == "ssh.connection_lost" || code == "http.closed";
    const bool known = begun_ || lost_;
    const bool passes = error.retryable || code == "ssh.no_shell" || code == "ssh.no_exit_status" || code == "machine.shell";
    if (cut || (known && passes)) return again(std::move(error), what);
    finish(std::move(error));
  }

  void again(Error error, void (*what)(Job&)) {
    lost_ = std::move(error);
    run_.program = loop().after(seconds(pause_), [self = shared_from_this(), what] { what(*self); });
    pause_ = std::min(pause_ * 2, kMostPause);
  }

  void late() {
    if (lost_) {
      Error error = std::move(*lost_);
      error.message += cat(": job '", name_, "' could not be reached again within ", show_duration(run_.timeout));
      error.hint = "it may go on there: 'resume' goes on with it";
      run_.program();
      return finish(std::move(error));
    }
    stop();
    run_.late();
  }

  void finish(Error error) {
    leave();
    run_.done(std::move(error));
  }

  void leave() {
    run_.deadline();
    if (inside_) jobs_->named.erase(slot_);
    inside_ = false;
  }

  // Ends it there, in the background.
  void stop() {
    run_.deadline();
    run_.program();
    if (!inside_) return;
    inside_ = false;
    jobs_->named[slot_] = Jobs::State::kEnding;
    ShellScript end;
    end.text = cat(beginning(), Variables().flag("early", !begun_).text(), kJobEndScript);
    call_.world.service<Endings>().begin(target(), std::move(end), [jobs = jobs_, slot = slot_] { jobs->named.erase(slot); });
  }

  Error refusal(const ShellEnd& end) const {
    const std::string& reason = end.reason;
    if (ShellCommand::is_refusal(reason)) return command_.refusal(end);
    if (reason == "other") {
      return Error("machine.job", cat("job '", name_, "' of this run is there, but with another program, directory, environment or input"),
                   "give what differs a name of its own");
    }
    if (reason.starts_with("runs:")) {
      const std::string run = printable(reason.substr(5));
      return Error("machine.busy", cat("job '", name_, "' is still running there, begun by run ", run),
                   cat("'runbook resume ", run, "' goes on with it"));
    }
    if (reason == "busy") return Error("machine.busy", cat("another run has been starting a job there for half a minute")).retry();
    if (reason == "begin") return Error("machine.io", cat("job '", name_, "' could not be noted there"), "is the disk full?");
    if (reason == "vanished") return Error("machine.job_lost", cat("what was noted of job '", name_, "' there is gone"));
    if (!reason.starts_with("said:")) return shell_error(end, "run job", name_);
    ShellEnd said = end;
    said.reason.clear();
    said.error = reason.substr(5);
    return shell_error(said, "note job", name_);
  }

  Invocation call_;
  ShellCommand command_;
  std::string name_;
  std::string slot_;
  std::shared_ptr<Jobs> jobs_;
  ProgramRun run_;
  std::string run_id_, key_;
  std::int64_t got_out_ = 0, got_error_ = 0;
  double pause_ = kFirstPause;
  std::optional<Error> lost_;  ///< why the connection is down at the moment
  int failures_ = 0;
  bool begun_ = false;   ///< known to be there
  bool inside_ = false;  ///< of jobs_
};

Status check_job(const Value& args) {
  const std::string& name = args["job"].as_string();
  if (!check_process_name(name)) {
    return Error("machine.argument", cat("'", printable(name), "' is no name for a job"),
                 "use letters, digits, '.', '_' and '-', starting with a letter or digit");
  }
  if (args["stdin"].reveal().size() > kMostInput) {
    return Error("machine.too_large", cat("a job's input may have ", kMostInput >> 20U, " MiB at most"),
                 "write it to a file there first");
  }
  return Unit{};
}

}  // namespace

Cancel shell_job(Invocation call, Done done) {
  if (Status good = check_job(call.args); !good) {
    done(std::move(good).error());
    return {};
  }
  auto command = shell_command_of(call.args);
  if (!command) {
    done(std::move(command).error());
    return {};
  }
  auto job = std::make_shared<Job>(std::move(call), std::move(*command), std::move(done));
  job->begin();
  return [weak = std::weak_ptr<Job>(job)] {
    if (const auto open = weak.lock()) open->cancel();
  };
}

}  // namespace runbook::machine
