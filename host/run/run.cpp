// SPDX-License-Identifier: Apache-2.0
#include "host/run/run.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/gate/permission_review.h"
#include "host/journal/directory.h"
#include "host/journal/hash.h"
#include "host/journal/run_id.h"
#include "host/run/fleet_options.h"
#include "host/run/parameters.h"
#include "host/run/standing.h"
#include "host/run/substitute.h"
#include "host/script/errors.h"
#include "host/script/values.h"
#include "host/secrets/secret_store.h"
#include "runbook/run_identity.h"

namespace runbook {

using journal::State;

namespace {

// The nearest folder upwards that holds runbook.json; empty where none does.
std::string find_project(std::string directory) {
  for (;;) {
    if (access(cat(directory, "/runbook.json").c_str(), F_OK) == 0) return directory;
    const auto slash = directory.rfind('/');
    if (slash == std::string::npos || slash == 0) return {};
    directory.resize(slash);
  }
}

bool same_limits(const Limits& a, const Limits& b) {
  return a.cpu_seconds == b.cpu_seconds && a.memory_bytes == b.memory_bytes && a.output_bytes == b.output_bytes && a.tasks == b.tasks &&
         a.instructions == b.instructions;
}

/// The secrets that a test gives.
class GivenSecrets final : public secrets::SecretProvider {
 public:
  explicit GivenSecrets(std::map<std::string, std::string> secrets) : secrets_(std::move(secrets)) {}
  std::string name() const override { return "the test's secrets"; }
  std::map<std::string, std::string> find(const std::vector<std::string>& names, std::string&) override {
    std::map<std::string, std::string> found;
    for (const std::string& name : names) {
      if (const auto given = secrets_.find(name); given != secrets_.end()) found.insert(*given);
    }
    return found;
  }

 private:
  std::map<std::string, std::string> secrets_;
};

}  // namespace

Run::Run(Loop& loop, const RunOptions& options, const std::vector<const Module*>& modules, RunSetting setting)
    : loop_(loop), options_(options), setting_(std::move(setting)), modules_(modules), events_(options.on_event), gate_(loop) {
  gate_.set_world(setting_.world);
  gate_.furnish([this](World& world) {
    for (const Module* module : modules_) {
      if (module->shell) world.service<ShellRoutes>().add(*module->shell);
    }
  });
  events_.set_redactor([this](const Value& event) { return redactor_->empty() ? event : redactor_->redact_value(event); });
  events_.set_recorder([this](const Value& event) { record(event); });
  natives_.dry_run = dry_run();
  natives_.fleet = fleet_options(options_);
  natives_.emit = [this](Value event) { events_.emit(std::move(event)); };
  natives_.ask = [this](std::string question, Done done) -> Cancel {
    if (!options_.ask) {
      done(Error("manual.unattended", "nobody is there to ask", "run it on a terminal"));
      return {};
    }
    return ask(std::move(question), [done = std::move(done)](const std::optional<std::string>& text) mutable {
      done(text ? Value(*text) : Value());
    });
  };
  step_host_.redact = [this](std::string text) { return redactor_->redact(std::move(text)); };
  step_host_.revert = [this](const std::string& path, Done done) { return revert_step(path, std::move(done)); };
  step_host_.revert_newer = [this](const std::optional<std::string>& path, Done done) { return revert_newer(path, std::move(done)); };
}

Run::~Run() {
  // Tasks hold operations of the gate's services: they go first.
  task_.reset();
  vm_.reset();
  gate_.close();
}

RunReport Run::execute() {
  started_ = journal::wall_clock();
  if (auto ready = open_previous(); !ready) return refuse(std::move(ready).error());
  if (auto ready = read_source(); !ready) return refuse(std::move(ready).error());
  if (auto ready = make_vm(); !ready) return refuse(std::move(ready).error());
  plain_ = options_.spec || !declares_runbook(source_.text);
  if (!plain_) {
    if (auto ready = load(); !ready) return refuse(std::move(ready).error());
  }
  loaded_ = true;
  declared_.too_late = plain_ && !options_.spec;
  for (const auto& prepare : {&Run::read_parameters, &Run::read_permissions, &Run::resolve_secrets, &Run::take_locks, &Run::open_journal}) {
    if (auto ready = (this->*prepare)(); !ready) return refuse(std::move(ready).error());
  }
  return run_main();
}

Status Run::open_previous() {
  if (options_.mode != Mode::kResume && options_.mode != Mode::kUndo) return Unit{};
  const std::string directory = options_.state_directory.empty() ? journal::state_directory() : options_.state_directory;
  auto reader = journal::Reader::open(directory);
  if (!reader) return std::move(reader).error();
  auto id = reader->find(options_.run_id);
  if (!id) return std::move(id).error();
  auto run = reader->load(*id);
  if (!run) return std::move(run).error();
  if (run->record.state == State::kDone && options_.mode == Mode::kResume) {
    return Error("resume.finished", cat("run ", *id, " finished; there is nothing to resume"));
  }
  previous_ = std::move(*run);
  natives_.fleet = take_fleet_options(previous_->record.params, std::move(natives_.fleet));
  natives_.fleet.set("telling", options_.mode == Mode::kUndo);
  return Unit{};
}

Status Run::read_source() {
  if (options_.code) {
    std::error_code error;
    source_ = {"", options_.file.empty() ? "(command line)" : options_.file, std::filesystem::current_path(error).string(), *options_.code};
    return Unit{};
  }
  const std::string& file = previous_ ? previous_->record.file : options_.file;
  if (const std::string_view* text = builtin_runbook(file)) {
    std::error_code error;
    source_ = {file, file, std::filesystem::current_path(error).string(), std::string(*text)};
    return Unit{};
  }
  auto source = read_source_file(file);
  if (!source) return std::move(source).error();
  source_ = std::move(*source);
  return Unit{};
}

// The declared ones, and over them those of the command line.
Result<RunLimits> Run::limits() const {
  RunLimits limits = declaration_.limits;
  for (const std::string& text : options_.limits) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return Error("usage", cat("--limit ", text, ": expected NAME=VALUE, as in cpu=1s"));
    RUNBOOK_TRY(set_limit(limits, text.substr(0, equals), text.substr(equals + 1)));
  }
  return limits;
}

