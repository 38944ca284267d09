// SPDX-License-Identifier: Apache-2.0
// Nodes of a swarm: get, find, list, change, remove, wait for.
#include <algorithm>
#include <memory>

#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

namespace {

constexpr double kDefaultPatience = 120;
constexpr double kPause = 0.5;

const std::vector<std::string> kRoles = {"worker", "manager"};
const std::vector<std::string> kAvailabilities = {"active", "pause", "drain"};
const std::vector<std::string> kStates = {"ready", "down"};

std::string quoted(const Value& args) { return "'" + args["name"].as_string() + "'"; }

Value view_of(const Value& raw) {
  const Value& about = raw["Description"];
  Value out = object_view(raw);
  out.set("name", about["Hostname"]);
  out.set("role", raw["Spec"]["Role"]);
  out.set("availability", raw["Spec"]["Availability"]);
  out.set("state", raw["Status"]["State"]);
  out.set("addr", raw["Status"]["Addr"]);
  out.set("manager", !raw["ManagerStatus"].is_null());
  out.set("leader", raw["ManagerStatus"]["Leader"].as_bool());
  out.set("engine", about["Engine"]["EngineVersion"]);
  out.set("os", about["Platform"]["OS"]);
  out.set("architecture", about["Platform"]["Architecture"]);
  out.set("cpus", about["Resources"]["NanoCPUs"].as_number() / 1e9);
  out.set("memory", about["Resources"]["MemoryBytes"]);
  const auto set_if = [&](const char* key, const Value& value) {
    if (!value.is_null() && value != Value("")) out.set(key, value);
  };
  set_if("reachability", raw["ManagerStatus"]["Reachability"]);
  set_if("manager_addr", raw["ManagerStatus"]["Addr"]);
  set_if("message", raw["Status"]["Message"]);
  return out;
}

Value changed_view(const Value& raw, bool yes) {
  Value view = view_of(raw);
  view.set("changed", yes);
  return view;
}

// What is given over what there is; a label that is null goes.
Result<Value> merged(const Value& raw, const Value& args) {
  Value spec = raw["Spec"];
  if (!args["role"].is_null()) spec.set("Role", args["role"]);
  if (!args["availability"].is_null()) spec.set("Availability", args["availability"]);
  Value labels = object_view(raw)["labels"];
  for (const auto& [key, value] : args["labels"].members()) {
    if (value.is_array() || value.is_object()) {
      return Error("argument.invalid", cat("node ", quoted(args), ": the label '", printable(key), "' must be a text, or rb.null to remove it"));
    }
    if (value.is_null()) {
      labels.erase(key);
    } else {
      labels.set(key, value.is_string() ? value : Value(to_json(value)));
    }
  }
  if (object_view(raw)["labels"] == labels && spec["Role"] == raw["Spec"]["Role"] && spec["Availability"] == raw["Spec"]["Availability"]) {
    return Value();
  }
  spec.set("Labels", std::move(labels));
  return spec;
}

void send(const Job::Ptr& job, std::function<Result<Value>(const Value& raw)> body) {
  update_object(job, {.noun = kNodeNoun,
                      .name = job->name(),
                      .body = std::move(body),
                      .next = [job](Value raw, bool yes) { job->finish(changed_view(raw, yes)); }});
}

Cancel update(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    send(job, [job = job.get()](const Value& raw) { return merged(raw, job->args()); });
  });
}

Cancel probe_update(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kNodeNoun, job->name(), [job = job.get()](Value raw) {
      const auto change = raw.is_null() ? Result<Value>(Value(true)) : merged(raw, job->args());
      const bool so = change && change->is_null();
      Value out = Value::object({{"done", so}});
      if (so) out.set("result", changed_view(raw, true));
      job->finish(std::move(out));
    });
  });
}

Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kNodeNoun, job->name(), [job = job.get()](Value raw) {
      job->finish(raw.is_null() ? Value() : Value::object({{"spec", raw["Spec"]}}));
    });
  });
}

// Only what the call may have changed goes back: others may have changed other things since.
Cancel restore(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& before = job->args()["before"]["spec"];
    if (before.is_null()) return job->finish(changed(false, job->name()));
    Value wanted = Value::object({{"name", job->name()}});
    if (!job->args()["role"].is_null()) wanted.set("role", before["Role"]);
    if (!job->args()["availability"].is_null()) wanted.set("availability", before["Availability"]);
    Value labels = Value::Object{};
    for (const auto& [key, value] : job->args()["labels"].members()) labels.set(key, before["Labels"][key]);
    wanted.set("labels", std::move(labels));
    send(job, [wanted = std::move(wanted)](const Value& raw) { return merged(raw, wanted); });
  });
}

