// SPDX-License-Identifier: Apache-2.0
// Networks: create, get, find, list, remove.
#include "host/core/text.h"
#include "modules/docker/operations.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

Value body_of(const Value& args) {
  Value body = Value::object({{"Name", args["name"]},
                              {"CheckDuplicate", true},
                              {"Driver", args["driver"].as_string("bridge")},
                              {"Internal", args["internal"].as_bool()},
                              {"Attachable", args["attachable"].as_bool()},
                              {"EnableIPv6", args["ipv6"].as_bool()},
                              {"Labels", args["labels"].is_null() ? Value(Value::Object{}) : args["labels"]},
                              {"Options", args["options"].is_null() ? Value(Value::Object{}) : args["options"]}});
  Value pools = Value::Array{};
  if (!args["subnet"].is_null()) {
    Value pool = Value::object({{"Subnet", args["subnet"]}});
    if (!args["gateway"].is_null()) pool.set("Gateway", args["gateway"]);
    if (!args["ip_range"].is_null()) pool.set("IPRange", args["ip_range"]);
    pools.push(std::move(pool));
  }
  for (const Value& subnet : args["more_subnets"].items()) pools.push(Value::object({{"Subnet", subnet}}));
  if (!pools.items().empty() || !args["ipam_driver"].is_null()) {
    body.set("IPAM", Value::object({{"Driver", args["ipam_driver"].as_string("default")}, {"Config", std::move(pools)}}));
  }
  return body;
}

Cancel create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask;
    ask.method = "POST";
    ask.path = "/networks/create";
    ask.object = cat("network '", job->name(), "'");
    ask.body = body_of(job->args());
    job->json(std::move(ask), [job](Value made) {
      job->json(inspect_network(made["Id"].as_string()), [job = job.get()](Value raw) {
        Value view = network_view(raw);
        view.set("changed", true);
        job->finish(std::move(view));
      });
    });
  });
}

Cancel probe_create(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_network(job->name()), [job = job.get()](Value found) {
      if (found.is_null()) return job->finish(Value::object({{"done", false}}));
      Value view = network_view(found);
      view.set("changed", true);
      job->finish(Value::object({{"done", true}, {"result", std::move(view)}}));
    });
  });
}

Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_network(job->name()), [job = job.get()](Value found) {
      job->finish(Value::object({{"exists", !found.is_null()}}));
    });
  });
}

Cancel remove(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (job->args()["before"]["exists"].as_bool()) return job->finish(changed(false, job->name()));
    Call ask = inspect_network(job->name());
    ask.method = "DELETE";
    job->attempt(std::move(ask), [job = job.get()](Result<HttpResponse> answer) {
      if (!answer && answer.error().code != "docker.not_found") {
        Error error = std::move(answer).error();
        // The engine answers 403 for a network in use, which is not a matter of permission.
        if (error.message.find("active endpoints") != std::string::npos) error.code = "docker.conflict";
        return job->fail(std::move(error));
      }
      job->finish(changed(answer.ok(), job->name()));
    });
  });
}

// A network is found by its name or by the beginning of its id; only its name is meant here, or its whole id.
Value exactly(const Value& raw, const std::string& name) {
  return raw["Name"].as_string() == name || raw["Id"].as_string() == name ? raw : Value();
}

std::vector<Field> create_fields() {
  return {{"name", Type::kString, kPositionalRequired},
          {"driver", Type::kString},
          {"labels", Type::kMap},
          {"options", Type::kMap},
          {"internal", Type::kBoolean},
          {"attachable", Type::kBoolean},
          {"ipv6", Type::kBoolean},
          {"subnet", Type::kString},
          {"gateway", Type::kString},
          {"ip_range", Type::kString},
          {"more_subnets", Type::kStrings},
          {"ipam_driver", Type::kString}};
}

}  // namespace

const Operation kNetworkCreate = {
    .name = "docker.network_create",
    .effect = Effect::kChange,
    .fields = create_fields(),
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "network.create", args["name"].as_string())}; },
    .perform = create,
    .describe = [](const Value& args) { return cat("create network '", args["name"].as_string(), "'"); },
    .predict =
        [](const Value& args) {
          const std::string& name = args["name"].as_string();
          return Value::object({{"name", name},
                                {"driver", args["driver"].as_string("bridge")},
                                {"changed", true},
                                {"id", Value::Unknown{cat("the id of network '", name, "', which is not made yet")}}});
        },
    .probe = probe_create,
    .capture = capture,
    .revert = remove,
};

const Operation kNetworkEnsure = {
    .name = "docker.network_ensure",
    .effect = Effect::kChange,
    .fields = create_fields(),
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "network.ensure", args["name"].as_string())}; },
    .perform = nullptr,
    .describe = [](const Value& args) { return cat("network '", args["name"].as_string(), "' as described"); },
};

const Operation kNetworkGet = {
    .name = "docker.network_get",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "network.get", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            job->json(inspect_network(job->name()), [job = job.get()](Value raw) { job->finish(network_view(raw)); });
          });
        },
};

const Operation kNetworkFind = {
    .name = "docker.network_find",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "network.find", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_network(job->name()), [job = job.get()](Value raw) {
              const Value found = exactly(raw, job->name());
              job->finish(found.is_null() ? Value() : network_view(found));
            });
          });
        },
};

const Operation kNetworkList = {
    .name = "docker.network_list",
    .effect = Effect::kRead,
    .fields = {{"labels", Type::kMap}, {"driver", Type::kString}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "network.list", "")}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            Call ask;
            ask.path = "/networks";
            ask.object = "networks";
            const std::string filters =
                filters_json(job->args()["labels"], {{"driver", job->args()["driver"].as_string()}});
            if (!filters.empty()) ask.query.emplace_back("filters", filters);
            job->json(std::move(ask), [job = job.get()](Value rows) {
              Value out = Value::Array{};
              for (const Value& row : rows.items()) out.push(network_view(row));
              job->finish(std::move(out));
            });
          });
        },
};

const Operation kNetworkRemove = {
    .name = "docker.network_remove",
    .effect = Effect::kDestroy,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "network.remove", args["name"].as_string())}; },
    .perform = remove,
    .describe = [](const Value& args) { return cat("remove network '", args["name"].as_string(), "'"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_network(job->name()), [job = job.get()](Value found) {
              job->finish(Value::object({{"done", found.is_null()}, {"result", changed(true, job->name())}}));
            });
          });
        },
    .settles = true,
};

}  // namespace runbook::docker
