// SPDX-License-Identifier: Apache-2.0
//
// What secrets, configs, services, tasks and nodes have in common: they are kept by the managers of a swarm, have a
// name and an id, and are changed whole, on the condition that nobody has changed them meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

struct SwarmNoun {
  const char* word;  ///< "secret"
  const char* path;  ///< "/secrets"
};
inline constexpr SwarmNoun kServiceNoun{"service", "/services"};
inline constexpr SwarmNoun kTaskNoun{"task", "/tasks"};
inline constexpr SwarmNoun kNodeNoun{"node", "/nodes"};
inline constexpr SwarmNoun kSecretNoun{"secret", "/secrets"};
inline constexpr SwarmNoun kConfigNoun{"config", "/configs"};

/// A request about one object: GET /secrets/tls and what follows.
Call swarm_call(const char* method, const SwarmNoun& noun, const std::string& name, const std::string& rest = {});
/// A listing, by the filters of the API.
Call swarm_listing(const SwarmNoun& noun, const Value& labels, const std::vector<std::pair<std::string, std::string>>& others);
/// The same, where one filter has several values: any of them fits.
Call swarm_listing(const SwarmNoun& noun, const Value& filters);

/// The name of an object as the engine describes it (a node's is the one of its machine).
const std::string& name_of(const Value& raw);
/// The object, where it is meant by its name or its whole id: the engine takes the beginning of an id, too.
Value exactly(const Value& raw, const std::string& name);
/// Gives the object of that name or id, or null.
void find_object(const Job::Ptr& job, const SwarmNoun& noun, const std::string& name, std::function<void(Value)> next);
/// Gives the object of that name or id; docker.not_found ends the job.
void get_object(const Job::Ptr& job, const SwarmNoun& noun, const std::string& name, std::function<void(Value)> next);

/// A change to an object: the whole new description of it.
struct ObjectUpdate {
  SwarmNoun noun;
  std::string name;
  /// Makes the new description of what there is; null: it is so already, and nothing is sent.
  std::function<Result<Value>(const Value& raw)> body;
  Query query = {};
  std::function<void(Call&)> prepare = nullptr;
  /// Gets the object as it is afterwards.
  std::function<void(Value raw, bool changed)> next;
};
/// Reads, changes, and does so again where somebody else changed it in between.
void update_object(const Job::Ptr& job, ObjectUpdate update);

/// Removes an object; one that is absent is no error. Ends the job.
void remove_object(const Job::Ptr& job, const SwarmNoun& noun, Query query = {});

/// {id, version, created, updated, labels, raw}, without what the engine does not say.
Value object_view(const Value& raw);
/// Map of texts, of what a script gives as one: numbers and booleans as they are written.
Value text_map(const Value& given);

inline Access swarm_access(const Value& args, const SwarmNoun& noun, const char* verb, std::string name) {
  return {"docker", address_of(args["target"]), std::string(noun.word) + "." + verb, std::move(name)};
}
inline Accesses named_access(const Value& args, const SwarmNoun& noun, const char* verb) {
  return {swarm_access(args, noun, verb, args["name"].as_string())};
}

}  // namespace runbook::docker