Status Run::make_vm() {
  auto limits = this->limits();
  if (!limits) return std::move(limits).error();
  script::VmOptions vm;
  vm.limits = *limits;
  vm.base = source_.directory;
  vm.dry_run = dry_run();
  vm.modules = modules_;
  vm.run_others = setting_.run_others;
  if (options_.coverage && !setting_.coverage) setting_.coverage = std::make_shared<CoverageRecorder>();
  vm.coverage = setting_.coverage.get();
  const bool second = declared_once_;
  vm.emit = [this, second](Value event) {
    // What the top level prints was shown when the file was first loaded.
    if (loaded_ || !second) events_.emit(std::move(event));
  };
  vm.interrupted = interrupted_;
  vm.on_interrupt = [this] { cancel(); };
  vm.extend_core = [this](lua_State* L) {
    add_declare(L, declared_);
    add_step_natives(L, step_host_);
    add_run_natives(L, natives_);
    if (spec_) add_spec_natives(L, *spec_);
  };
  if (options_.spec && !spec_) spec_ = std::make_unique<SpecNatives>();
  auto made = script::Vm::create(loop_, gate_, std::move(vm));
  if (!made) return std::move(made).error();
  vm_ = std::move(*made);
  return Unit{};
}

Status Run::load() {
  auto declaration = load_declaration(*vm_, source_, declared_);
  if (!declaration) return std::move(declaration).error();
  declaration_ = std::move(*declaration);
  if (same_limits(declaration_.limits, Limits{})) return Unit{};
  // A machine's limits are fixed when it is made: load once more, under the declared ones.
  vm_.reset();
  declared_ = {};
  declared_once_ = true;
  RUNBOOK_TRY(make_vm());
  auto again = load_declaration(*vm_, source_, declared_);
  if (!again) return std::move(again).error();
  return Unit{};
}

