// SPDX-License-Identifier: Apache-2.0
// Services name secrets, configs and networks; the engine wants and shows their ids.
#include <map>
#include <set>

#include "host/core/text.h"
#include "modules/docker/swarm/services.h"

namespace runbook::docker {

namespace {

struct Kind {
  SwarmNoun noun;
  const char* list;
  const char* name;
  const char* id;
};
constexpr Kind kSecretKind{kSecretNoun, "Secrets", "SecretName", "SecretID"};
constexpr Kind kConfigKind{kConfigNoun, "Configs", "ConfigName", "ConfigID"};

std::set<std::string> names_without_id(const Value& container, const Kind& kind) {
  std::set<std::string> names;
  for (const Value& one : container[kind.list].items()) {
    if (one[kind.id].as_string().empty()) names.insert(one[kind.name].as_string());
  }
  return names;
}

void fill_in(Value& container, const Kind& kind, const std::map<std::string, Value>& ids) {
  Value list = Value::Array{};
  for (Value one : container[kind.list].items()) {
    if (one[kind.id].as_string().empty()) one.set(kind.id, ids.at(one[kind.name].as_string()));
    list.push(std::move(one));
  }
  container.set(kind.list, std::move(list));
  // The credentials of a Windows service are a config, too, and named twice.
  const std::string& named = container["Privileges"]["CredentialSpec"]["Config"].as_string();
  const auto found = ids.find(named);
  if (std::string(kind.list) != "Configs" || named.empty() || found == ids.end()) return;
  Value privileges = container["Privileges"];
  Value credentials = privileges["CredentialSpec"];
  credentials.set("Config", found->second);
  privileges.set("CredentialSpec", std::move(credentials));
  container.set("Privileges", std::move(privileges));
}

using Missing = std::vector<std::string>;

void resolve(const Job::Ptr& job, const Kind& kind, Value container, Missing missing, std::function<void(Value, Missing)> next) {
  const std::set<std::string> names = names_without_id(container, kind);
  if (names.empty()) return next(std::move(container), std::move(missing));
  Value wanted = Value::Array{};
  for (const std::string& name : names) wanted.push(name);
  Call ask = swarm_listing(kind.noun, Value::object({{"name", wanted}}));
  job->json(std::move(ask), [kind, names, container = std::move(container), missing = std::move(missing),
                             next = std::move(next)](Value rows) mutable {
    std::map<std::string, Value> ids;
    for (const Value& row : rows.items()) ids[name_of(row)] = row["ID"];
    bool all = true;
    for (const std::string& name : names) {
      if (ids.count(name) > 0) continue;
      missing.push_back(cat(kind.noun.word, " '", name, "'"));
      all = false;
    }
    if (all) fill_in(container, kind, ids);
    next(std::move(container), std::move(missing));
  });
}

}  // namespace

void with_references(const Job::Ptr& job, Value spec, std::function<void(Value)> next) {
  Value container = spec["TaskTemplate"]["ContainerSpec"];
  resolve(job, kSecretKind, std::move(container), {}, [job, spec = std::move(spec), next = std::move(next)](Value half, Missing missing) {
    resolve(job, kConfigKind, std::move(half), std::move(missing), [job, spec, next](Value whole, Missing all) {
      if (!all.empty()) {
        return job->fail(Error("docker.not_found", cat("service '", job->name(), "' needs what is not there: ", join(all, ", ")))
                             .with("missing", join(all, ", ")));
      }
      Value task = spec["TaskTemplate"];
      task.set("ContainerSpec", std::move(whole));
      Value out = spec;
      out.set("TaskTemplate", std::move(task));
      next(std::move(out));
    });
  });
}

}  // namespace runbook::docker
