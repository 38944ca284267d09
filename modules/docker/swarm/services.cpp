// SPDX-License-Identifier: Apache-2.0
// Services: create, update, compare with a description, get, find, list, remove.
#include "modules/docker/swarm/services.h"

#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/swarm/service_spec.h"
#include "modules/docker/swarm/spec_compare.h"

namespace runbook::docker {

namespace {

std::string quoted(const Value& args) { return "'" + args["name"].as_string() + "'"; }

Cancel create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto wanted = wanted_spec(job->args());
    if (!wanted) return job->fail(std::move(wanted).error());
    with_references(job, std::move(*wanted), [job](Value spec) {
      Call ask = swarm_call("POST", kServiceNoun, job->name());
      ask.path = "/services/create";
      if (!job->args()["auth"].is_null()) add_auth(ask, job->args()["auth"], image_of(spec));
      ask.body = std::move(spec);
      job->json(std::move(ask), [job](Value made) {
        get_object(job, kServiceNoun, made["ID"].as_string(), [job = job.get()](Value raw) { job->finish(changed_service(raw, true)); });
      });
    });
  });
}

// The number of forced restarts is not part of what is described: it stays as it is.
Value keeping_restarts(Value spec, const Value& running) {
  Value task = spec["TaskTemplate"];
  if (task["ForceUpdate"].is_null()) task.set("ForceUpdate", running["TaskTemplate"]["ForceUpdate"].as_int());
  spec.set("TaskTemplate", std::move(task));
  return spec;
}

Cancel update(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto wanted = wanted_spec(job->args());
    if (!wanted) return job->fail(std::move(wanted).error());
    with_references(job, std::move(*wanted), [job](Value spec) {
      update_service(
          job, [spec = std::move(spec)](const Value& raw) -> Result<Value> { return keeping_restarts(spec, raw["Spec"]); }, {},
          [job](Value raw, bool) { job->finish(changed_service(raw, true)); });
    });
  });
}

// The engine keeps networks by their ids: those of the running description, where the names lead to the same networks.
Value with_network_ids(Value spec, const Value& running, const Value& networks) {
  Value task = spec["TaskTemplate"];
  Value list = Value::Array{};
  for (Value one : task["Networks"].items()) {
    const std::string target = one["Target"].as_string();
    for (const Value& network : networks.items()) {
      if (network["Name"].as_string() != target) continue;
      for (const Value& attached : running["TaskTemplate"]["Networks"].items()) {
        if (attached["Target"] == network["Id"]) one.set("Target", network["Id"]);
      }
    }
    list.push(std::move(one));
  }
  if (!list.items().empty()) task.set("Networks", std::move(list));
  spec.set("TaskTemplate", std::move(task));
  return spec;
}

using Compared = std::function<void(const Value& raw, const std::string& diff)>;

void compare(const Job::Ptr& job, Compared next) {
  auto wanted = wanted_spec(job->args());
  if (!wanted) return job->fail(std::move(wanted).error());
  with_references(job, std::move(*wanted), [job, next = std::move(next)](Value spec) {
    find_object(job, kServiceNoun, job->name(), [job, spec = std::move(spec), next](Value raw) {
      if (raw.is_null()) return next(raw, spec_diff(job->name(), Value(), spec));
      Call ask;
      ask.path = "/networks";
      ask.object = "networks";
      job->json(std::move(ask), [job = job.get(), spec, raw, next](Value networks) {
        const Value full = with_network_ids(keeping_restarts(spec, raw["Spec"]), raw["Spec"], networks);
        next(raw, spec_diff(job->name(), raw["Spec"], full));
      });
    });
  });
}

Cancel verify(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    compare(job, [job](const Value& raw, const std::string& diff) {
      Value out = Value::object({{"exists", !raw.is_null()}, {"equal", !raw.is_null() && diff.empty()}, {"diff", diff}});
      if (!raw.is_null()) out.set("service", service_view(raw));
      job->finish(std::move(out));
    });
  });
}

