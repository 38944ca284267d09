// SPDX-License-Identifier: Apache-2.0
// What every change to a service goes through: as a script sees one, the update, and taking it back.
#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/swarm/services.h"
#include "modules/docker/swarm/spec_compare.h"

namespace runbook::docker {

namespace {

void set_mode(Value& view, const Value& mode) {
  static constexpr std::pair<const char*, const char*> kModes[] = {
      {"Replicated", "replicated"}, {"Global", "global"}, {"ReplicatedJob", "replicated-job"}, {"GlobalJob", "global-job"}};
  for (const auto& [key, name] : kModes) {
    if (mode.has(key)) view.set("mode", name);
  }
  if (!mode["Replicated"].is_null()) view.set("replicas", mode["Replicated"]["Replicas"].as_int(1));
}

Value ports_of(const Value& raw) {
  Value out = Value::Array{};
  // The engine tells of them a moment after the service is made; until then it is known what was asked for.
  const Value& there = raw["Endpoint"]["Ports"];
  for (const Value& one : (there.is_null() ? raw["Spec"]["EndpointSpec"]["Ports"] : there).items()) {
    Value port = Value::object({{"target", one["TargetPort"]}, {"protocol", one["Protocol"]}, {"mode", one["PublishMode"]}});
    if (!one["PublishedPort"].is_null()) port.set("published", one["PublishedPort"]);
    out.push(std::move(port));
  }
  return out;
}

Value update_of(const Value& status) {
  Value out = Value::object({{"state", status["State"]}});
  if (!status["Message"].is_null()) out.set("message", status["Message"]);
  if (!status["StartedAt"].is_null()) out.set("started", status["StartedAt"]);
  if (!status["CompletedAt"].is_null()) out.set("completed", status["CompletedAt"]);
  return out;
}

}  // namespace

Value service_view(const Value& raw) {
  const Value& spec = raw["Spec"];
  Value out = object_view(raw);
  out.set("name", spec["Name"]);
  out.set("image", spec["TaskTemplate"]["ContainerSpec"]["Image"]);
  out.set("ports", ports_of(raw));
  set_mode(out, spec["Mode"]);
  if (raw["UpdateStatus"]["State"].is_string()) out.set("update", update_of(raw["UpdateStatus"]));
  if (!raw["ServiceStatus"].is_null()) {
    out.set("running", raw["ServiceStatus"]["RunningTasks"]);
    out.set("desired", raw["ServiceStatus"]["DesiredTasks"]);
  }
  return out;
}

Value changed_service(const Value& raw, bool yes) {
  Value view = service_view(raw);
  view.set("changed", yes);
  return view;
}

void update_service(const Job::Ptr& job, std::function<Result<Value>(const Value& raw)> body, Query query,
                    std::function<void(Value raw, bool changed)> next) {
  // What is undone is pulled as what runs now: of a run that is over no secret is known.
  const bool given = !job->args()["auth"].is_null() && job->args()["before"].is_null();
  if (!given) query.emplace_back("registryAuthFrom", "spec");
  update_object(job, {.noun = kServiceNoun,
                      .name = job->name(),
                      .body = std::move(body),
                      .query = std::move(query),
                      .prepare =
                          [job = job.get(), given](Call& ask) {
                            if (given) add_auth(ask, job->args()["auth"], image_of(ask.body));
                          },
                      .next = std::move(next)});
}

Cancel capture_service(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kServiceNoun, job->name(), [job = job.get()](Value raw) {
      job->finish(Value::object({{"exists", !raw.is_null()}, {"spec", raw["Spec"]}, {"without_secrets", true}}));
    });
  });
}

Cancel restore_service(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& before = job->args()["before"];
    if (!before["exists"].as_bool()) return remove_object(job, kServiceNoun);
    update_service(
        job,
        [spec = before["spec"]](const Value& raw) -> Result<Value> {
          return canonical_spec(raw["Spec"]) == canonical_spec(spec) ? Value() : shaped_spec(spec);
        },
        {}, [job](Value raw, bool yes) { job->finish(changed_service(raw, yes)); });
  });
}

}  // namespace runbook::docker
