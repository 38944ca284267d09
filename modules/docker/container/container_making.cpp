// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/container_making.h"

#include "host/core/text.h"
#include "modules/docker/paths.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

// Connects the networks that the engine did not take at creation.
void connect_networks(const Job::Ptr& job, Value left, const std::string& id, std::function<void(std::string)> next) {
  if (left.members().empty()) return next(id);
  const auto [name, endpoint] = *left.members().begin();
  left.erase(name);
  Call ask = inspect_network(name);
  ask.method = "POST";
  ask.path += "/connect";
  ask.body = Value::object({{"Container", id}, {"EndpointConfig", endpoint}});
  job->attempt(std::move(ask), [job = job.get(), left = std::move(left), id, next](Result<HttpResponse> answer) mutable {
    if (answer) return connect_networks(job->shared_from_this(), std::move(left), id, std::move(next));
    auto error = std::make_shared<Error>(std::move(answer).error());
    job->attempt(remove_container(id, true), [job, error](Result<HttpResponse>) { job->fail(std::move(*error)); });
  });
}

bool shares_network(const std::string& name) { return name == "host" || name.starts_with("container:"); }

// Whether what runs inside can get at the machine around it: its disks, its processes, its network. No path is out of reach then.
bool leaves_container(const Value& args) {
  if (args["privileged"].as_bool() || !args["cap_add"].items().empty()) return true;
  for (const std::string& option : args["security_opt"].as_strings()) {
    if (!option.starts_with("no-new-privileges")) return true;
  }
  for (const std::string& network : args["networks"].as_strings()) {
    if (shares_network(network)) return true;
  }
  for (const auto& [network, aliases] : args["networks"].members()) {
    if (shares_network(network)) return true;
  }
  return false;
}

}  // namespace

Accesses container_accesses(World& world, const Value& args, const char* verb) {
  Accesses out{engine_access(args, verb, args["name"].as_string())};
  for (const BindMount& mount : bind_mounts(args)) out.push_back(path_access(world, mount.readonly ? "read" : "write", mount.source));
  if (leaves_container(args)) out.push_back(path_access(world, "write", "/"));
  return out;
}

bool is_made_from(const Value& found, const ContainerSpec& spec) {
  bool same = found["Config"]["Labels"][kSpecLabel].as_string() == spec.hash;
  for (const auto& [network, endpoint] : spec.more_networks.members()) {
    same = same && found["NetworkSettings"]["Networks"].has(network);
  }
  return same;
}

void create_container(const Job::Ptr& job, const std::string& name, ContainerSpec spec,
                      std::function<void(std::string)> next) {
  Call ask;
  ask.method = "POST";
  ask.path = "/containers/create";
  ask.query.emplace_back("name", name);
  ask.object = cat("container '", name, "'");
  ask.body = std::move(spec.body);
  job->json(std::move(ask), [job = job.get(), networks = std::move(spec.more_networks), next = std::move(next)](Value made) {
    connect_networks(job->shared_from_this(), networks, made["Id"].as_string(), next);
  });
}

}  // namespace runbook::docker
