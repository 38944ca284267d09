// SPDX-License-Identifier: Apache-2.0
// Tasks: what runs, ran or shall run of a service, and where.
#include "modules/docker/swarm/tasks.h"

#include <algorithm>
#include <map>

#include "host/core/text.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

namespace {

using Names = std::map<std::string, std::string>;

void names_of(const Job::Ptr& job, const SwarmNoun& noun, std::function<void(Names)> next) {
  job->json(swarm_listing(noun, Value(), {}), [next = std::move(next)](Value rows) {
    Names names;
    for (const Value& row : rows.items()) names[row["ID"].as_string()] = name_of(row);
    next(std::move(names));
  });
}

void name_places(Value& view, const Names& services, const Names& nodes) {
  if (auto found = services.find(view["service_id"].as_string()); found != services.end()) view.set("service", found->second);
  if (auto found = nodes.find(view["node_id"].as_string()); found != nodes.end()) view.set("node", found->second);
}

// Tasks come in no order: by service, slot, and the newest first.
bool comes_before(const Value& a, const Value& b) {
  if (a["service"] != b["service"]) return a["service"].as_string() < b["service"].as_string();
  if (a["slot"] != b["slot"]) return a["slot"].as_int() < b["slot"].as_int();
  return a["created"].as_string() > b["created"].as_string();
}

void finish_with_names(const Job::Ptr& job, Value rows, std::function<void(Value)> next) {
  names_of(job, kServiceNoun, [job, rows = std::move(rows), next = std::move(next)](Names services) {
    names_of(job, kNodeNoun, [rows, services, next](Names nodes) {
      Value out = Value::Array{};
      for (const Value& row : rows.items()) {
        Value view = task_view(row);
        name_places(view, services, nodes);
        out.push(std::move(view));
      }
      std::stable_sort(out.mutable_items().begin(), out.mutable_items().end(), comes_before);
      next(std::move(out));
    });
  });
}

Cancel list(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    Call ask = swarm_listing(kTaskNoun, args["labels"], {{"service", args["service"].as_string()},
                                                         {"node", args["node"].as_string()},
                                                         {"desired-state", args["desired_state"].as_string()}});
    job->attempt(std::move(ask), [job](Result<HttpResponse> answer) {
      // A service that is not there has no tasks.
      if (!answer && answer.error().code == "docker.not_found") return job->finish(Value::Array{});
      if (!answer) return job->fail(std::move(answer).error());
      auto rows = parse_answer(*answer);
      if (!rows) return job->fail(std::move(rows).error());
      finish_with_names(job, std::move(*rows), [job = job.get()](Value views) { job->finish(std::move(views)); });
    });
  });
}

Cancel get(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask = swarm_call("GET", kTaskNoun, job->args()["id"].as_string());
    job->json(std::move(ask), [job](Value raw) {
      finish_with_names(job, Value::array({raw}), [job = job.get()](Value views) { job->finish(views.items().front()); });
    });
  });
}

}  // namespace

Value task_view(const Value& raw) {
  const Value& status = raw["Status"];
  Value out = object_view(raw);
  if (raw["Labels"].is_object()) out.set("labels", raw["Labels"]);
  out.set("service_id", raw["ServiceID"]);
  out.set("image", raw["Spec"]["ContainerSpec"]["Image"]);
  out.set("state", status["State"]);
  out.set("desired_state", raw["DesiredState"]);
  const auto set_if = [&](const char* key, const Value& value) {
    if (!value.is_null() && value != Value("")) out.set(key, value);
  };
  set_if("node_id", raw["NodeID"]);
  set_if("slot", raw["Slot"]);
  set_if("message", status["Message"]);
  set_if("error", status["Err"]);
  set_if("since", status["Timestamp"]);
  set_if("container_id", status["ContainerStatus"]["ContainerID"]);
  const std::string& state = status["State"].as_string();
  if (state == "complete" || state == "failed") set_if("exit_code", status["ContainerStatus"]["ExitCode"]);
  return out;
}

const Operation kTaskList = {
    .name = "docker.task_list",
    .effect = Effect::kRead,
    .fields = {{"service", Type::kString}, {"node", Type::kString}, {"labels", Type::kMap}, {"desired_state", Type::kString}},
    .access =
        [](World&, const Value& args) { return Accesses{swarm_access(args, kTaskNoun, "list", args["service"].as_string())}; },
    .perform = list,
};

const Operation kTaskGet = {
    .name = "docker.task_get",
    .effect = Effect::kRead,
    .fields = {{"id", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{swarm_access(args, kTaskNoun, "get", args["id"].as_string())}; },
    .perform = get,
};

}  // namespace runbook::docker
