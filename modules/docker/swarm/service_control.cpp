// SPDX-License-Identifier: Apache-2.0
// Services: how many tasks, back to the former description, all tasks anew.
#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/swarm/services.h"

namespace runbook::docker {

namespace {

std::string quoted(const Value& args) { return "'" + args["name"].as_string() + "'"; }

Result<Value> scaled(const Value& raw, const Value& args) {
  Value spec = raw["Spec"];
  if (!spec["Mode"].has("Replicated")) {
    return Error("argument.invalid", cat("service ", quoted(args), " is not replicated: it has no number of tasks"));
  }
  const std::int64_t replicas = args["replicas"].as_int();
  if (replicas < 0) return Error("argument.invalid", cat("service ", quoted(args), " cannot have ", replicas, " tasks"));
  if (spec["Mode"]["Replicated"]["Replicas"].as_int(1) == replicas) return Value();
  spec.set("Mode", Value::object({{"Replicated", Value::object({{"Replicas", replicas}})}}));
  return spec;
}

void finish_with(const Job::Ptr& job, std::function<Result<Value>(const Value& raw)> body, Query query = {}) {
  update_service(job, std::move(body), std::move(query), [job](Value raw, bool yes) { job->finish(changed_service(raw, yes)); });
}

Cancel scale(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    finish_with(job, [job = job.get()](const Value& raw) { return scaled(raw, job->args()); });
  });
}

Cancel probe_scale(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kServiceNoun, job->name(), [job = job.get()](Value raw) {
      const Value& replicas = raw["Spec"]["Mode"]["Replicated"]["Replicas"];
      const bool so = !replicas.is_null() && replicas == job->args()["replicas"];
      Value out = Value::object({{"done", so}});
      if (so) out.set("result", changed_service(raw, true));
      job->finish(std::move(out));
    });
  });
}

Cancel roll_back(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    finish_with(
        job,
        [job = job.get()](const Value& raw) -> Result<Value> {
          if (!raw["PreviousSpec"].is_null()) return raw["Spec"];
          return Error("docker.conflict", cat("service ", quoted(job->args()), " has no former description to go back to"));
        },
        {{"rollback", "previous"}});
  });
}

Cancel restart(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    finish_with(job, [](const Value& raw) -> Result<Value> {
      Value spec = raw["Spec"];
      Value task = spec["TaskTemplate"];
      task.set("ForceUpdate", task["ForceUpdate"].as_int() + 1);
      spec.set("TaskTemplate", std::move(task));
      return spec;
    });
  });
}

}  // namespace

const Operation kServiceScale = {
    .name = "docker.service_scale",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"replicas", Type::kInteger, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kServiceNoun, "scale"); },
    .perform = scale,
    .describe =
        [](const Value& args) { return cat("give service ", quoted(args), " ", args["replicas"].as_int(), " tasks"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe_scale,
    .settles = true,
    .capture = capture_service,
    .revert = restore_service,
};

const Operation kServiceRollback = {
    .name = "docker.service_rollback",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kServiceNoun, "rollback"); },
    .perform = roll_back,
    .describe = [](const Value& args) { return cat("roll service ", quoted(args), " back"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .capture = capture_service,
    .revert = restore_service,
};

const Operation kServiceRestart = {
    .name = "docker.service_restart",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kServiceNoun, "restart"); },
    .perform = restart,
    .describe = [](const Value& args) { return cat("make all tasks of service ", quoted(args), " anew"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
};

}  // namespace runbook::docker
