// SPDX-License-Identifier: Apache-2.0
#include "host/run/recorded_run.h"

#include <cstdlib>
#include <filesystem>
#include <set>

#include "host/core/files.h"
#include "host/core/text.h"
#include "host/gate/filters/record_filter.h"
#include "host/net/simulated_http.h"
#include "host/run/fleet_options.h"
#include "host/run/run.h"

namespace runbook {
namespace {

/// Writes down what each call touches, which may depend on links and programs that are not there when it is replayed.
class RecordAccessFilter final : public Filter {
 public:
  RecordAccessFilter(std::shared_ptr<Redactor> redactor, std::shared_ptr<CassetteWriter> cassette)
      : redactor_(std::move(redactor)), cassette_(std::move(cassette)) {}

  Cancel apply(EffectCall& call, Next next, Done done) override {
    if (call.rehearsal) return next(std::move(done));
    redactor_->add_secrets_of(call.args);
    Value args = to_recording(call.args, *redactor_);
    const std::string digest = call_digest(recorded_name(call), args);
    if (written_.insert(digest).second) {
      Value line = redactor_->redact_value(access_line(digest, call.access()));
      // What a composite is made of is recorded, but not how it was called.
      if (call.composite()) line.set("composite", Value::object({{"operation", recorded_name(call)}, {"args", std::move(args)}}));
      cassette_->append(to_json(line) + "\n");
    }
    return next(std::move(done));
  }

 private:
  std::shared_ptr<Redactor> redactor_;
  std::shared_ptr<CassetteWriter> cassette_;
  std::set<std::string> written_;
};

/// Tells what a call touches as it was then, and refuses at once what was not recorded.
class ReplayAccessFilter final : public Filter {
 public:
  ReplayAccessFilter(std::shared_ptr<const Cassette> cassette, std::shared_ptr<Redactor> redactor, std::shared_ptr<ReplayFilter> replay)
      : cassette_(std::move(cassette)), redactor_(std::move(redactor)), replay_(std::move(replay)) {}

  Cancel apply(EffectCall& call, Next next, Done done) override {
    if (call.rehearsal) {  // what was not performed was not recorded
      done(Value(Value::Unknown{cat("the result of ", call.operation->name, ", which was only rehearsed")}));
      return {};
    }
    redactor_->add_secrets_of(call.args);
    const std::string digest = call_digest(recorded_name(call), to_recording(call.args, *redactor_));
    const auto found = cassette_->access.find(digest);
    asked_.insert(digest);
    if (found == cassette_->access.end()) {
      done(replay_->refuse(call, call.composite() ? next_composite(recorded_name(call)) : Value()));
      return {};
    }
    call.touched = found->second;
    return next(std::move(done));
  }

 private:
  // How the first one was called that has not come yet.
  Value next_composite(const std::string& name) const {
    for (const auto& [digest, composite] : cassette_->composites) {
      if (asked_.count(digest) == 0 && composite["operation"].as_string() == name) return composite["args"];
    }
    return {};
  }

