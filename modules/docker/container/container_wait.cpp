// SPDX-License-Identifier: Apache-2.0
// Containers: wait until healthy, wait until ended. Both look again and again on the loop, so a container that is
// removed or an engine that is restarted meanwhile is noticed.
#include <algorithm>

#include "host/core/text.h"
#include "modules/docker/engine/log_text.h"
#include "modules/docker/operations.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

constexpr double kFirstDelay = 0.05;
constexpr double kLongestDelay = 1.0;
constexpr double kDefaultHealthy = 120;
constexpr double kDefaultExit = 600;
constexpr int kLogLines = 20;

struct Watch {
  Job::Ptr job;
  Duration until;
  double delay = kFirstDelay;
  /// Decides on what the engine says: gives the end of the wait, or nothing.
  std::function<std::unique_ptr<Result<Value>>(const Value&)> judge;
  std::function<std::string(const Value&)> late;  ///< what is said when the time is over
};

// Ends the job with the error, with the container's last words in its context.
void fail_with_log(const Job::Ptr& job, Error error) {
  auto kept = std::make_shared<Error>(std::move(error));
  read_log(job, LogRequest{.name = job->name(), .tail = kLogLines, .quiet = true, .limit = 16384}, [job, kept](Result<LogText> log) {
    if (log && !log->output.empty()) kept->context["log"] = printable(trim(log->output));
    job->fail(std::move(*kept));
  });
}

void look(const std::shared_ptr<Watch>& watch) {
  watch->job->json(inspect_container(watch->job->name()), [watch](Value raw) {
    const Job::Ptr job = watch->job;
    if (auto end = watch->judge(raw)) {
      if (*end) return job->finish(std::move(*end).value());
      return fail_with_log(job, std::move(*end).error());
    }
    if (job->loop().now() >= watch->until) {
      return fail_with_log(job, Error("docker.timeout", watch->late(raw)).retry().with("container", job->name()));
    }
    job->after(watch->delay, [watch] { look(watch); });
    watch->delay = std::min(watch->delay * 1.5, kLongestDelay);
  });
}

double patience(const Value& args, double fallback) {
  return args["timeout"].is_null() ? fallback : args["timeout"].as_number();
}

// The gate ends the call at its timeout; what is kept back here is for asking the container what it said.
Duration looking(double allowed) { return seconds(allowed - std::min(1.0, allowed * 0.2)); }

std::string last_probe(const Value& raw) {
  const auto& log = raw["State"]["Health"]["Log"].items();
  return log.empty() ? "" : printable(trim(log.back()["Output"].as_string().substr(0, 500)));
}

Error unhealthy(const std::string& name, const std::string& what, const Value& raw) {
  Error error("docker.unhealthy", cat("container '", name, "' ", what));
  if (const std::string said = last_probe(raw); !said.empty()) {
    error.message += ": " + said;
    error.context["health"] = said;
  }
  error.context["container"] = name;
  return error;
}

std::unique_ptr<Result<Value>> judge_health(const std::string& name, const Value& raw) {
  const Value& state = raw["State"];
  const std::string& status = state["Status"].as_string();
  const std::string& health = state["Health"]["Status"].as_string();
  const auto give = [](Result<Value> result) { return std::make_unique<Result<Value>>(std::move(result)); };
  if (status == "exited" || status == "dead") {
    const std::string why = state["Error"].as_string();
    return give(unhealthy(name, cat("ended with exit code ", state["ExitCode"].as_int(), why.empty() ? "" : ": " + why), raw)
                    .with("exit_code", std::to_string(state["ExitCode"].as_int())));
  }
  if (status == "created") return give(Error("docker.unhealthy", cat("container '", name, "' was not started")));
  if (health.empty() || health == "none") {
    if (status != "running") return nullptr;
    return give(Error("docker.unhealthy", cat("container '", name, "' has no health check"),
                      "give it one with the option healthcheck, or wait for what it serves"));
  }
  if (health == "healthy") return give(container_view(raw));
  if (health == "unhealthy") return give(unhealthy(name, "is unhealthy", raw));
  return nullptr;
}

Cancel wait_healthy(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const double allowed = patience(job->args(), kDefaultHealthy);
    auto watch = std::make_shared<Watch>();
    watch->job = job;
    watch->until = job->loop().now() + looking(allowed);
    watch->judge = [name = job->name()](const Value& raw) { return judge_health(name, raw); };
    watch->late = [name = job->name(), allowed](const Value& raw) {
      const std::string said = last_probe(raw);
      return cat("container '", name, "' is not healthy after ", show_duration(allowed), said.empty() ? "" : ": " + said);
    };
    look(watch);
  });
}

Cancel wait_exit(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const double allowed = patience(job->args(), kDefaultExit);
    auto watch = std::make_shared<Watch>();
    watch->job = job;
    watch->until = job->loop().now() + looking(allowed);
    watch->judge = [](const Value& raw) -> std::unique_ptr<Result<Value>> {
      const std::string& status = raw["State"]["Status"].as_string();
      if (status != "exited" && status != "dead") return nullptr;
      return std::make_unique<Result<Value>>(Value::object({{"exit_code", raw["State"]["ExitCode"]},
                                                            {"name", container_view(raw)["name"]},
                                                            {"finished", raw["State"]["FinishedAt"]}}));
    };
    watch->late = [name = job->name(), allowed](const Value& raw) {
      return cat("container '", name, "' has not ended after ", show_duration(allowed), ": it is ",
                 raw["State"]["Status"].as_string());
    };
    look(watch);
  });
}

}  // namespace

const Operation kContainerWaitHealthy = {
    .name = "docker.container_wait_healthy",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"timeout", Type::kDuration}},
    .access =
        [](World&, const Value& args) {
          return Accesses{engine_access(args, "container.wait_healthy", args["name"].as_string())};
        },
    .perform = wait_healthy,
    .timeout = kDefaultHealthy,
    .describe = [](const Value& args) { return cat("wait until container '", args["name"].as_string(), "' is healthy"); },
};

const Operation kContainerWaitExit = {
    .name = "docker.container_wait_exit",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"timeout", Type::kDuration}},
    .access =
        [](World&, const Value& args) {
          return Accesses{engine_access(args, "container.wait_exit", args["name"].as_string())};
        },
    .perform = wait_exit,
    .timeout = kDefaultExit,
    .describe = [](const Value& args) { return cat("wait until container '", args["name"].as_string(), "' has ended"); },
};

}  // namespace runbook::docker
