// SPDX-License-Identifier: Apache-2.0
//
// From options to a declaration and its parameters.
#include <filesystem>

#include "host/core/text.h"
#include "host/journal/directory.h"
#include "host/run/fleet_options.h"
#include "host/run/parameters.h"
#include "host/run/run.h"

namespace runbook {

using journal::State;

namespace {

bool same_limits(const Limits& a, const Limits& b) {
  return a.cpu_seconds == b.cpu_seconds && a.memory_bytes == b.memory_bytes && a.output_bytes == b.output_bytes && a.tasks == b.tasks &&
         a.instructions == b.instructions;
}

}  // namespace

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

}  // namespace runbook