Status Run::read_parameters() {
  if (plain_ && !options_.arguments.empty()) {
    return Error("parameter.invalid", cat("'", source_.name, "' declares no parameters, so it takes none; got '", options_.arguments.front(), "'"));
  }
  ParameterSources sources;
  sources.arguments = options_.arguments;
  sources.file = previous_ ? previous_->record.params : options_.params_file;
  if (previous_) {
    // What is on record of a secret is stars. It is given or asked for again.
    for (const Param& param : declaration_.params) {
      if (!param.secret) continue;
      sources.file.erase(param.name);
      if (options_.params_file.has(param.name)) sources.file.set(param.name, options_.params_file[param.name]);
    }
  }
  if (options_.ask) {
    sources.ask = [this](const Param& param, const std::string& problem) {
      return options_.ask(cat(param.secret ? "secret " : "", param.name, param.help.empty() ? "" : cat(" (", param.help, ")")), problem);
    };
  }
  auto params = runbook::read_parameters(declaration_, sources, pattern_matcher(*vm_));
  if (!params) return std::move(params).error();
  params_ = std::move(*params);
  redactor_->add_secrets_of(params_);
  if (!previous_) resolve_paths();
  return Unit{};
}

// A path that a person typed starts where they are; one that the runbook has as its default, beside the runbook.
void Run::resolve_paths() {
  std::error_code error;
  const std::string here = std::filesystem::current_path(error).string();
  for (const Param& param : declaration_.params) {
    const Value& given = params_[param.name];
    if (param.type != ParamType::kPath || !given.is_string() || given.as_string().starts_with("/")) continue;
    const std::string& base = given == param.fallback ? source_.directory : here;
    params_.set(param.name, std::filesystem::path(cat(base, "/", given.as_string())).lexically_normal().string());
  }
}

Status Run::open_journal() {
  if (dry_run() || options_.spec) return Unit{};
  journal::RunRecord record;
  record.id = previous_ ? previous_->record.id : journal::new_run_id();
  record.file = source_.path;
  record.file_hash = previous_ || !source_.path.empty() ? journal::sha256(source_.text) : "";
  record.summary = declaration_.summary;
  record.mode = to_string(options_.mode);
  record.params = with_fleet_options(params_, natives_.fleet);
  record.permissions = declaration_.asked_for();
  record.started = started_;
  record.version = RUNBOOK_VERSION;
  const std::string directory = options_.state_directory.empty() ? journal::state_directory() : options_.state_directory;
  events_.set_run(record.id);
  const std::string id = record.id;
  journal_ = std::make_unique<journal::Journal>(loop_, directory, std::move(record),
                                                [this](const std::string& text) { return redactor_->redact(text); });
  const auto furnish = [&](std::int64_t attempt) {
    gate_.furnish([&](World& world) { world.provide(std::make_shared<RunIdentity>(id, attempt)); });
  };
  if (!previous_) {
    furnish(1);
    return Unit{};
  }
  Status opened = Unit{};
  wait_for([this](Callback<void(Status)> done) { return journal_->open(std::move(done)); }, opened);
  RUNBOOK_TRY(std::move(opened));
  // Read again now that nobody else is at this run.
  auto reader = journal::Reader::open(directory);
  if (!reader) return std::move(reader).error();
  auto run = reader->load(id);
  if (!run) return std::move(run).error();
  previous_ = std::move(*run);
  furnish(previous_->attempts.empty() ? 1 : previous_->attempts.back().attempt);
  return Unit{};
}

secrets::SecretStore Run::secret_store() const {
  secrets::SecretPlaces places;
  places.directory = source_.directory;
  places.project = find_project(source_.directory);
  if (!setting_.secrets) return secrets::SecretStore(places);
  std::vector<std::unique_ptr<secrets::SecretProvider>> providers;
  providers.push_back(std::make_unique<GivenSecrets>(*setting_.secrets));
  return secrets::SecretStore(std::move(providers));
}

Status Run::resolve_secrets() {
  std::vector<std::string> names;
  for (const DeclaredSecret& secret : declaration_.secrets) names.push_back(secret.name);
  if (names.empty()) return Unit{};
  auto found = secret_store().resolve(names);
  if (!found) return std::move(found).error();
  for (const auto& [name, secret] : *found) redactor_->add_secrets_of(secret);
  natives_.secrets = std::move(*found);
  return Unit{};
}

