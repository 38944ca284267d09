// SPDX-License-Identifier: Apache-2.0
// Containers: what runs in one, and what that takes.
#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

namespace {

Cancel top(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask = container_call("GET", job->name(), "/top");
    if (!job->args()["ps_args"].is_null()) ask.query.emplace_back("ps_args", job->args()["ps_args"].as_string());
    job->json(std::move(ask), [job = job.get()](const Value& raw) {
      const std::vector<std::string> titles = raw["Titles"].as_strings();
      Value processes = Value::Array{};
      for (const Value& row : raw["Processes"].items()) {
        Value process = Value::Object{};
        for (std::size_t i = 0; i < titles.size() && i < row.items().size(); ++i) process.set(titles[i], row.items()[i]);
        processes.push(std::move(process));
      }
      job->finish(Value::object({{"titles", raw["Titles"]}, {"processes", std::move(processes)}}));
    });
  });
}

double cpu_percent(const Value& raw) {
  const Value& now = raw["cpu_stats"];
  const Value& before = raw["precpu_stats"];
  const double used = now["cpu_usage"]["total_usage"].as_number() - before["cpu_usage"]["total_usage"].as_number();
  const double machine = now["system_cpu_usage"].as_number() - before["system_cpu_usage"].as_number();
  double cpus = now["online_cpus"].as_number();
  if (cpus <= 0) cpus = static_cast<double>(now["cpu_usage"]["percpu_usage"].items().size());
  return used > 0 && machine > 0 ? used / machine * cpus * 100 : 0;
}

// Without the cache of files, which goes when room is wanted: cgroup v1 and v2 name it differently.
double memory_used(const Value& memory) {
  const Value& stats = memory["stats"];
  const double usage = memory["usage"].as_number();
  const Value& cache = stats.has("total_inactive_file") ? stats["total_inactive_file"] : stats["inactive_file"];
  return cache.as_number() < usage ? usage - cache.as_number() : usage;
}

Value view(const Value& raw) {
  double received = 0, sent = 0;
  for (const auto& [name, network] : raw["networks"].members()) {
    received += network["rx_bytes"].as_number();
    sent += network["tx_bytes"].as_number();
  }
  double read = 0, written = 0;
  for (const Value& entry : raw["blkio_stats"]["io_service_bytes_recursive"].items()) {
    const std::string& what = entry["op"].as_string();  // "Read", or "read" with cgroup v2
    if (what == "Read" || what == "read") read += entry["value"].as_number();
    if (what == "Write" || what == "write") written += entry["value"].as_number();
  }
  const double memory = memory_used(raw["memory_stats"]);
  const double limit = raw["memory_stats"]["limit"].as_number();
  const auto whole = [](double number) { return static_cast<std::int64_t>(number); };
  return Value::object({{"cpu_percent", cpu_percent(raw)},
                        {"memory", whole(memory)},
                        {"memory_limit", whole(limit)},
                        {"memory_percent", limit > 0 ? memory / limit * 100 : 0.0},
                        {"network_received", whole(received)},
                        {"network_sent", whole(sent)},
                        {"block_read", whole(read)},
                        {"block_written", whole(written)},
                        {"processes", raw["pids_stats"]["current"].as_int()},
                        {"raw", raw}});
}

Cancel stats(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    // Of one that does not run the engine would wait for a sample for ever, or send zeros.
    job->json(inspect_container(job->name()), [job](const Value& found) {
      if (!found["State"]["Running"].as_bool()) {
        return job->fail(Error("docker.conflict", cat("container '", job->name(), "' does not run")));
      }
      Call ask = container_call("GET", job->name(), "/stats");
      ask.query = {{"stream", "0"}};
      job->json(std::move(ask), [job = job.get()](const Value& raw) { job->finish(view(raw)); });
    });
  });
}

}  // namespace

const Operation kContainerTop = {
    .name = "docker.container_top",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"ps_args", Type::kString}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "container.top", args["name"].as_string())}; },
    .perform = top,
};

const Operation kContainerStats = {
    .name = "docker.container_stats",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "container.stats", args["name"].as_string())}; },
    .perform = stats,
};

}  // namespace runbook::docker
