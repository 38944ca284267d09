// SPDX-License-Identifier: Apache-2.0
// Networks: which containers are on one.
#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

namespace {

const std::string& container_of(const Job& job) { return job.args()["container"].as_string(); }

/// Whether the container is on the network, by whatever name or id each is called.
void look(const Job::Ptr& job, std::function<void(bool on, Value endpoint)> next) {
  job->json(inspect_network(job->name()), [job, next = std::move(next)](const Value& network) {
    job->json(inspect_container(container_of(*job)), [next, name = network["Name"].as_string()](const Value& found) {
      const Value& endpoint = found["NetworkSettings"]["Networks"][name];
      next(!endpoint.is_null(), endpoint);
    });
  });
}

Call change(const Job& job, const char* verb, Value body) {
  Call ask = inspect_network(job.name());
  ask.method = "POST";
  ask.path += std::string("/") + verb;
  ask.object = cat("container '", container_of(job), "' and network '", job.name(), "'");
  ask.body = std::move(body);
  return ask;
}

void send(const Job::Ptr& job, Call ask) {
  job->attempt(std::move(ask), [job = job.get()](Result<HttpResponse> answer) {
    if (answer) return job->finish(changed(true, job->name()));
    Error error = std::move(answer).error();
    // The engine's 403 is no matter of permission.
    if (error.code == "docker.auth") error.code = "docker.conflict";
    job->fail(std::move(error));
  });
}

Value endpoint_config(const Value& args) {
  Value out = Value::Object{};
  if (!args["aliases"].is_null()) out.set("Aliases", args["aliases"]);
  Value addresses = Value::Object{};
  if (!args["ipv4"].is_null()) addresses.set("IPv4Address", args["ipv4"]);
  if (!args["ipv6"].is_null()) addresses.set("IPv6Address", args["ipv6"]);
  if (!addresses.members().empty()) out.set("IPAMConfig", std::move(addresses));
  return out;
}

Cancel connect(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    look(job, [job](bool on, const Value&) {
      if (on) return job->finish(changed(false, job->name()));
      send(job, change(*job, "connect", Value::object({{"Container", container_of(*job)}, {"EndpointConfig", endpoint_config(job->args())}})));
    });
  });
}

Cancel disconnect(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    look(job, [job](bool on, const Value&) {
      if (!on) return job->finish(changed(false, job->name()));
      send(job, change(*job, "disconnect", Value::object({{"Container", container_of(*job)}, {"Force", job->args()["force"].as_bool()}})));
    });
  });
}

template <bool kOn>
Cancel probe(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    look(job, [job = job.get()](bool on, const Value&) {
      job->finish(Value::object({{"done", on == kOn}, {"result", changed(true, job->name())}}));
    });
  });
}

Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    look(job, [job = job.get()](bool on, const Value& endpoint) {
      Value config = Value::Object{};
      if (endpoint["Aliases"].is_array()) config.set("Aliases", endpoint["Aliases"]);
      if (endpoint["IPAMConfig"].is_object()) config.set("IPAMConfig", endpoint["IPAMConfig"]);
      job->finish(Value::object({{"on", on}, {"config", std::move(config)}}));
    });
  });
}

Cancel restore(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    look(job, [job](bool on, const Value&) {
      const Value& before = job->args()["before"];
      if (on == before["on"].as_bool()) return job->finish(changed(false, job->name()));
      Value body = Value::object({{"Container", container_of(*job)}});
      if (before["on"].as_bool()) body.set("EndpointConfig", before["config"]);
      send(job, change(*job, before["on"].as_bool() ? "connect" : "disconnect", std::move(body)));
    });
  });
}

std::string both(const Value& args, const char* verb, const char* word) {
  return cat(verb, " container '", args["container"].as_string(), "' ", word, " network '", args["name"].as_string(), "'");
}

Accesses accesses(const Value& args, const char* verb) {
  return {engine_access(args, verb, args["name"].as_string()), engine_access(args, verb, args["container"].as_string())};
}

}  // namespace

const Operation kNetworkConnect = {
    .name = "docker.network_connect",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"container", Type::kString, kPositionalRequired},
               {"aliases", Type::kStrings},
               {"ipv4", Type::kString},
               {"ipv6", Type::kString}},
    .access = [](World&, const Value& args) { return accesses(args, "network.connect"); },
    .perform = connect,
    .describe = [](const Value& args) { return both(args, "connect", "to"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe<true>,
    .settles = true,
    .capture = capture,
    .revert = restore,
};

const Operation kNetworkDisconnect = {
    .name = "docker.network_disconnect",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"container", Type::kString, kPositionalRequired}, {"force", Type::kBoolean}},
    .access = [](World&, const Value& args) { return accesses(args, "network.disconnect"); },
    .perform = disconnect,
    .describe = [](const Value& args) { return both(args, "disconnect", "from"); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe = probe<false>,
    .settles = true,
    .capture = capture,
    .revert = restore,
};

}  // namespace runbook::docker