Status Run::take_locks() {
  if (dry_run() || declaration_.locks.empty()) return Unit{};
  const std::string directory = options_.state_directory.empty() ? journal::state_directory() : options_.state_directory;
  RUNBOOK_TRY(journal::prepare_directory(directory));
  // In order of their names: two runs that want the same locks cannot each hold what the other waits for.
  std::set<std::string> names;
  for (const std::string& lock : declaration_.locks) {
    auto name = substitute(lock, params_);
    if (!name) return std::move(name).error();
    names.insert(std::move(*name));
  }
  for (const std::string& name : names) {
    journal::LockRecord record;
    record.name = name;
    record.file = source_.path;
    Status taken = Unit{};
    wait_for(
        [&](Callback<void(Status)> done) {
          return journal::acquire_lock(loop_, directory, record, options_.lock_wait,
                                       [this, done = std::move(done)](Result<journal::Lock> lock) mutable {
                                         if (!lock) return done(std::move(lock).error());
                                         locks_.push_back(std::move(*lock));
                                         done(Unit{});
                                       });
        },
        taken);
    RUNBOOK_TRY(std::move(taken));
  }
  return Unit{};
}

// What people look up later in `runbook logs`.
void Run::record(const Value& event) {
  if (!journal_) return;
  const std::string& kind = event["event"].as_string();
  journal::LineRecord line;
  if (kind == "print") {
    line.stream = "print";
    line.text = event["text"].as_string();
  } else if (kind == "output") {
    line.stream = event["stream"].as_string("stdout");
    line.text = event["line"].as_string();
    line.step = event["step"].as_string();
    line.effect = static_cast<std::uint64_t>(event["effect"].as_int());
  } else if (kind == "log") {
    line.stream = "log";
    line.text = cat(event["level"].as_string(), " ", event["message"].as_string());
  } else {
    return;
  }
  line.time = event["time"].as_number();
  journal_->line(std::move(line));
}

RunReport Run::refuse(Error error) {
  RunReport report;
  report.state = "refused";
  report.exit = exit_status(error);
  if (report.exit == exit_code::kFailed) report.exit = exit_code::kUsage;
  report.error = std::move(error);
  return finish(std::move(report));
}

RunReport Run::run_main() {
  Steps::Setup setup;
  setup.mode = options_.mode;
  setup.journal = journal_.get();
  setup.previous = previous_ ? &*previous_ : nullptr;
  setup.redo.insert(options_.redo.begin(), options_.redo.end());
  setup.accept.insert(options_.accept.begin(), options_.accept.end());
  steps_ = std::make_unique<Steps>(events_, std::move(setup));
  step_host_.steps = steps_.get();
  if (auto known = check_step_flags(); !known) return refuse(std::move(known).error());
  if (auto added = add_filters(); !added) return refuse(std::move(added).error());
  if (cancelled_) return refuse(Error("cancelled", "cancelled before it began"));
  if (options_.spec) return run_spec();
  Value start = Value::object({{"event", "run.start"}, {"file", source_.name}, {"mode", to_string(dry_run() ? Mode::kDryRun : options_.mode)}, {"plain", plain_}});
  if (!declaration_.summary.empty()) start.set("summary", declaration_.summary);
  if (params_.is_object()) start.set("params", params_);
  events_.emit(std::move(start));
  Status parsed = Unit{};
  auto task = vm_->start([&](lua_State* L) {
    if (plain_) {
      parsed = vm_->load(L, source_.text, source_.name);
      if (!parsed) lua_pushcfunction(L, [](lua_State*) { return 0; });
      return 0;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, declared_.run_ref);
    script::push_value(L, params_.is_object() ? params_ : Value(Value::Object{}));
    return 1;
  });
  if (!parsed) return refuse(std::move(parsed).error());
  if (!task) return refuse(std::move(task).error());
  task_ = *task;
  if (!vm_->run_until_finished(*task_)) {
    if (*setting_.killed) return killed();
    stalled_ = true;
    vm_->scheduler().cancel(*task_);
    vm_->run_until_finished(*task_);
  }
  return conclude(*task_);
}

