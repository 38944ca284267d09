// SPDX-License-Identifier: Apache-2.0
// Services: wait until they run and stay so, all at once: two listings tell of all of them.
#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "host/core/text.h"
#include "modules/docker/swarm/service_troubles.h"
#include "modules/docker/swarm/services.h"

namespace runbook::docker {

namespace {

constexpr double kDefaultPatience = 300;
constexpr double kDefaultMonitor = 5;
constexpr double kPause = 0.25;
constexpr double kLongPause = 1.0;
constexpr double kImpatient = 30;  // how long to ask often
// Between the end of one task and the next the orchestrator takes a moment.
constexpr double kNoTasksLeft = 3;

using Ids = std::set<std::string>;

/// What is known of one of the services.
struct Watched {
  Value raw;
  Ids running;          ///< of its newest description
  std::int64_t desired = 0;
  std::int64_t alive = 0;  ///< tasks that run, or are still to run
  bool failed_some = false;
  bool is_job = false;
  Duration stable_since{};
  Duration given_up_since{};
  bool done = false;
};

struct Wait {
  Job::Ptr job;
  std::vector<std::string> names;
  std::set<std::string> may_roll_back;
  bool all_may_roll_back = false;
  std::map<std::string, Watched> services;
  double monitor = kDefaultMonitor;
  double allowed = kDefaultPatience;
  Duration begun{};
  Duration until{};
};
using WaitPtr = std::shared_ptr<Wait>;

std::int64_t desired_number(const Value& spec, const std::vector<const Value*>& tasks) {
  const Value& mode = spec["Mode"];
  if (mode.has("Replicated")) return mode["Replicated"]["Replicas"].as_int(1);
  if (mode.has("ReplicatedJob")) {
    return mode["ReplicatedJob"]["TotalCompletions"].as_int(mode["ReplicatedJob"]["MaxConcurrent"].as_int(1));
  }
  // One on each node that fits, which the engine says by making tasks.
  const bool job = mode.has("GlobalJob");
  return std::count_if(tasks.begin(), tasks.end(), [&](const Value* task) {
    const std::string& wanted = (*task)["DesiredState"].as_string();
    return job ? wanted == "complete" : wanted == "running" || wanted == "ready";
  });
}

std::int64_t count_of(const Watched& service) { return static_cast<std::int64_t>(service.running.size()); }

bool is_reached(const Watched& service) {
  if (!service.is_job) return count_of(service) == service.desired;
  return service.desired > 0 && count_of(service) >= service.desired;
}

void take_tasks(Watched& service, const std::vector<const Value*>& tasks, Duration now) {
  const Value& mode = service.raw["Spec"]["Mode"];
  service.is_job = mode.has("ReplicatedJob") || mode.has("GlobalJob");
  service.desired = desired_number(service.raw["Spec"], tasks);
  service.alive = 0;
  Ids running;
  for (const Value* task : tasks) {
    const std::string& state = (*task)["Status"]["State"].as_string();
    const std::string& wanted = (*task)["DesiredState"].as_string();
    if (state == "failed" || state == "rejected") service.failed_some = true;
    if (service.is_job ? state == "complete" : state == "running" && wanted == "running") running.insert((*task)["ID"].as_string());
    // One that was refused while it was made ready is still wanted, and another one takes its place later.
    if (wanted != "shutdown" && wanted != "remove") ++service.alive;
  }
  // A task that was replaced by another in between is no stability, though one runs both times.
  const bool same = running == service.running;
  service.running = std::move(running);
  if (!same || !is_reached(service)) service.stable_since = now;
}

void tell(const WaitPtr& wait, const std::string& name, const Watched& service, std::size_t before) {
  if (before == service.running.size() || !wait->job->listening()) return;
  wait->job->event(Value::object({{"event", "progress"},
                                  {"service", name},
                                  {"running", count_of(service)},
                                  {"desired", service.desired}}));
}

std::string counted(const std::string& name, const Watched& service) {
  return cat("'", name, "' (", count_of(service), " of ", service.desired, service.is_job ? " done)" : " run)");
}

// The update itself has failed: its error, or none.
std::unique_ptr<Error> failed_update(const Wait& wait, const std::string& name, const Value& status) {
  const std::string& state = status["State"].as_string();
  const std::string words = status["Message"].as_string();
  const auto error = [&](const char* code, std::string what) {
    auto made = std::make_unique<Error>(code, cat("service '", name, "' ", what, words.empty() ? "" : ": " + words));
    made->context["service"] = name;
    made->context["update"] = state;
    return made;
  };
  if (state == "paused") return error("docker.update_paused", "was not updated: the update is paused");
  if (state == "rollback_paused") return error("docker.rollback", "was not updated, and is not rolled back either");
  const bool allowed = wait.all_may_roll_back || wait.may_roll_back.count(name) > 0;
  if (state == "rollback_completed" && !allowed) return error("docker.rollback", "was rolled back");
  return nullptr;
}

bool is_over(const Value& status) {
  const std::string& state = status["State"].as_string();
  return state != "updating" && state != "rollback_started";
}

void look(const WaitPtr& wait);

void too_late(const WaitPtr& wait) {
  std::vector<std::string> open;
  std::vector<Value> services;
  for (const auto& [name, service] : wait->services) {
    if (service.done) continue;
    open.push_back(counted(name, service) + (is_over(service.raw["UpdateStatus"]) ? "" : ", is still updated"));
    services.push_back(service.raw);
  }
  Error error("docker.timeout", cat(open.size() == 1 ? "service " : "services ", join(open, ", "), open.size() == 1 ? " does" : " do",
                                    " not run as described after ", show_duration(wait->allowed)));
  error.retryable = true;
  fail_with_troubles(wait->job, std::move(services), std::move(error));
}

// Gives whether the wait is over by an error.
bool judge(const WaitPtr& wait, Duration now) {
  for (auto& [name, service] : wait->services) {
    const Value& status = service.raw["UpdateStatus"];
    if (auto error = failed_update(*wait, name, status)) {
      fail_with_troubles(wait->job, {service.raw}, std::move(*error));
      return true;
    }
    const bool lacking = service.failed_some && is_over(status) && !service.is_job && service.alive < service.desired;
    if (!lacking) service.given_up_since = now;
    if (now - service.given_up_since >= seconds(kNoTasksLeft)) {
      Error error("docker.unhealthy", cat("service ", counted(name, service), " has tasks that failed and are not started again"));
      error.context["service"] = name;
      fail_with_troubles(wait->job, {service.raw}, std::move(error));
      return true;
    }
    const bool none = service.desired == 0 && service.raw["Spec"]["Mode"].has("Replicated");
    const double needed = service.is_job || none ? 0 : wait->monitor;
    service.done = is_reached(service) && is_over(status) && now - service.stable_since >= seconds(needed);
  }
  return false;
}

void take(const WaitPtr& wait, const Value& tasks) {
  const Duration now = wait->job->loop().now();
  std::map<std::string, std::vector<const Value*>> by_service;
  for (const Value& task : tasks.items()) by_service[task["ServiceID"].as_string()].push_back(&task);
  for (auto& [name, service] : wait->services) {
    const std::size_t before = service.running.size();
    take_tasks(service, by_service[service.raw["ID"].as_string()], now);
    tell(wait, name, service, before);
  }
  if (judge(wait, now)) return;
  const auto& all = wait->services;
  if (std::all_of(all.begin(), all.end(), [](const auto& one) { return one.second.done; })) {
    Value out = Value::Array{};
    for (const std::string& name : wait->names) out.push(service_view(wait->services[name].raw));
    return wait->job->finish(std::move(out));
  }
  if (now >= wait->until) return too_late(wait);
  const double pause = now - wait->begun < seconds(kImpatient) ? kPause : kLongPause;
  wait->job->after(pause, [wait] { look(wait); });
}

void look_at_tasks(const WaitPtr& wait) {
  Value ids = Value::Array{};
  for (const auto& [name, service] : wait->services) ids.push(service.raw["ID"]);
  Call ask = swarm_listing(kTaskNoun, Value::object({{"service", ids}, {"_up-to-date", Value::array({"true"})}}));
  wait->job->attempt(std::move(ask), [wait](Result<HttpResponse> answer) {
    // One of them is gone since: the next look says which.
    if (!answer && answer.error().code == "docker.not_found") return wait->job->after(kPause, [wait] { look(wait); });
    if (!answer) return wait->job->fail(std::move(answer).error());
    auto tasks = parse_answer(*answer);
    if (!tasks) return wait->job->fail(std::move(tasks).error());
    take(wait, *tasks);
  });
}

void look(const WaitPtr& wait) {
  Call ask = swarm_listing(kServiceNoun, Value::object({{"name", Value::strings(wait->names)}}));
  wait->job->json(std::move(ask), [wait](Value rows) {
    std::set<std::string> missing(wait->names.begin(), wait->names.end());
    for (const Value& row : rows.items()) {
      const std::string& name = name_of(row);
      if (missing.erase(name) == 0) continue;
      Watched& service = wait->services[name];
      // Another one of that name begins anew.
      if (service.raw["ID"] != row["ID"]) {
        service = Watched{};
        service.stable_since = service.given_up_since = wait->job->loop().now();
      }
      service.raw = row;
    }
    if (!missing.empty()) {
      return wait->job->fail(Error("docker.not_found", cat("there is no service '", join({missing.begin(), missing.end()}, "', '"), "'")));
    }
    look_at_tasks(wait);
  });
}

std::vector<std::string> names_in(const Value& given) {
  return given.is_string() ? std::vector<std::string>{given.as_string()} : given.as_strings();
}

Cancel perform(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    auto wait = std::make_shared<Wait>();
    wait->job = job;
    wait->names = names_in(args["names"]);
    for (const Value& one : args["names"].items()) {
      if (!one.is_string()) return job->fail(Error("argument.invalid", "service_wait: 'names' must be a name, or a list of names"));
    }
    if (wait->names.empty()) return job->finish(Value::Array{});
    wait->all_may_roll_back = args["rollback"].as_bool();
    for (const std::string& name : names_in(args["rollback"])) wait->may_roll_back.insert(name);
    wait->monitor = args["monitor"].as_number(kDefaultMonitor);
    wait->allowed = args["timeout"].as_number(kDefaultPatience);
    wait->begun = job->loop().now();
    // The gate ends the call at its timeout; what is kept back is for asking the tasks why.
    wait->until = wait->begun + seconds(wait->allowed - std::min(2.0, wait->allowed * 0.2));
    look(wait);
  });
}

}  // namespace

const Operation kServiceWait = {
    .name = "docker.service_wait",
    .effect = Effect::kRead,
    .fields = {{"names", Type::kAny, kPositionalRequired},
               {"timeout", Type::kDuration},
               {"monitor", Type::kDuration},
               {"rollback", Type::kAny},
               {"on_progress", Type::kFunction}},
    .access =
        [](World&, const Value& args) {
          Accesses out;
          for (const std::string& name : names_in(args["names"])) out.push_back(swarm_access(args, kServiceNoun, "wait", name));
          if (out.empty()) out.push_back(swarm_access(args, kServiceNoun, "wait", ""));
          return out;
        },
    .perform = perform,
    .timeout = kDefaultPatience,
    .describe =
        [](const Value& args) { return cat("wait until service '", join(names_in(args["names"]), "', '"), "' runs as described"); },
};

}  // namespace runbook::docker
