// SPDX-License-Identifier: Apache-2.0
#include "host/run/fleet_options.h"

#include <utility>

namespace runbook {

extern const std::vector<EmbeddedLua> stdlib_embedded;

namespace {

constexpr std::pair<const char*, const char*> kKept[] = {{"inventory", "--inventory"}, {"hosts", "--limit"}, {"forks", "--forks"}};

}  // namespace

Value fleet_options(const RunOptions& options) {
  Value fleet = Value::Object{};
  if (!options.inventory.empty()) fleet.set("inventory", options.inventory);
  if (!options.hosts.empty()) fleet.set("hosts", Value::strings(options.hosts));
  if (options.forks > 0) fleet.set("forks", options.forks);
  return fleet;
}

void keep_fleet_options(RunOptions& options, const Value& kept) {
  if (options.inventory.empty()) options.inventory = kept["inventory"].as_string();
  if (options.hosts.empty()) options.hosts = kept["hosts"].as_strings();
  if (options.forks == 0) options.forks = static_cast<int>(kept["forks"].as_int());
}

Value with_fleet_options(Value params, const Value& fleet) {
  if (fleet.members().empty()) return params;
  if (!params.is_object()) params = Value::Object{};
  for (const auto& [name, kept] : kKept) {
    if (fleet.has(name)) params.set(kept, fleet[name]);
  }
  return params;
}

Value take_fleet_options(Value& params, Value given) {
  // A resumed run may be given less than it had: what is left out then is not done.
  if (given.has("hosts")) given.set("hosts_before", params.has("--limit") ? params["--limit"] : Value(Value::Array{}));
  for (const auto& [name, kept] : kKept) {
    if (params.has(kept) && !given.has(name)) given.set(name, params[kept]);
    if (params.is_object()) params.erase(kept);
  }
  return given;
}

const std::string_view* builtin_runbook(std::string_view file) {
  if (file != kExecRunbook) return nullptr;
  for (const EmbeddedLua& chunk : stdlib_embedded) {
    if (std::string_view(chunk.name) == "runbook/exec") return &chunk.source;
  }
  return nullptr;
}

}  // namespace runbook