// As if the process had died: no event, no record, no way back.
RunReport Run::killed() const {
  RunReport report;
  report.id = journal_ ? journal_->run().id : "";
  report.state = "killed";
  report.exit = exit_code::kInternal;
  return report;
}

std::vector<Access> Run::touched() const { return asked_ ? asked_->touched() : std::vector<Access>{}; }

RunReport Run::conclude(script::Task& task) {
  RunReport report;
  std::optional<Error> error = task.error;
  if (stalled_) error = Error("test.stalled", "the run waits for something that never happens", "no timer is set and no simulator is at work");
  if (!error && plain_ && declared_.table) {
    error = Error("declaration.invalid", "the file came to declare a runbook only while it ran", "write: return rb.runbook { ... }");
  }
  if (options_.mode == Mode::kUndo) return conclude_undo(std::move(error));
  // Whoever gave --limit must not believe that it held.
  if (!error && natives_.fleet.has("hosts") && !natives_.hosts_chosen) {
    error = Error("hosts.unused", "--limit names hosts, but the runbook asked no inventory for any: it did what it does without", "inventory.load():list() heeds it");
  }
  if (error && error->code == "plan.unknown") {
    end_plan(*error);
    error.reset();
  }
  if (!error) {
    report.state = dry_run() ? "planned" : "done";
    return finish(std::move(report));
  }
  report.state = cancelled_ ? "cancelled" : "failed";
  report.exit = cancelled_ ? exit_code::kInterrupted : exit_status(*error);
  // "Nothing was started" can no longer be said.
  const auto made = [](const journal::EffectRecord& effect) { return effect.changed || effect.state != State::kDone; };
  if (report.exit == exit_code::kUsage && std::any_of(made_.begin(), made_.end(), made)) report.exit = exit_code::kFailed;
  report.error = std::move(error);
  const std::string policy = options_.on_failure.value_or(declaration_.on_failure);
  if (policy == "undo" && !dry_run() && (steps_->any() || !made_.empty())) {
    if (auto failure = run_undo()) {
      report.error->context["undo"] = failure->message;
    } else {
      report.error->context["undo"] = not_put_back_.empty() ? "undone" : cat("undone, but for ", join(not_put_back_, ", "));
    }
  }
  return finish(std::move(report));
}

void Run::end_plan(const Error& error) {
  plan_->end(error.where, error.message);
  events_.emit(Value::object({{"event", "plan.end"}, {"where", error.where}, {"because", error.message}}));
}

// The earlier run has been told again. It may have ended in an error of its own, which comes again here and is no reason
// not to undo what came before it; what could not be reached is named.
RunReport Run::conclude_undo(std::optional<Error> error) {
  RunReport report;
  const bool broken = cancelled_ || vm_->sandbox().verdict() != script::Verdict::kNone;
  if (!broken) {
    std::optional<Error> replay;
    if (error && error->code != "undo.stop") replay = std::move(error);
    error = run_undo();
    if (error && dry_run() && error->code == "plan.unknown") {
      end_plan(*error);
      error.reset();
    } else if (!error) {
      error = not_undone(std::move(replay));
    }
  }
  report.state = cancelled_ ? "cancelled" : error ? "failed" : dry_run() ? "planned" : "undone";
  report.exit = cancelled_ ? exit_code::kInterrupted : broken && error ? exit_status(*error) : error ? exit_code::kFailed : exit_code::kOk;
  report.error = std::move(error);
  return finish(std::move(report));
}

std::optional<Error> Run::not_undone(std::optional<Error> replay) const {
  std::vector<std::string> left;
  for (const journal::StepRecord& step : previous_->steps) {
    const bool wants = step.undo && (step.state == State::kDone || step.state == State::kStarted || step.state == State::kFailed);
    if (wants && !steps_->undone(step.path)) left.push_back(cat("'", step.path, "'"));
  }
  const std::string changes = not_put_back_.empty() ? "" : cat("these changes could not be put back: ", join(not_put_back_, ", "));
  if (left.empty() && changes.empty()) return std::nullopt;
  if (left.empty()) return Error("undo.incomplete", changes, "put them back by hand");
  Error error("undo.incomplete",
              cat("not undone, because the run did not come to them this time: ", join(left, ", "), changes.empty() ? "" : "; ", changes),
              "the file or the world has changed since then; undo them by hand");
  return replay ? std::move(error).because(std::move(*replay)) : error;
}

