// SPDX-License-Identifier: Apache-2.0
// Why a service does not run: only its tasks know.
#include "modules/docker/swarm/service_troubles.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "host/core/text.h"
#include "modules/docker/swarm/swarm_log.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kMostTroubles = 5;
constexpr int kLogLines = 20;
// Beyond what the wait keeps back for it nobody reads it any more; a node that is down answers never.
constexpr double kLogPatience = 1.5;

struct Trouble {
  std::string text;
  std::string task;
  bool ran = false;
};

std::string what_happened(const Value& status) {
  std::string text = cat(status["State"].as_string());
  const std::string& error = status["Err"].as_string();
  if (!error.empty()) text += ": " + error;
  const std::int64_t code = status["ContainerStatus"]["ExitCode"].as_int();
  if (code != 0 && error.find(cat("(", code, ")")) == std::string::npos) text += cat(" (exit code ", code, ")");
  return printable(text);
}

bool is_trouble(const Value& task) {
  const Value& status = task["Status"];
  const std::string& state = status["State"].as_string();
  return !status["Err"].as_string().empty() || state == "failed" || state == "rejected" || state == "starting" || state == "preparing";
}

// The newest first, each kind once.
std::vector<Trouble> troubles_of(const Value& tasks, const std::vector<Value>& services) {
  std::map<std::string, std::string> names;
  for (const Value& service : services) names[service["ID"].as_string()] = name_of(service);
  std::vector<Value> sorted;
  for (const Value& task : tasks.items()) {
    if (is_trouble(task)) sorted.push_back(task);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Value& a, const Value& b) { return a["CreatedAt"].as_string() > b["CreatedAt"].as_string(); });
  std::vector<Trouble> out;
  std::set<std::string> told;
  for (const Value& task : sorted) {
    const std::string& name = names[task["ServiceID"].as_string()];
    const std::string what = what_happened(task["Status"]);
    if (out.size() == kMostTroubles || !told.insert(name + what).second) continue;
    const std::string place = task["Slot"].is_null() ? name : cat(name, ".", task["Slot"].as_int());
    const bool ran = !task["Status"]["ContainerStatus"]["ContainerID"].as_string().empty();
    out.push_back({cat(place, " ", what), task["ID"].as_string(), ran});
  }
  return out;
}

void finish_with_log(const Job::Ptr& job, const std::vector<Trouble>& troubles, std::shared_ptr<Error> error) {
  const auto ran = std::find_if(troubles.begin(), troubles.end(), [](const Trouble& one) { return one.ran; });
  if (ran == troubles.end()) return job->fail(std::move(*error));
  SwarmLogRequest request{cat("/tasks/", segment(ran->task), "/logs"), "", false, {}};
  request.log.tail = kLogLines;
  request.log.quiet = true;
  request.log.timeout = kLogPatience;
  request.log.limit = 16384;
  read_swarm_log(job, std::move(request), [job = job.get(), error](Result<LogText> log) {
    if (log && !log->output.empty()) error->context["log"] = printable(trim(log->output));
    job->fail(std::move(*error));
  });
}

}  // namespace

void fail_with_troubles(const Job::Ptr& job, std::vector<Value> services, Error error) {
  auto kept = std::make_shared<Error>(std::move(error));
  Value ids = Value::Array{};
  for (const Value& service : services) ids.push(service["ID"]);
  job->attempt(swarm_listing(kTaskNoun, Value::object({{"service", ids}})), [job, kept, services = std::move(services)](Result<HttpResponse> answer) {
    auto tasks = answer ? parse_answer(*answer) : Result<Value>(std::move(answer).error());
    if (!tasks) return job->fail(std::move(*kept));
    const std::vector<Trouble> troubles = troubles_of(*tasks, services);
    std::vector<std::string> texts;
    for (const Trouble& one : troubles) texts.push_back(one.text);
    if (!texts.empty()) {
      kept->message += ": " + join(texts, "; ");
      kept->context["tasks"] = join(texts, "\n");
    }
    finish_with_log(job, troubles, kept);
  });
}

}  // namespace runbook::docker
