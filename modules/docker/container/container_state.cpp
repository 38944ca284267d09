// SPDX-License-Identifier: Apache-2.0
// Containers: start, stop, restart, pause, kill.
#include "host/core/text.h"
#include "modules/docker/operations.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

std::string described(const char* verb, const Value& args) { return cat(verb, " container '", args["name"].as_string(), "'"); }

// 304 says that it was so already.
void answer(Job* job, Call call) {
  job->request(std::move(call), [job](HttpResponse response) { job->finish(changed(response.status != 304, job->name())); });
}

// What cannot be started is no use to anybody, and has the name.
void remove_instead(const Job::Ptr& job, const Error& error) {
  job->attempt(remove_container(job->name(), true), [job = job.get(), error](const Result<HttpResponse>&) { job->fail(Error(error)); });
}

Cancel start(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->attempt(container_call("POST", job->name(), "/start"), [job](Result<HttpResponse> response) {
      if (response) return job->finish(changed(response->status != 304, job->name()));
      const bool refused = response.error().context.count("http_status") != 0;
      if (refused && job->args()["or_remove"].as_bool()) return remove_instead(job, response.error());
      job->fail(std::move(response).error());
    });
  });
}

Cancel stop(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done),
                    [](const Job::Ptr& job) { answer(job.get(), stop_container(job->name(), job->args()["stop_timeout"])); });
}

// Whether the container runs, as what a probe says.
template <bool kWanted>
Cancel probe(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job = job.get()](Value found) {
      const bool is_so = found["State"]["Running"].as_bool() == kWanted;
      job->finish(Value::object({{"done", is_so}, {"result", changed(true, job->name())}}));
    });
  });
}

Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job = job.get()](Value found) {
      job->finish(Value::object({{"running", found["State"]["Running"]}}));
    });
  });
}

Cancel restore(Invocation call, Done done) {
  const bool running = call.args["before"]["running"].as_bool();
  return running ? start(std::move(call), std::move(done)) : stop(std::move(call), std::move(done));
}

// Pause and unpause are refused where it is so already.
template <bool kPaused>
Cancel set_paused(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job](Value found) {
      if (found["State"]["Paused"].as_bool() == kPaused && (kPaused || found["State"]["Running"].as_bool())) {
        return job->finish(changed(false, job->name()));
      }
      answer(job.get(), container_call("POST", job->name(), kPaused ? "/pause" : "/unpause"));
    });
  });
}

template <bool kPaused>
Cancel probe_paused(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job = job.get()](Value found) {
      // One that does not run cannot be unpaused either.
      const bool is_so = found["State"]["Running"].as_bool() && found["State"]["Paused"].as_bool() == kPaused;
      job->finish(Value::object({{"done", is_so}, {"result", changed(true, job->name())}}));
    });
  });
}

Cancel capture_paused(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job = job.get()](Value found) {
      job->finish(Value::object({{"paused", found["State"]["Paused"]}}));
    });
  });
}

Cancel restore_paused(Invocation call, Done done) {
  const bool paused = call.args["before"]["paused"].as_bool();
  return paused ? set_paused<true>(std::move(call), std::move(done)) : set_paused<false>(std::move(call), std::move(done));
}

// One that does not run cannot be sent anything: it was so already.
Cancel kill(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job](Value found) {
      if (!found["State"]["Running"].as_bool()) return job->finish(changed(false, job->name()));
      Call ask = container_call("POST", job->name(), "/kill");
      if (!job->args()["signal"].is_null()) ask.query.emplace_back("signal", job->args()["signal"].as_string());
      answer(job.get(), std::move(ask));
    });
  });
}

}  // namespace

const Operation kContainerPause = {
    .name = "docker.container_pause",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.pause", args["name"].as_string())}; },
    .perform = set_paused<true>,
    .describe = [](const Value& args) { return described("pause", args); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe_paused<true>,
    .settles = true,
    .capture = capture_paused,
    .revert = restore_paused,
};

const Operation kContainerUnpause = {
    .name = "docker.container_unpause",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.unpause", args["name"].as_string())}; },
    .perform = set_paused<false>,
    .describe = [](const Value& args) { return described("unpause", args); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe_paused<false>,
    .settles = true,
    .capture = capture_paused,
    .revert = restore_paused,
};

// What a signal has done cannot be seen, so nothing probes it.
const Operation kContainerKill = {
    .name = "docker.container_kill",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"signal", Type::kString}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.kill", args["name"].as_string())}; },
    .perform = kill,
    .describe =
        [](const Value& args) { return cat("send ", args["signal"].as_string("KILL"), " to container '", args["name"].as_string(), "'"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
};

const Operation kContainerStart = {
    .name = "docker.container_start",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"or_remove", Type::kBoolean}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.start", args["name"].as_string())}; },
    .perform = start,
    .describe = [](const Value& args) { return described("start", args); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe<true>,
    .settles = true,
    .capture = capture,
    .revert = restore,
};

const Operation kContainerStop = {
    .name = "docker.container_stop",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"stop_timeout", Type::kDuration}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.stop", args["name"].as_string())}; },
    .perform = stop,
    .timeout = 120,
    .describe = [](const Value& args) { return described("stop", args); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe<false>,
    .settles = true,
    .capture = capture,
    .revert = restore,
};

const Operation kContainerRestart = {
    .name = "docker.container_restart",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"stop_timeout", Type::kDuration}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.restart", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            Call ask = stop_container(job->name(), job->args()["stop_timeout"]);
            ask.path = "/containers/" + segment(job->name()) + "/restart";
            answer(job.get(), std::move(ask));
          });
        },
    .timeout = 120,
    .describe = [](const Value& args) { return described("restart", args); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    // Running again after a restart looks like running before it, so it is asked to be made again, which harms nothing.
    .probe = [](Invocation, Done done) -> Cancel {
      done(Value(false));
      return {};
    },
};

}  // namespace runbook::docker