Cancel list(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    const std::string name = args["name"].as_string();
    Call ask = swarm_listing(kNodeNoun, Value(), {{"name", name}, {"role", args["role"].as_string()}});
    job->json(std::move(ask), [job = job.get(), name](Value rows) {
      Value out = Value::Array{};
      const Value wanted = text_map(job->args()["labels"]);
      for (const Value& row : rows.items()) {
        const Value& labels = row["Spec"]["Labels"];
        const bool fits = std::all_of(wanted.members().begin(), wanted.members().end(),
                                      [&](const auto& one) { return labels[one.first] == one.second; });
        if (fits && (name.empty() || name_of(row) == name)) out.push(view_of(row));
      }
      job->finish(std::move(out));
    });
  });
}

struct Wait {
  Job::Ptr job;
  std::string state;
  double allowed = kDefaultPatience;
  Duration until{};
};

void look(const std::shared_ptr<Wait>& wait) {
  get_object(wait->job, kNodeNoun, wait->job->name(), [wait](Value raw) {
    const Job::Ptr& job = wait->job;
    const std::string& state = raw["Status"]["State"].as_string();
    if (state == wait->state) return job->finish(view_of(raw));
    if (job->loop().now() < wait->until) return job->after(kPause, [wait] { look(wait); });
    const std::string words = raw["Status"]["Message"].as_string();
    Error error("docker.timeout", cat("node ", quoted(job->args()), " is not ", wait->state, " after ", show_duration(wait->allowed), ": it is ",
                                      state, words.empty() ? "" : ": " + printable(words)));
    error.retryable = true;
    job->fail(std::move(error));
  });
}

Cancel wait_for(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    auto wait = std::make_shared<Wait>();
    wait->job = job;
    wait->state = job->args()["state"].as_string("ready");
    wait->allowed = job->args()["timeout"].as_number(kDefaultPatience);
    wait->until = job->loop().now() + seconds(wait->allowed - std::min(1.0, wait->allowed * 0.2));
    look(wait);
  });
}

}  // namespace

const Operation kNodeGet = {
    .name = "docker.node_get",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kNodeNoun, "get"); },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            get_object(job, kNodeNoun, job->name(), [job = job.get()](Value raw) { job->finish(view_of(raw)); });
          });
        },
};

const Operation kNodeFind = {
    .name = "docker.node_find",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kNodeNoun, "find"); },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find_object(job, kNodeNoun, job->name(), [job = job.get()](Value raw) { job->finish(raw.is_null() ? Value() : view_of(raw)); });
          });
        },
};

const Operation kNodeList = {
    .name = "docker.node_list",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString}, {"role", Type::kString, Field::kOptional, &kRoles}, {"labels", Type::kMap}},
    .access = [](World&, const Value& args) { return Accesses{swarm_access(args, kNodeNoun, "list", "")}; },
    .perform = list,
};

const Operation kNodeUpdate = {
    .name = "docker.node_update",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"labels", Type::kTable},
               {"role", Type::kString, Field::kOptional, &kRoles},
               {"availability", Type::kString, Field::kOptional, &kAvailabilities}},
    .access = [](World&, const Value& args) { return named_access(args, kNodeNoun, "update"); },
    .perform = update,
    .describe = [](const Value& args) { return cat("update node ", quoted(args)); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe_update,
    .settles = true,
    .capture = capture,
    .revert = restore,
};

const Operation kNodeRemove = {
    .name = "docker.node_remove",
    .effect = Effect::kDestroy,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"force", Type::kBoolean}},
    .access = [](World&, const Value& args) { return named_access(args, kNodeNoun, "remove"); },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            Query query;
            if (job->args()["force"].as_bool()) query.emplace_back("force", "true");
            remove_object(job, kNodeNoun, std::move(query));
          });
        },
    .describe = [](const Value& args) { return cat("remove node ", quoted(args), " from the swarm"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find_object(job, kNodeNoun, job->name(), [job = job.get()](Value raw) {
              job->finish(Value::object({{"done", raw.is_null()}, {"result", changed(true, job->name())}}));
            });
          });
        },
    .settles = true,
};

const Operation kNodeWait = {
    .name = "docker.node_wait",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"state", Type::kString, Field::kOptional, &kStates},
               {"timeout", Type::kDuration}},
    .access = [](World&, const Value& args) { return named_access(args, kNodeNoun, "wait"); },
    .perform = wait_for,
    .timeout = kDefaultPatience,
    .describe =
        [](const Value& args) { return cat("wait until node ", quoted(args), " is ", args["state"].as_string("ready")); },
};

}  // namespace runbook::docker
