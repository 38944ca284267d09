// SPDX-License-Identifier: Apache-2.0
// Volumes: create, get, find, list, remove.
#include "host/core/text.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

Cancel create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    // The engine answers a creation with the volume that is there already, whatever it is like.
    find(job, inspect_volume(job->name()), [job = job.get()](Value found) {
      if (!found.is_null()) {
        return job->fail(Error("docker.conflict", cat("volume '", job->name(), "' exists already")));
      }
      const Value& args = job->args();
      Call ask;
      ask.method = "POST";
      ask.path = "/volumes/create";
      ask.object = cat("volume '", job->name(), "'");
      ask.body = Value::object({{"Name", args["name"]}, {"Driver", args["driver"].as_string("local")}});
      if (!args["labels"].is_null()) ask.body.set("Labels", args["labels"]);
      if (!args["options"].is_null()) ask.body.set("DriverOpts", args["options"]);
      job->json(std::move(ask), [job](Value raw) {
        Value view = volume_view(raw);
        view.set("changed", true);
        job->finish(std::move(view));
      });
    });
  });
}

Cancel probe_create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_volume(job->name()), [job = job.get()](Value found) {
      if (found.is_null()) return job->finish(Value::object({{"done", false}}));
      Value view = volume_view(found);
      view.set("changed", true);
      job->finish(Value::object({{"done", true}, {"result", std::move(view)}}));
    });
  });
}

Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_volume(job->name()), [job = job.get()](Value found) {
      job->finish(Value::object({{"exists", !found.is_null()}}));
    });
  });
}

Cancel remove(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (job->args()["before"]["exists"].as_bool()) return job->finish(changed(false, job->name()));
    Call ask = inspect_volume(job->name());
    ask.method = "DELETE";
    job->attempt(std::move(ask), [job = job.get()](Result<HttpResponse> answer) {
      if (!answer && answer.error().code != "docker.not_found") return job->fail(std::move(answer).error());
      job->finish(changed(answer.ok(), job->name()));
    });
  });
}

// The local driver mounts what its options say, a directory of the engine's machine too: that is a bind by another name.
Accesses create_accesses(World& world, const Value& args, const char* verb) {
  Accesses out{engine_access(args, verb, args["name"].as_string())};
  const std::string device = args["options"]["device"].reveal();
  if (device.starts_with("/")) out.push_back(path_access(world, "write", device));
  return out;
}

std::vector<Field> create_fields() {
  return {{"name", Type::kString, kPositionalRequired},
          {"driver", Type::kString},
          {"labels", Type::kMap},
          {"options", Type::kMap}};
}

}  // namespace

const Operation kVolumeCreate = {
    .name = "docker.volume_create",
    .effect = Effect::kChange,
    .fields = create_fields(),
    .access = [](World& world, const Value& args) { return create_accesses(world, args, "volume.create"); },
    .perform = create,
    .describe = [](const Value& args) { return cat("create volume '", args["name"].as_string(), "'"); },
    .predict =
        [](const Value& args) {
          return Value::object({{"name", args["name"]}, {"driver", args["driver"].as_string("local")}, {"changed", true}});
        },
    .probe = probe_create,
    .capture = capture,
    .revert = remove,
};

const Operation kVolumeEnsure = {
    .name = "docker.volume_ensure",
    .effect = Effect::kChange,
    .fields = create_fields(),
    .access = [](World& world, const Value& args) { return create_accesses(world, args, "volume.ensure"); },
    .perform = nullptr,
    .describe = [](const Value& args) { return cat("volume '", args["name"].as_string(), "' as described"); },
};

const Operation kVolumeGet = {
    .name = "docker.volume_get",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "volume.get", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            job->json(inspect_volume(job->name()), [job = job.get()](Value raw) { job->finish(volume_view(raw)); });
          });
        },
};

const Operation kVolumeFind = {
    .name = "docker.volume_find",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "volume.find", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_volume(job->name()), [job = job.get()](Value raw) {
              job->finish(raw.is_null() ? Value() : volume_view(raw));
            });
          });
        },
};

const Operation kVolumeList = {
    .name = "docker.volume_list",
    .effect = Effect::kRead,
    .fields = {{"labels", Type::kMap}, {"driver", Type::kString}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "volume.list", "")}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            Call ask;
            ask.path = "/volumes";
            ask.object = "volumes";
            const std::string filters =
                filters_json(job->args()["labels"], {{"driver", job->args()["driver"].as_string()}});
            if (!filters.empty()) ask.query.emplace_back("filters", filters);
            job->json(std::move(ask), [job = job.get()](Value answer) {
              Value out = Value::Array{};
              for (const Value& row : answer["Volumes"].items()) out.push(volume_view(row));
              job->finish(std::move(out));
            });
          });
        },
};

const Operation kVolumeRemove = {
    .name = "docker.volume_remove",
    .effect = Effect::kDestroy,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "volume.remove", args["name"].as_string())}; },
    .perform = remove,
    .describe = [](const Value& args) { return cat("remove volume '", args["name"].as_string(), "' and its data"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_volume(job->name()), [job = job.get()](Value found) {
              job->finish(Value::object({{"done", found.is_null()}, {"result", changed(true, job->name())}}));
            });
          });
        },
    .settles = true,
};

}  // namespace runbook::docker
