// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/swarm/spec_compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

using Words = std::set<std::string, std::less<>>;

const Words& lists() {
  static const Words keys = {"Aliases", "Args",  "CapabilityAdd", "CapabilityDrop", "Command",     "Configs",   "Constraints",
                             "Env",     "GenericResources", "Groups", "Hosts",     "Mounts",      "Nameservers", "Networks",
                             "Platforms", "Ports", "Preferences", "Search",        "Secrets",     "Test",      "Ulimits"};
  return keys;
}

bool is_list_key(std::string_view key, std::string_view parent) {
  return lists().count(key) > 0 || (key == "Options" && parent == "DNSConfig");
}

// Maps whose keys and values are the user's own: an empty text there says something.
bool is_user_map(std::string_view key) {
  static const Words keys = {"DriverOpts", "Labels", "Options", "Sysctls"};
  return keys.count(key) > 0;
}

// Here 0, false or {} is not the same as nothing.
bool speaks_when_empty(std::string_view key, std::string_view parent) {
  static const Words keys = {"Global", "GlobalJob", "Init", "Replicas", "ReplicatedJob", "RollbackConfig", "StopGracePeriod", "UpdateConfig"};
  return keys.count(key) > 0 || (parent == "RestartPolicy" && (key == "Delay" || key == "Window"));
}

struct Default {
  std::string_view parent, key, value;
};
constexpr Default kDefaults[] = {
    {"TaskTemplate", "Runtime", "container"}, {"ContainerSpec", "Isolation", "default"}, {"EndpointSpec", "Mode", "vip"},
    {"UpdateConfig", "FailureAction", "pause"}, {"UpdateConfig", "Order", "stop-first"}, {"RollbackConfig", "FailureAction", "pause"},
    {"RollbackConfig", "Order", "stop-first"}, {"RestartPolicy", "Condition", "any"}, {"Ports", "Protocol", "tcp"},
    {"Ports", "PublishMode", "ingress"}};

bool is_empty(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull: return true;
    case Value::Kind::kBoolean: return !value.as_bool();
    case Value::Kind::kInteger: return value.as_int() == 0;
    case Value::Kind::kNumber: return value.as_number() == 0;
    case Value::Kind::kString: return value.as_string().empty();
    case Value::Kind::kArray: return value.items().empty();
    case Value::Kind::kObject: return value.members().empty();
    default: return false;
  }
}

bool says_nothing(std::string_view key, std::string_view parent, const Value& value) {
  if (value.is_null()) return true;
  if (is_user_map(parent) || speaks_when_empty(key, parent)) return false;
  if (is_empty(value)) return true;
  return std::any_of(std::begin(kDefaults), std::end(kDefaults), [&](const Default& one) {
    return one.key == key && one.parent == parent && one.value == value.as_string();
  });
}

Value meant(const Value& value, std::string_view key, bool reveal) {
  if (value.is_array()) {
    Value out = Value::Array{};
    for (const Value& item : value.items()) out.push(meant(item, key, reveal));
    return out;
  }
  if (value.is_object()) {
    Value out = Value::Object{};
    for (const auto& [name, member] : value.members()) {
      Value inner = meant(member, name, reveal);
      if (!says_nothing(name, key, inner)) out.set(name, std::move(inner));
    }
    return out;
  }
  if (value.is_secret() && reveal) return value.reveal();
  const double number = value.as_number();
  if (value.kind() == Value::Kind::kNumber && number == std::floor(number) && std::abs(number) < 9e15) return static_cast<std::int64_t>(number);
  return value;
}

Value with_mode(Value spec) {
  const Value& mode = spec["Mode"];
  const bool other = mode.has("Global") || mode.has("GlobalJob") || mode.has("ReplicatedJob");
  if (other || mode["Replicated"].has("Replicas")) return spec;
  spec.set("Mode", Value::object({{"Replicated", Value::object({{"Replicas", 1}})}}));
  return spec;
}

Value shaped(const Value& value, std::string_view key, std::string_view parent) {
  if (is_empty(value) && (value.is_array() || value.is_object())) {
    return is_list_key(key, parent) ? Value(Value::Array{}) : Value(Value::Object{});
  }
  if (value.is_array()) {
    Value out = Value::Array{};
    for (const Value& item : value.items()) out.push(shaped(item, "", key));
    return out;
  }
  if (!value.is_object()) return value;
  Value out = Value::Object{};
  for (const auto& [name, member] : value.members()) {
    if (!member.is_null()) out.set(name, shaped(member, name, key));
  }
  return out;
}

struct Setting {
  std::string shown;
  std::string compared;
};
using Settings = std::map<std::string, Setting>;

void flatten(Settings& out, const std::string& path, const Value& value) {
  if (value.is_object()) {
    if (value.members().empty()) out[path] = {"{}", "{}"};
    for (const auto& [key, member] : value.members()) flatten(out, path.empty() ? key : path + "." + key, member);
    return;
  }
  if (value.is_array()) {
    const bool env = path.ends_with(".Env");
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const Value& item = value.items()[i];
      if (!env) {
        flatten(out, cat(path, "[", i + 1, "]"), item);
        continue;
      }
      // By the name of the variable, and where it stands: the order makes a difference to the engine.
      const std::string& text = item.reveal();
      const auto equals = std::min(text.find('='), text.size());
      out[path + "." + text.substr(0, equals)] = {item.is_secret() ? "***" : text.substr(std::min(equals + 1, text.size())), cat(i, text)};
    }
    return;
  }
  out[path] = {value.is_string() ? value.as_string() : to_json(value), value.is_secret() ? value.reveal() : to_wire_json(value)};
}

}  // namespace

Value shaped_spec(const Value& spec) { return shaped(spec, "", ""); }

Value canonical_spec(const Value& spec) { return meant(with_mode(spec), "", true); }

std::string spec_diff(const std::string& name, const Value& running, const Value& wanted) {
  if (canonical_spec(running) == canonical_spec(wanted)) return "";
  Settings before;
  Settings after;
  flatten(before, "", meant(with_mode(running), "", false));
  flatten(after, "", meant(with_mode(wanted), "", false));
  std::string lines;
  for (const auto& [path, setting] : before) {
    const auto now = after.find(path);
    if (now != after.end() && now->second.compared == setting.compared) continue;
    // What is a secret now was one before.
    const bool hidden = now != after.end() && now->second.shown == "***";
    lines += cat("-", path, " = ", hidden ? "***" : setting.shown, "\n");
    if (now != after.end()) lines += cat("+", path, " = ", now->second.shown, "\n");
  }
  for (const auto& [path, setting] : after) {
    if (before.count(path) == 0) lines += cat("+", path, " = ", setting.shown, "\n");
  }
  return cat("--- service ", name, "\n+++ service ", name, "\n", lines);
}

}  // namespace runbook::docker
