// SPDX-License-Identifier: Apache-2.0
// Containers: create.
#include "host/core/text.h"
#include "modules/docker/container/container_making.h"
#include "modules/docker/operations.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

Cancel create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto spec = container_spec(job->args());
    if (!spec) return job->fail(std::move(spec).error());
    create_container(job, job->name(), std::move(*spec), [job](std::string id) {
      job->json(inspect_container(id), [job = job.get()](Value raw) {
        Value view = container_view(raw);
        view.set("changed", true);
        job->finish(std::move(view));
      });
    });
  });
}

Cancel probe_create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto spec = container_spec(job->args());
    if (!spec) return job->fail(std::move(spec).error());
    find(job, inspect_container(job->name()), [job = job.get(), spec = std::move(*spec)](Value found) {
      if (!is_made_from(found, spec)) return job->finish(Value::object({{"done", false}}));
      Value view = container_view(found);
      view.set("changed", true);
      job->finish(Value::object({{"done", true}, {"result", std::move(view)}}));
    });
  });
}

Cancel capture_create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_container(job->name()), [job = job.get()](Value found) {
      job->finish(Value::object({{"exists", !found.is_null()}}));
    });
  });
}

Cancel revert_create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (job->args()["before"]["exists"].as_bool()) return job->finish(changed(false, job->name()));
    job->attempt(remove_container(job->name(), true), [job = job.get()](Result<HttpResponse> answer) {
      if (!answer && answer.error().code != "docker.not_found") return job->fail(std::move(answer).error());
      job->finish(changed(answer.ok(), job->name()));
    });
  });
}

}  // namespace

const Operation kContainerCreate = {
    .name = "docker.container_create",
    .effect = Effect::kChange,
    .fields = container_fields(),
    .access = [](World& world, const Value& args) { return container_accesses(world, args, "container.create"); },
    .perform = create,
    .describe =
        [](const Value& args) {
          return cat("create container '", args["name"].as_string(), "' from '", args["image"].as_string(), "'");
        },
    .predict =
        [](const Value& args) {
          const std::string& name = args["name"].as_string();
          return Value::object({{"name", name},
                                {"image", args["image"]},
                                {"running", false},
                                {"state", "created"},
                                {"changed", true},
                                {"id", Value::Unknown{cat("the id of container '", name, "', which is not made yet")}}});
        },
    .probe = probe_create,
    .capture = capture_create,
    .revert = revert_create,
};

}  // namespace runbook::docker