Cancel probe(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    compare(job, [job](const Value& raw, const std::string& diff) {
      const bool so = !raw.is_null() && diff.empty();
      Value out = Value::object({{"done", so}});
      if (so) out.set("result", changed_service(raw, true));
      job->finish(std::move(out));
    });
  });
}

Cancel list(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    const std::string name = args["name"].as_string();
    Call ask = swarm_listing(kServiceNoun, args["labels"], {{"name", name}, {"mode", args["mode"].as_string()}});
    // How many tasks there are; engines before 1.41 do not know.
    ask.query.emplace_back("status", "true");
    job->json(std::move(ask), [job = job.get(), name](Value rows) {
      Value out = Value::Array{};
      for (const Value& row : rows.items()) {
        if (name.empty() || name_of(row) == name) out.push(service_view(row));
      }
      job->finish(std::move(out));
    });
  });
}

Value predicted(const Value& args) {
  return Value::object({{"name", args["name"]},
                        {"changed", true},
                        {"id", Value::Unknown{cat("the id of service ", quoted(args), ", which is not made yet")}}});
}

}  // namespace

const Operation kServiceCreate = {
    .name = "docker.service_create",
    .effect = Effect::kChange,
    .fields = service_fields(),
    .access = [](World& world, const Value& args) { return service_accesses(world, args, "create"); },
    .perform = create,
    .describe = [](const Value& args) { return cat("create service ", quoted(args)); },
    .predict = predicted,
    .probe = probe,
    .capture = capture_service,
    .revert = restore_service,
};

const Operation kServiceUpdate = {
    .name = "docker.service_update",
    .effect = Effect::kChange,
    .fields = service_fields(),
    .access = [](World& world, const Value& args) { return service_accesses(world, args, "update"); },
    .perform = update,
    .describe = [](const Value& args) { return cat("update service ", quoted(args)); },
    .predict = [](const Value& args) { return Value::object({{"name", args["name"]}, {"changed", true}}); },
    .probe = probe,
    .capture = capture_service,
    .revert = restore_service,
};

const Operation kServiceVerify = {
    .name = "docker.service_verify",
    .effect = Effect::kRead,
    .fields = service_fields(),
    .access = [](World&, const Value& args) { return service_reads(args, "verify"); },
    .perform = verify,
};

const Operation kServiceEnsure = {
    .name = "docker.service_ensure",
    .effect = Effect::kChange,
    .fields = service_fields(),
    .access = [](World& world, const Value& args) { return service_accesses(world, args, "ensure"); },
    .perform = nullptr,
    .describe = [](const Value& args) { return cat("service ", quoted(args), " as described"); },
};

const Operation kServiceGet = {
    .name = "docker.service_get",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kServiceNoun, "get"); },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            get_object(job, kServiceNoun, job->name(), [job = job.get()](Value raw) { job->finish(service_view(raw)); });
          });
        },
};

const Operation kServiceFind = {
    .name = "docker.service_find",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kServiceNoun, "find"); },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find_object(job, kServiceNoun, job->name(), [job = job.get()](Value raw) {
              job->finish(raw.is_null() ? Value() : service_view(raw));
            });
          });
        },
};

const Operation kServiceList = {
    .name = "docker.service_list",
    .effect = Effect::kRead,
    .fields = {{"labels", Type::kMap}, {"name", Type::kString}, {"mode", Type::kString}},
    .access = [](World&, const Value& args) { return Accesses{swarm_access(args, kServiceNoun, "list", "")}; },
    .perform = list,
};

const Operation kServiceRemove = {
    .name = "docker.service_remove",
    .effect = Effect::kDestroy,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kServiceNoun, "remove"); },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) { remove_object(job, kServiceNoun); });
        },
    .describe = [](const Value& args) { return cat("remove service ", quoted(args)); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find_object(job, kServiceNoun, job->name(), [job = job.get()](Value raw) {
              job->finish(Value::object({{"done", raw.is_null()}, {"result", changed(true, job->name())}}));
            });
          });
        },
    .settles = true,
};

}  // namespace runbook::docker
