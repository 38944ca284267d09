// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_place.h"

#include "host/core/files.h"
#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/transfer.h"
#include "runbook/remote_shell.h"

namespace runbook::machine {

namespace {

// What a call touches, in the words of the route: of a path what its text says, because where links lead is only known
// there.
class Touched {
 public:
  Touched(World& world, const Value& args)
      : world_(world), target_(args["target"]), route_(world.service<ShellRoutes>().find(target_["kind"].as_string())) {}

  Touched& path(const char* verb, const Value& path) {
    return add(verb, path.is_string() && path.as_string().starts_with('/') ? files::normalise(path.as_string())
                                                                           : path.as_string());
  }
  Touched& program(const Value& argv) {
    const std::string name = argv.items().empty() ? "" : argv.items()[0].as_string();
    return add("run", name.starts_with('/') ? files::normalise(name) : name);
  }
  Touched& process(const Value& name) { return add("run", name.is_string() ? cat("process:", name.as_string()) : ""); }
  Touched& here(std::vector<Access> touched) {
    touched_.insert(touched_.end(), touched.begin(), touched.end());
    return *this;
  }
  std::vector<Access> done() { return std::move(touched_); }

 private:
  Touched& add(const char* verb, const std::string& name) {
    return route_ ? here(route_->access(world_, target_, verb, name)) : *this;
  }
  World& world_;
  const Value& target_;
  const ShellRoute* route_;
  std::vector<Access> touched_;
};

class Shell final : public Place {
 public:
  std::vector<Access> access(World& world, Verb verb, const Value& args) const override {
    Touched touched(world, args);
    if (is_transfer(verb)) {
      const bool from = verb == Verb::kDownload || verb == Verb::kDownloadVerify || verb == Verb::kFileFetch;
      const bool looks = verb == Verb::kUploadVerify || verb == Verb::kTreeVerify;
      touched.path(from || looks ? "read" : "write", args[from ? "from" : "to"]);
      return touched.here(transfer_access_here(world, verb, args)).done();
    }
    switch (verb) {
      case Verb::kRun:
      case Verb::kQuery: return touched.program(args["argv"]).done();
      case Verb::kRead:
      case Verb::kStat:
      case Verb::kFind:
      case Verb::kList:
      case Verb::kChecksum:
      case Verb::kFileVerify: return touched.path("read", args["path"]).done();
      case Verb::kCopy: return touched.path("read", args["from"]).path("write", args["to"]).done();
      case Verb::kRename: return touched.path("write", args["from"]).path("write", args["to"]).done();
      case Verb::kTemplateEnsure:
        touched.path("write", args["path"]);
        // The template lies beside the runbook.
        if (args.has("source"))
          touched.here(local_place().access(world, Verb::kRead, Value::object({{"path", args["source"]}})));
        return touched.done();
      case Verb::kProcessGet:
      case Verb::kProcessFind:
      case Verb::kProcessVerify: return touched.process(args["name"]).done();
      case Verb::kProcessStop: {
        touched.process(args["name"]);
        const Value& before = args["before"];
        if (before.has("argv")) touched.program(before["argv"]);
        if (before.has("log")) touched.path("write", before["log"]);
        return touched.done();
      }
      case Verb::kProcessStart:
      case Verb::kProcessEnsure:
        touched.process(args["name"]).program(args["argv"]);
        if (args.has("log")) touched.path("write", args["log"]);
        return touched.done();
      default: return touched.path("write", args["path"]).done();
    }
  }

  Cancel act(Phase phase, Verb verb, Invocation call, Done done) const override {
    if (is_transfer(verb)) return shell_transfer(phase, verb, std::move(call), std::move(done));
    switch (verb) {
      case Verb::kRun:
        if (call.args.has("job")) return shell_job(std::move(call), std::move(done));
        [[fallthrough]];
      case Verb::kQuery: return shell_program(verb, std::move(call), std::move(done));
      case Verb::kProcessStart:
      case Verb::kProcessGet:
      case Verb::kProcessFind:
      case Verb::kProcessVerify:
      case Verb::kProcessStop: return shell_process(phase, verb, std::move(call), std::move(done));
      default: break;
    }
    switch (phase) {
      case Phase::kProbe: return shell_look(phase, verb, std::move(call), std::move(done));
      case Phase::kCapture: return shell_capture(verb, std::move(call), std::move(done));
      case Phase::kRevert: return shell_revert(verb, std::move(call), std::move(done));
      default: break;
    }
    switch (verb) {
      case Verb::kRead:
      case Verb::kStat:
      case Verb::kFind:
      case Verb::kList:
      case Verb::kChecksum:
      case Verb::kFileVerify: return shell_look(phase, verb, std::move(call), std::move(done));
      default: return shell_change(verb, std::move(call), std::move(done));
    }
  }
};

}  // namespace

const Place& shell_place() {
  static const Shell place;
  return place;
}

const Place* find_place(World& world, const Value& target) {
  return world.service<Places>().find(world, target["kind"].as_string());
}

const Place* Places::find(World& world, const std::string& kind) const {
  if (kind == "local") return &local_place();
  return world.service<ShellRoutes>().find(kind) ? &shell_place() : nullptr;
}

}  // namespace runbook::machine