// A misspelt step would otherwise be neither done again nor taken as done, without a word.
Status Run::check_step_flags() const {
  for (const auto* paths : {&options_.redo, &options_.accept}) {
    for (const std::string& path : *paths) {
      if (previous_ && previous_->step(path)) continue;
      std::vector<std::string> known;
      if (previous_) {
        for (const journal::StepRecord& step : previous_->steps) known.push_back(step.path);
      }
      const std::string near = did_you_mean(path, known);
      return Error("usage.step", cat(paths == &options_.redo ? "--redo" : "--accept", " '", path, "': the run has no such step",
                                     near.empty() ? "" : cat(", did you mean '", near, "'?")));
    }
  }
  return Unit{};
}

std::optional<Error> Run::run_undo() {
  outside_ = standing_changes(all_effects(), "");
  cancelled_ = false;
  if (resume_) resume_->stand_aside();
  if (confirm_) confirm_->set_yes(true);
  if (radius_) radius_->stand_aside();
  auto task = vm_->start([&](lua_State* L) {
    push_undo(L, step_host_);
    script::push_value(L, params_.is_object() ? params_ : Value(Value::Object{}));
    return 1;
  });
  if (!task) return std::move(task).error();
  task_ = *task;
  vm_->run_until_finished(*task_);
  return task_->error;
}

RunReport Run::finish(RunReport report) {
  const bool kept = options_.replay.empty() && steps_ && (steps_->any() || previous_ || !made_.empty());  // a replay's goes with it
  if (report.exit == 0 && vm_ && vm_->sandbox().verdict() != script::Verdict::kNone) {
    report.exit = script::exit_status(vm_->sandbox().verdict());
  }
  if (journal_) {
    const State state = report.state == "done"        ? State::kDone
                        : report.state == "undone"    ? State::kUndone
                        : report.state == "cancelled" ? State::kCancelled
                                                      : State::kFailed;
    Status written = Unit{};
    wait_for([&](Callback<void(Status)> done) { return journal_->run_end(state, report.exit, report.error, std::move(done)); }, written);
    if (!written && report.exit == 0) {
      report.state = "failed";
      report.exit = exit_code::kFailed;
      report.error = std::move(written).error();
    }
    report.id = journal_->run().id;
  }
  const Tally& tally = events_.tally();
  report.changed = tally.changed;
  report.unchanged = tally.unchanged;
  report.planned = tally.planned;
  if (dry_run()) report.plan = plan_->to_value();
  if (options_.propose && !options_.spec) report.permissions = proposal();
  Value end = Value::object({{"event", "run.end"},
                             {"state", report.state},
                             {"exit", report.exit},
                             {"changed", report.changed},
                             {"unchanged", report.unchanged},
                             {"planned", report.planned},
                             {"failed", tally.failed},
                             {"plain", plain_},
                             {"seconds", journal::wall_clock() - started_}});
  if (report.error) {
    end.set("error", error_to_value(*report.error));
    if (steps_ && !steps_->failed_title().empty()) end.set("step", steps_->failed_title());
    if (kept && journal_ && !plain_ && report.state != "refused") {
      end.set("resume", cat("runbook resume ", report.id));
      if (report.error->context.count("undo") == 0) end.set("undo", cat("runbook undo ", report.id));
    }
  }
  events_.emit(std::move(end));
  return report;
}

void Run::cancel() {
  if (spec_ && spec_->running) spec_->running->cancel();
  if (task_ && task_->finished) return;
  cancelled_ = true;
  if (task_) vm_->scheduler().cancel(*task_);
}

bool Run::wait_for(const std::function<Cancel(Callback<void(Status)>)>& start, Status& status) {
  bool finished = false;
  start([&](Status given) {
    status = std::move(given);
    finished = true;
  });
  while (!finished) loop_.turn();
  return status.ok();
}

}  // namespace runbook
