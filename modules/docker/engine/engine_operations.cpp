// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

const Operation kVersion = {
    .name = "docker.version",
    .effect = Effect::kRead,
    .fields = {},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "version", "")}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            Call ask;
            ask.path = "/version";
            job->json(std::move(ask), [job = job.get()](Value raw) {
              job->finish(Value::object({{"version", raw["Version"]},
                                         {"api", to_string(job->engine().api())},
                                         {"newest_api", raw["ApiVersion"]},
                                         {"oldest_api", raw["MinAPIVersion"]},
                                         {"os", raw["Os"]},
                                         {"architecture", raw["Arch"]},
                                         {"kernel", raw["KernelVersion"]},
                                         {"raw", raw}}));
            });
          });
        },
};

const Operation kInfo = {
    .name = "docker.info",
    .effect = Effect::kRead,
    .fields = {},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "info", "")}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            Call ask;
            ask.path = "/info";
            job->json(std::move(ask), [job = job.get()](Value raw) {
              job->finish(Value::object({{"id", raw["ID"]},
                                         {"name", raw["Name"]},
                                         {"version", raw["ServerVersion"]},
                                         {"containers", raw["Containers"]},
                                         {"running", raw["ContainersRunning"]},
                                         {"images", raw["Images"]},
                                         {"storage_driver", raw["Driver"]},
                                         {"cpus", raw["NCPU"]},
                                         {"memory", raw["MemTotal"]},
                                         {"swarm", raw["Swarm"]["LocalNodeState"]},
                                         {"raw", raw}}));
            });
          });
        },
};

}  // namespace runbook::docker
