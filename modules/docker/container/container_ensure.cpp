// SPDX-License-Identifier: Apache-2.0
// Containers: compare with a description, replace by one that is as described, and the declaration of container_ensure.
#include "host/core/text.h"
#include "modules/docker/container/container_diff.h"
#include "modules/docker/container/container_making.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

std::string quoted(const Value& args) { return "'" + args["name"].as_string() + "'"; }

// {exists, equal, running, diff, container}: equal means made from this description and from the image that the name
// of the image means today.
Cancel verify(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto spec = container_spec(job->args());
    if (!spec) return job->fail(std::move(spec).error());
    job->json(inspect_image(job->args()["image"].as_string()), [job, spec = std::move(*spec)](Value image) {
      find(job, inspect_container(job->name()), [job = job.get(), spec, image](Value found) {
        const bool same = is_made_from(found, spec) && found["Image"] == image["Id"];
        Value out = Value::object({{"exists", !found.is_null()},
                                   {"equal", same},
                                   {"running", found["State"]["Running"].as_bool()},
                                   {"diff", same ? std::string() : container_diff(job->name(), spec.body, image, found)}});
        if (!found.is_null()) out.set("container", container_view(found));
        job->finish(std::move(out));
      });
    });
  });
}

/// The new container is made beside the old one, under a name of its own, so that what cannot be made or started
/// leaves the old one in place.
struct Replacement {
  Job::Ptr job;
  std::string id;
  bool old_ran = false;

  std::string side_name() const { return job->name() + ".new"; }
};
using ReplacementPtr = std::shared_ptr<Replacement>;

// Once the old one is gone there is no way back, only forward.
void put_in_place(const ReplacementPtr& replacement) {
  const std::string name = replacement->job->name();
  replacement->job->attempt(remove_container(name, false), [replacement](Result<HttpResponse> answer) {
    const Job::Ptr job = replacement->job;
    if (!answer && answer.error().code != "docker.not_found") return job->fail(std::move(answer).error());
    Call ask = container_call("POST", replacement->id, "/rename");
    ask.query.emplace_back("name", job->name());
    job->request(std::move(ask), [replacement](HttpResponse) {
      replacement->job->json(inspect_container(replacement->job->name()), [job = replacement->job](Value raw) {
        Value view = container_view(raw);
        view.set("changed", true);
        job->finish(std::move(view));
      });
    });
  });
}

void bring_back(const ReplacementPtr& replacement, Error error) {
  auto kept = std::make_shared<Error>(std::move(error));
  replacement->job->attempt(remove_container(replacement->id, true), [replacement, kept](Result<HttpResponse>) {
    const Job::Ptr job = replacement->job;
    if (!replacement->old_ran) return job->fail(std::move(*kept));
    job->attempt(container_call("POST", job->name(), "/start"), [job, kept](Result<HttpResponse> started) {
      if (!started) kept->context["old_container"] = "could not be started again: " + started.error().message;
      job->fail(std::move(*kept));
    });
  });
}

void take_over(const ReplacementPtr& replacement) {
  const Job::Ptr job = replacement->job;
  if (!job->args()["running"].as_bool(true)) return put_in_place(replacement);
  job->attempt(container_call("POST", replacement->id, "/start"), [replacement](Result<HttpResponse> answer) {
    if (!answer) return bring_back(replacement, std::move(answer).error());
    put_in_place(replacement);
  });
}

void end_old(const ReplacementPtr& replacement) {
  find(replacement->job, inspect_container(replacement->job->name()), [replacement](Value found) {
    replacement->old_ran = found["State"]["Running"].as_bool();
    if (!replacement->old_ran) return take_over(replacement);
    const Job::Ptr job = replacement->job;
    job->attempt(stop_container(job->name(), Value()), [replacement](Result<HttpResponse> answer) {
      if (!answer) return bring_back(replacement, std::move(answer).error());
      take_over(replacement);
    });
  });
}

Cancel replace(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto spec = container_spec(job->args());
    if (!spec) return job->fail(std::move(spec).error());
    auto replacement = std::make_shared<Replacement>();
    replacement->job = job;
    // One that was cut short has left its new container under this name.
    job->attempt(remove_container(replacement->side_name(), true),
                 [replacement, spec = std::move(*spec)](Result<HttpResponse> answer) {
                   if (!answer && answer.error().code != "docker.not_found") {
                     return replacement->job->fail(std::move(answer).error());
                   }
                   create_container(replacement->job, replacement->side_name(), spec, [replacement](std::string id) {
                     replacement->id = std::move(id);
                     end_old(replacement);
                   });
                 });
  });
}

Cancel probe_replace(Invocation call, Done done) {
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

std::vector<Field> fields_with_running() {
  auto fields = container_fields();
  fields.push_back({"running", Type::kBoolean});
  return fields;
}

}  // namespace

const Operation kContainerVerify = {
    .name = "docker.container_verify",
    .effect = Effect::kRead,
    .fields = container_fields(),
    .access =
        [](World&, const Value& args) {
          return Accesses{engine_access(args, "container.verify", args["name"].as_string()),
                          engine_access(args, "image.get", args["image"].as_string())};
        },
    .perform = verify,
};

const Operation kContainerReplace = {
    .name = "docker.container_replace",
    .effect = Effect::kChange,
    .fields = fields_with_running(),
    .access = [](World& world, const Value& args) { return container_accesses(world, args, "container.replace"); },
    .perform = replace,
    .timeout = 180,
    .describe =
        [](const Value& args) {
          return cat("replace container ", quoted(args), " by one from '", args["image"].as_string(), "'");
        },
    .predict =
        [](const Value& args) {
          return Value::object({{"name", args["name"]},
                                {"image", args["image"]},
                                {"running", args["running"].as_bool(true)},
                                {"changed", true},
                                {"id", Value::Unknown{cat("the id of container ", quoted(args), ", which is not made yet")}}});
        },
    .probe = probe_replace,
};

const Operation kContainerEnsure = {
    .name = "docker.container_ensure",
    .effect = Effect::kChange,
    .fields = fields_with_running(),
    .access = [](World& world, const Value& args) { return container_accesses(world, args, "container.ensure"); },
    .perform = nullptr,
    .timeout = 300,
    .describe = [](const Value& args) { return cat("container ", quoted(args), " as described"); },
};

}  // namespace runbook::docker
