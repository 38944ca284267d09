// SPDX-License-Identifier: Apache-2.0
// Containers: limits and restart policy of one that is there, without making it anew.
#include <cmath>

#include "host/core/text.h"
#include "modules/docker/container/container_spec.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

namespace {

constexpr const char* kKept[] = {"Memory", "MemorySwap", "NanoCpus", "PidsLimit", "RestartPolicy"};

// What is wanted, as the engine names it.
Result<Value> wanted(const Value& args) {
  Value out = Value::Object{};
  const std::pair<const char*, const char*> plain[] = {{"memory", "Memory"}, {"memory_swap", "MemorySwap"}, {"pids_limit", "PidsLimit"}};
  for (const auto& [key, name] : plain) {
    if (!args[key].is_null()) out.set(name, args[key]);
  }
  if (!args["cpus"].is_null()) out.set("NanoCpus", static_cast<std::int64_t>(std::llround(args["cpus"].as_number() * 1e9)));
  if (!args["restart"].is_null()) {
    auto policy = restart_policy(args["restart"].as_string());
    if (!policy) return policy;
    if (!policy->has("MaximumRetryCount")) policy->set("MaximumRetryCount", 0);
    out.set("RestartPolicy", std::move(*policy));
  }
  if (out.members().empty()) return Error("argument.invalid", "there is nothing to update: memory, memory_swap, cpus, pids_limit or restart");
  return out;
}

bool same(const Value& is, const Value& want) {
  if (!want.is_object()) return is.as_int() == want.as_int();
  return is["Name"].as_string() == want["Name"].as_string() && is["MaximumRetryCount"].as_int() == want["MaximumRetryCount"].as_int();
}

// The engine refuses memory above the limit of memory and swap together. Where that is the engine's own (twice the memory;
// none of either), it goes along.
void with_swap(Value& body, const Value& host) {
  const bool own = host["MemorySwap"].as_int() == 2 * host["Memory"].as_int();
  if (body.has("Memory") && !body.has("MemorySwap") && own) body.set("MemorySwap", 2 * body["Memory"].as_int());
}

void send(const Job::Ptr& job, Value body) {
  Call ask = container_call("POST", job->name(), "/update");
  ask.body = std::move(body);
  job->json(std::move(ask), [job = job.get()](const Value&) { job->finish(changed(true, job->name())); });
}

Cancel update(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto want = wanted(job->args());
    if (!want) return job->fail(std::move(want).error());
    job->json(inspect_container(job->name()), [job, want = std::move(*want)](const Value& found) {
      Value body = Value::Object{};
      for (const auto& [key, value] : want.members()) {
        if (!same(found["HostConfig"][key], value)) body.set(key, value);
      }
      if (body.members().empty()) return job->finish(changed(false, job->name()));
      with_swap(body, found["HostConfig"]);
      send(job, std::move(body));
    });
  });
}

Cancel probe(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto want = wanted(job->args());
    if (!want) return job->fail(std::move(want).error());
    job->json(inspect_container(job->name()), [job = job.get(), want = std::move(*want)](const Value& found) {
      bool is_so = true;
      for (const auto& [key, value] : want.members()) is_so = is_so && same(found["HostConfig"][key], value);
      job->finish(Value::object({{"done", is_so}, {"result", changed(true, job->name())}}));
    });
  });
}

Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job = job.get()](const Value& found) {
      Value out = Value::Object{};
      for (const char* key : kKept) {
        if (!found["HostConfig"][key].is_null()) out.set(key, found["HostConfig"][key]);
      }
      job->finish(std::move(out));
    });
  });
}

Cancel restore(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto want = wanted(job->args());
    if (!want) return job->fail(std::move(want).error());
    Value body = Value::Object{};
    const Value& before = job->args()["before"];
    for (const auto& [key, value] : want->members()) {
      if (before.has(key)) body.set(key, before[key]);
    }
    if (body.has("Memory") && before.has("MemorySwap")) body.set("MemorySwap", before["MemorySwap"]);
    send(job, std::move(body));
  });
}

}  // namespace

const Operation kContainerUpdate = {
    .name = "docker.container_update",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"memory", Type::kSize},
               {"memory_swap", Type::kSize},
               {"cpus", Type::kNumber},
               {"pids_limit", Type::kInteger},
               {"restart", Type::kString}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.update", args["name"].as_string())}; },
    .perform = update,
    .describe = [](const Value& args) { return cat("update container '", args["name"].as_string(), "'"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe,
    .settles = true,
    .capture = capture,
    .revert = restore,
};

}  // namespace runbook::docker
