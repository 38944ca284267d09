// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/local.h"

#include <algorithm>
#include <memory>

#include "host/core/process.h"
#include "host/core/text.h"
#include "modules/machine/transfer.h"

namespace runbook::machine {

using files::Last;

Error own(Error error) {
  for (const char* prefix : {"file.", "process."}) {
    if (error.code.starts_with(prefix)) error.code.replace(0, std::string_view(prefix).size(), "machine.");
  }
  return error;
}

Result<std::string> Reach::resolve(const Value& path, Last last, const char* kind) const {
  auto real = files_->resolve(path.as_string(), last);
  if (!real) return own(std::move(real).error());
  const bool same = allowed_.empty() || std::any_of(allowed_.begin(), allowed_.end(), [&](const Access& access) {
    return access.target == *real && (access.kind == kind || access.kind == "write");
  });
  if (!same) {
    return Error("machine.moved", cat("'", printable(path.as_string()), "' now leads to '", printable(*real),
                                      "', which is not what was permitted"),
                 "something else changes this path at the same time");
  }
  return real;
}

Result<std::string> Reach::read(const Value& path, Last last) const { return resolve(path, last, "read"); }
Result<std::string> Reach::write(const Value& path) const { return resolve(path, Last::kKeep, "write"); }

Status Reach::program(const std::string& path) const {
  const bool same = allowed_.empty() || std::any_of(allowed_.begin(), allowed_.end(), [&](const Access& access) {
    return access.kind == "run" && access.target == path;
  });
  if (same) return Unit{};
  return Error("machine.moved", cat("the program is now '", printable(path), "', which is not what was permitted"));
}

namespace {

std::string where(World& world, const Value& path, Last last) {
  if (!path.is_string()) return {};
  auto real = world.service<files::Tree>().resolve(path.as_string(), last);
  return real ? std::move(*real) : files::normalise(path.as_string());
}

Access reads(World& world, const Value& path, bool follow = true) { return {"read", where(world, path, follow ? Last::kFollow : Last::kKeep), "", ""}; }
Access writes(World& world, const Value& path) { return {"write", where(world, path, Last::kKeep), "", ""}; }

Access runs(World& world, const Value& argv) {
  const std::string name = argv.items().empty() ? "" : argv.items()[0].as_string();
  auto program = find_program(name, world.service<files::Tree>());
  return {"run", program ? std::move(*program) : name, "", ""};
}

Access named(const Value& name) { return {"run", name.is_string() ? cat("process:", name.as_string()) : "", "", ""}; }

// Both sides are here.
std::vector<Access> transfer_access(World& world, Verb verb, const Value& args) {
  const bool looks = verb == Verb::kUploadVerify || verb == Verb::kDownloadVerify || verb == Verb::kTreeVerify;
  std::vector<Access> touched;
  if (args.has("from")) touched.push_back(reads(world, args["from"]));
  touched.push_back(looks ? reads(world, args["to"], false) : writes(world, args["to"]));
  return touched;
}

class Local final : public Place {
 public:
  std::vector<Access> access(World& world, Verb verb, const Value& args) const override {
    if (is_transfer(verb)) return transfer_access(world, verb, args);
    switch (verb) {
      case Verb::kRun:
      case Verb::kQuery: return {runs(world, args["argv"])};
      case Verb::kStat:
      case Verb::kFind: return {reads(world, args["path"], args["follow"].as_bool(true))};
      case Verb::kRead:
      case Verb::kList:
      case Verb::kChecksum: return {reads(world, args["path"])};
      case Verb::kFileVerify: return {reads(world, args["path"], false)};
      case Verb::kCopy: return {reads(world, args["from"]), writes(world, args["to"])};
      case Verb::kRename: return {writes(world, args["from"]), writes(world, args["to"])};
      case Verb::kTemplateEnsure: {
        std::vector<Access> touched = {writes(world, args["path"])};
        if (args.has("source")) touched.push_back(reads(world, args["source"]));
        return touched;
      }
      case Verb::kProcessGet:
      case Verb::kProcessFind: return {named(args["name"])};
      case Verb::kProcessStop: {
        std::vector<Access> touched = {named(args["name"])};
        // Reverting starts it again.
        const Value& before = args["before"];
        if (before.has("argv")) touched.push_back(runs(world, before["argv"]));
        if (before.has("log")) touched.push_back(writes(world, before["log"]));
        return touched;
      }
      case Verb::kProcessVerify: return {named(args["name"])};
      case Verb::kProcessStart:
      case Verb::kProcessEnsure: {
        std::vector<Access> touched = {named(args["name"]), runs(world, args["argv"])};
        if (args.has("log")) touched.push_back(writes(world, args["log"]));
        return touched;
      }
      default: return {writes(world, args["path"])};
    }
  }

  Cancel act(Phase phase, Verb verb, Invocation call, Done done) const override {
    if (is_transfer(verb)) return local_transfer(phase, verb, std::move(call), std::move(done));
    switch (verb) {
      case Verb::kRun:
      case Verb::kQuery: {
        if (call.args.has("job")) {
          done(Error("machine.unsupported", "a job is for machines that are reached through a shell",
                     "without 'job' the program runs here; process_ensure starts one that outlives the run"));
          return {};
        }
        const ProgramPlace place{call.world.shared<files::Tree>(), call.world.service<Processes>(), minimal_environment()};
        return program_run(verb, place, std::move(call), std::move(done));
      }
      case Verb::kProcessStart:
      case Verb::kProcessGet:
      case Verb::kProcessFind:
      case Verb::kProcessVerify:
      case Verb::kProcessStop: {
        Detached& detached = call.world.service<Detached>();
        return detached.act(phase, verb, std::move(call), std::move(done));
      }
      default: break;
    }
    Loop& loop = call.world.loop();
    auto job = [phase, verb, args = std::move(call.args), reach = Reach(call.world.shared<files::Tree>(), std::move(call.allowed))]() -> Result<Value> {
      switch (phase) {
        case Phase::kProbe: return file_probe(verb, args, reach);
        case Phase::kCapture: return file_capture(verb, args, reach);
        case Phase::kRevert: return file_revert(verb, args, reach);
        default: return file_perform(verb, args, reach);
      }
    };
    return loop.blocking<Value>(std::move(job), [done = std::move(done)](Result<Value> result) mutable {
      if (!result) return done(own(std::move(result).error()));
      done(std::move(result));
    });
  }
};

}  // namespace

std::vector<Access> transfer_access_here(World& world, Verb verb, const Value& args) {
  switch (verb) {
    case Verb::kDownloadVerify: return {reads(world, args["to"], false)};
    case Verb::kDownload:
    case Verb::kFileFetch: return {writes(world, args["to"])};
    case Verb::kTreeRemove: return {};
    default: return {reads(world, args["from"])};
  }
}

const Place& local_place() {
  static const Local place;
  return place;
}

}  // namespace runbook::machine
