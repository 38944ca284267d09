// SPDX-License-Identifier: Apache-2.0
// Containers: get, find, list, remove, rename.
#include "host/core/text.h"
#include "modules/docker/container/container_spec.h"
#include "modules/docker/operations.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

std::string quoted(const Value& args) { return "'" + args["name"].as_string() + "'"; }

void remove(const Job::Ptr& job) {
  find(job, inspect_container(job->name()), [job = job.get()](Value found) {
    if (found.is_null()) return job->finish(changed(false, job->name()));
    const auto go_on = [job] {
      job->attempt(remove_container(job->name(), job->args()["volumes"].as_bool()), [job](Result<HttpResponse> answer) {
        // Somebody else removed it meanwhile, or is doing so: what was asked for is so.
        if (!answer && answer.error().code != "docker.not_found") return job->fail(std::move(answer).error());
        job->finish(changed(answer.ok(), job->name()));
      });
    };
    if (!found["State"]["Running"].as_bool() || job->args()["force"].as_bool()) return go_on();
    job->request(stop_container(job->name(), job->args()["stop_timeout"]), [go_on](HttpResponse) { go_on(); });
  });
}

Cancel list(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    Call ask;
    ask.path = "/containers/json";
    ask.object = "containers";
    ask.query.emplace_back("all", "1");
    const std::string filters = filters_json(args["labels"], {{"status", args["state"].as_string()},
                                                               {"network", args["network"].as_string()},
                                                               {"volume", args["volume"].as_string()},
                                                               {"ancestor", args["image"].as_string()}});
    if (!filters.empty()) ask.query.emplace_back("filters", filters);
    job->json(std::move(ask), [job = job.get()](Value rows) {
      Value out = Value::Array{};
      for (const Value& row : rows.items()) out.push(container_row(row));
      job->finish(std::move(out));
    });
  });
}

Cancel rename(Invocation call, Done done, bool back) {
  return Job::start(std::move(call), std::move(done), [back](const Job::Ptr& job) {
    std::string from = job->name();
    std::string to = job->args()["new_name"].as_string();
    if (back) std::swap(from, to);
    if (Status good = check_container_name(to); !good) return job->fail(std::move(good).error());
    Call ask = container_call("POST", from, "/rename");
    ask.query.emplace_back("name", to);
    job->request(std::move(ask), [job = job.get(), to](HttpResponse) { job->finish(changed(true, to)); });
  });
}

}  // namespace

const Operation kContainerGet = {
    .name = "docker.container_get",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.get", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            job->json(inspect_container(job->name()), [job = job.get()](Value raw) { job->finish(container_view(raw)); });
          });
        },
};

const Operation kContainerFind = {
    .name = "docker.container_find",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.find", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_container(job->name()), [job = job.get()](Value raw) {
              job->finish(raw.is_null() ? Value() : container_view(raw));
            });
          });
        },
};

const Operation kContainerList = {
    .name = "docker.container_list",
    .effect = Effect::kRead,
    .fields = {{"labels", Type::kMap},
               {"state", Type::kString},
               {"network", Type::kString},
               {"volume", Type::kString},
               {"image", Type::kString}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "container.list", "")}; },
    .perform = list,
};

const Operation kContainerRemove = {
    .name = "docker.container_remove",
    .effect = Effect::kDestroy,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"force", Type::kBoolean},
               {"volumes", Type::kBoolean},
               {"stop_timeout", Type::kDuration}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.remove", args["name"].as_string())}; },
    .perform = [](Invocation call, Done done) { return Job::start(std::move(call), std::move(done), remove); },
    .timeout = 150,
    .describe = [](const Value& args) { return "remove container " + quoted(args); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_container(job->name()), [job = job.get()](Value found) {
              if (!found.is_null()) return job->finish(Value::object({{"done", false}}));
              job->finish(Value::object({{"done", true}, {"result", changed(true, job->name())}}));
            });
          });
        },
    .settles = true,
};

const Operation kContainerRename = {
    .name = "docker.container_rename",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"new_name", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) {
          return Accesses{engine_access(args, "container.rename", args["name"].as_string()),
                          engine_access(args, "container.rename", args["new_name"].as_string())};
        },
    .perform = [](Invocation call, Done done) { return rename(std::move(call), std::move(done), false); },
    .describe =
        [](const Value& args) { return cat("rename container ", quoted(args), " to '", args["new_name"].as_string(), "'"); },
    .predict = [](const Value& args) { return changed(true, args["new_name"].as_string()); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_container(job->args()["new_name"].as_string()), [job](Value now) {
              find(job, inspect_container(job->name()), [job = job.get(), now](Value before) {
                const bool renamed = !now.is_null() && before.is_null();
                job->finish(Value::object({{"done", renamed}, {"result", changed(true, job->args()["new_name"].as_string())}}));
              });
            });
          });
        },
    .capture = [](Invocation, Done done) -> Cancel {
      done(Value(Value::Object{}));
      return {};
    },
    .revert = [](Invocation call, Done done) { return rename(std::move(call), std::move(done), true); },
};

}  // namespace runbook::docker
