// SPDX-License-Identifier: Apache-2.0
// What of the engine's disk is taken, and by what.
#include <algorithm>

#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

namespace {

Value sum(std::int64_t count, std::int64_t used, std::int64_t size, std::int64_t reclaimable) {
  return Value::object({{"count", count}, {"in_use", used}, {"size", size}, {"reclaimable", reclaimable}});
}

// The engine says -1 where it has not looked.
std::int64_t known(const Value& number) { return std::max<std::int64_t>(0, number.as_int()); }

Value images(const Value& raw) {
  std::int64_t used = 0;
  std::int64_t in_use = 0;
  for (const Value& image : raw["Images"].items()) {
    if (image["Containers"].as_int() <= 0) continue;
    ++used;
    in_use += known(image["Size"]) - known(image["SharedSize"]);
  }
  const std::int64_t size = known(raw["LayersSize"]);
  return sum(static_cast<std::int64_t>(raw["Images"].items().size()), used, size, std::max<std::int64_t>(0, size - in_use));
}

Value containers(const Value& raw) {
  std::int64_t used = 0;
  std::int64_t size = 0;
  std::int64_t free = 0;
  for (const Value& container : raw["Containers"].items()) {
    const bool running = container["State"].as_string() == "running" || container["State"].as_string() == "paused";
    used += running ? 1 : 0;
    size += known(container["SizeRw"]);
    free += running ? 0 : known(container["SizeRw"]);
  }
  return sum(static_cast<std::int64_t>(raw["Containers"].items().size()), used, size, free);
}

Value volumes(const Value& raw) {
  std::int64_t used = 0;
  std::int64_t size = 0;
  std::int64_t free = 0;
  for (const Value& volume : raw["Volumes"].items()) {
    const Value& usage = volume["UsageData"];
    used += usage["RefCount"].as_int() > 0 ? 1 : 0;
    size += known(usage["Size"]);
    free += usage["RefCount"].as_int() > 0 ? 0 : known(usage["Size"]);
  }
  return sum(static_cast<std::int64_t>(raw["Volumes"].items().size()), used, size, free);
}

Value build_cache(const Value& raw) {
  std::int64_t used = 0;
  std::int64_t size = 0;
  std::int64_t free = 0;
  for (const Value& entry : raw["BuildCache"].items()) {
    used += entry["InUse"].as_bool() ? 1 : 0;
    if (entry["Shared"].as_bool()) continue;
    size += known(entry["Size"]);
    free += entry["InUse"].as_bool() ? 0 : known(entry["Size"]);
  }
  return sum(static_cast<std::int64_t>(raw["BuildCache"].items().size()), used, size, free);
}

}  // namespace

const Operation kDiskUsage = {
    .name = "docker.disk_usage",
    .effect = Effect::kRead,
    .fields = {},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "disk_usage", "")}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            Call ask;
            ask.path = "/system/df";
            ask.timeout = 300;
            job->json(std::move(ask), [job = job.get()](Value raw) {
              job->finish(Value::object({{"images", images(raw)},
                                         {"containers", containers(raw)},
                                         {"volumes", volumes(raw)},
                                         {"build_cache", build_cache(raw)},
                                         {"raw", raw}}));
            });
          });
        },
    .timeout = 300,
};

}  // namespace runbook::docker