  std::set<std::string> asked_;
  std::shared_ptr<const Cassette> cassette_;
  std::shared_ptr<Redactor> redactor_;
  std::shared_ptr<ReplayFilter> replay_;
};

/// A directory that goes when it is let go of.
struct Place {
  Place() {
    const char* base = getenv("TMPDIR");
    path = cat(base && *base ? base : "/tmp", "/runbook-replay-XXXXXX");
    if (!mkdtemp(path.data())) path.clear();
  }
  ~Place() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

// Where the recording has an answer nothing asks this, and where it has none, nothing may.
Cancel nothing_there(Value, std::function<void(Value)>, Done done) {
  done(Error("replay.mismatch", "there is nothing but the recording"));
  return {};
}

std::shared_ptr<World> empty_world(Loop& loop, const std::vector<const Module*>& modules, const std::string& root) {
  auto world = Gate::make_world(loop);
  world->provide<files::Tree>(std::make_shared<files::Tree>(root));
  world->provide<HttpClient>(std::make_shared<SimulatedHttp>(*world, nothing_there));
  for (const Module* module : modules) {
    if (module->simulate) module->simulate(*world, nothing_there);
  }
  return world;
}

bool tells_of_mismatch(const Error& error) {
  return error.code == "replay.mismatch" || (error.cause && tells_of_mismatch(*error.cause));
}

}  // namespace

std::function<Status()> record_run(RunSetting& setting, const RunOptions& options) {
  auto cassette = std::make_shared<std::shared_ptr<CassetteWriter>>();
  Value with = Value::object({{"fleet", fleet_options(options)}, {"allow", Value::strings(options.allow)}, {"deny", Value::strings(options.deny)},
                              {"limits", Value::strings(options.limits)}, {"on_failure", options.on_failure.value_or("")}});
  setting.outermost = [cassette, with = std::move(with), mode = options.mode, path = options.record](const RunFacts& facts) -> Result<std::shared_ptr<Filter>> {
    auto created = CassetteWriter::create(path);
    if (!created) return std::move(created).error();
    *cassette = *created;
    CassetteHeader header;
    header.file = facts.file;
    header.file_hash = facts.file_hash;
    header.mode = to_string(mode);
    header.params = to_recording(facts.params, *facts.redactor);
    header.secrets = facts.secrets;
    header.options = facts.redactor->redact_value(with);
    header.time = facts.started;
    (*created)->append(to_json(header.to_value()) + "\n");
    return std::shared_ptr<Filter>(std::make_shared<RecordAccessFilter>(facts.redactor, *created));
  };
  setting.innermost = [cassette](const RunFacts& facts) -> std::shared_ptr<Filter> {
    return std::make_shared<RecordFilter>(facts.redactor, [writer = *cassette](const std::string& line) { writer->append(line); });
  };
  return [cassette] { return *cassette ? (*cassette)->status() : Status(Unit{}); };
}

void Replay::prepare(RunOptions& options, RunSetting& setting) {
  const CassetteHeader& header = cassette_->header;
  if (options.file.empty()) options.file = header.file;
  options.mode = header.mode == to_string(Mode::kDryRun) ? Mode::kDryRun : Mode::kApply;
  Value params = Value::Object{};
  for (const auto& [name, value] : header.params.members()) params.set(name, from_recording(value));
  for (const auto& [name, value] : options.params_file.members()) params.set(name, value);
  options.params_file = std::move(params);
  for (const auto& [key, list] : {std::pair{"allow", &options.allow}, {"deny", &options.deny}, {"limits", &options.limits}}) {
    const auto recorded = header.options[key].as_strings();
    list->insert(list->begin(), recorded.begin(), recorded.end());
  }
  keep_fleet_options(options, header.options["fleet"]);
  if (const std::string& policy = header.options["on_failure"].as_string(); !policy.empty() && !options.on_failure) options.on_failure = policy;
  options.yes = true;  // nothing is lost
  if (!setting.secrets) setting.secrets.emplace();
  for (const std::string& name : header.secrets) setting.secrets->emplace(name, Redactor::kMark);
  // The inner one is made first: the outer one speaks for it.
  setting.outermost = [this](const RunFacts& facts) -> Result<std::shared_ptr<Filter>> {
    filter_ = std::make_shared<ReplayFilter>(cassette_->entries, facts.redactor);
    return std::shared_ptr<Filter>(std::make_shared<ReplayAccessFilter>(cassette_, facts.redactor, filter_));
  };
  setting.innermost = [this](const RunFacts&) -> std::shared_ptr<Filter> { return filter_; };
}

void Replay::conclude(RunReport& report) const {
  if (!filter_) return;
  report.unasked = filter_->left();
  const auto& mismatch = filter_->first_mismatch();
  const bool told = report.error && tells_of_mismatch(*report.error);
  if (mismatch && !told) {
    report.error = *mismatch;
    report.error->context["caught"] = "the script went on";
  }
  if (!mismatch && !report.error && !report.unasked.empty()) {
    report.error = Error("replay.unasked", cat(report.unasked.size(), report.unasked.size() == 1 ? " recorded call was" : " recorded calls were",
                                               " not asked for, first: ", report.unasked.front()));
  }
  if (!report.error || report.exit != exit_code::kOk) return;
  report.state = "failed";
  report.exit = exit_code::kFailed;
}

RunReport replay_run(Loop& loop, const RunOptions& given, const std::vector<const Module*>& modules,
                     const std::function<RunReport(const RunOptions&, RunSetting)>& run) {
  RunReport report;
  report.state = "refused";
  report.exit = exit_code::kUsage;
  auto cassette = read_cassette(given.replay);
  const Place place;
  std::error_code failed;
  const bool made = !place.path.empty() && std::filesystem::create_directories(place.path + "/root", failed);
  if (!cassette || !made) {
    report.error = cassette ? Error("replay.directory", "cannot make a directory for the replay") : std::move(cassette).error();
    return report;
  }
  Replay replay(std::move(*cassette));
  RunOptions options = given;
  RunSetting setting;
  setting.world = empty_world(loop, modules, place.path + "/root");
  options.state_directory = place.path + "/state";
  replay.prepare(options, setting);
  loop.begin_virtual_time(replay.header().time);
  report = run(options, std::move(setting));
  loop.end_virtual_time();
  replay.conclude(report);
  return report;
}

}  // namespace runbook
