// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/container_diff.h"

#include <map>
#include <set>

#include "host/core/text.h"
#include "modules/docker/container/container_spec.h"

namespace runbook::docker {

namespace {

struct Setting {
  std::string shown;    ///< fit to be shown
  std::string compared; ///< the plain value, of a secret too
};
using Shown = std::map<std::string, Setting>;

std::string text_of(const Value& value, bool plain) {
  if (value.is_string()) return value.as_string();
  if (value.is_secret()) return plain ? value.reveal() : "***";
  return plain ? to_wire_json(value) : to_json(value);
}

void set(Shown& out, const std::string& key, const Value& value) { out[key] = {text_of(value, false), text_of(value, true)}; }

void add_env(Shown& out, const Value& list) {
  for (const Value& item : list.items()) {
    const std::string& text = item.reveal();
    const auto equals = text.find('=');
    const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
    out["env." + text.substr(0, equals)] = {item.is_secret() ? "***" : value, value};
  }
}

void add_labels(Shown& out, const Value& labels) {
  for (const auto& [key, value] : labels.members()) {
    if (key != kSpecLabel) set(out, "labels." + key, value);
  }
}

constexpr std::pair<const char*, const char*> kConfig[] = {
    {"Cmd", "command"},        {"Entrypoint", "entrypoint"}, {"Hostname", "hostname"}, {"User", "user"},
    {"WorkingDir", "workdir"}, {"StopSignal", "stop_signal"}, {"StopTimeout", "stop_timeout"},
    {"Healthcheck", "healthcheck"}, {"ExposedPorts", "exposed"}};
constexpr std::pair<const char*, const char*> kHost[] = {
    {"Memory", "memory"},       {"NanoCpus", "nano_cpus"},     {"Init", "init"},
    {"ReadonlyRootfs", "read_only"}, {"Privileged", "privileged"}, {"CapAdd", "cap_add"},
    {"CapDrop", "cap_drop"},    {"SecurityOpt", "security_opt"}, {"ExtraHosts", "extra_hosts"},
    {"LogConfig", "log"},       {"RestartPolicy", "restart"},  {"PortBindings", "ports"},
    {"Mounts", "mounts"},       {"NetworkMode", "network"}};

// Keeps of `found` only what `wanted` speaks of: the engine fills in what nobody asked for.
Value projected(const Value& found, const Value& wanted) {
  if (!wanted.is_object() || !found.is_object()) {
    if (!wanted.is_array() || found.items().size() != wanted.items().size()) return found;
    Value out = Value::Array{};
    for (std::size_t i = 0; i < wanted.items().size(); ++i) out.push(projected(found.items()[i], wanted.items()[i]));
    return out;
  }
  Value out = Value::Object{};
  for (const auto& [key, value] : wanted.members()) out.set(key, projected(found[key], value));
  return out;
}

void add_plain(Shown& out, const Value& shape, const Value& from) {
  for (const auto& [key, name] : kConfig) {
    if (shape.has(key) && !from["Config"][key].is_null()) set(out, name, projected(from["Config"][key], shape[key]));
  }
  for (const auto& [key, name] : kHost) {
    if (shape["HostConfig"].has(key) && !from["HostConfig"][key].is_null()) {
      set(out, name, projected(from["HostConfig"][key], shape["HostConfig"][key]));
    }
  }
}

Shown wanted_settings(const Value& wanted, const Value& image) {
  Shown out;
  // What the image sets is there unless the description says otherwise.
  add_env(out, image["Config"]["Env"]);
  add_labels(out, image["Config"]["Labels"]);
  out["image"] = {cat(wanted["Image"].as_string(), " (", image["Id"].as_string().substr(0, 19), ")"), image["Id"].as_string()};
  add_env(out, wanted["Env"]);
  add_labels(out, wanted["Labels"]);
  add_plain(out, wanted, Value::object({{"Config", wanted}, {"HostConfig", wanted["HostConfig"]}}));
  return out;
}

Shown found_settings(const Value& found, const Value& wanted) {
  Shown out;
  if (found.is_null()) return out;
  out["image"] = {cat(found["Config"]["Image"].as_string(), " (", found["Image"].as_string().substr(0, 19), ")"),
                  found["Image"].as_string()};
  add_env(out, found["Config"]["Env"]);
  add_labels(out, found["Config"]["Labels"]);
  add_plain(out, wanted, found);
  return out;
}

}  // namespace

std::string container_diff(const std::string& name, const Value& wanted, const Value& image, const Value& found) {
  const Shown after = wanted_settings(wanted, image);
  const Shown before = found_settings(found, wanted);
  std::set<std::string> keys;
  for (const auto& [key, setting] : after) keys.insert(key);
  for (const auto& [key, setting] : before) keys.insert(key);
  std::string lines;
  for (const std::string& key : keys) {
    const auto was = before.find(key);
    const auto is = after.find(key);
    if (was != before.end() && is != after.end() && was->second.compared == is->second.compared) continue;
    // The engine does not know which of its values are secret; the description does.
    const bool hidden = is != after.end() && is->second.shown == "***";
    if (was != before.end()) lines += cat("-", key, " = ", hidden ? "***" : printable(was->second.shown), "\n");
    if (is != after.end()) lines += cat("+", key, " = ", printable(is->second.shown), "\n");
  }
  if (lines.empty()) lines = " made from another description\n";
  return cat("--- ", found.is_null() ? "/dev/null" : "container " + name, "\n+++ container ", name, "\n", lines);
}

}  // namespace runbook::docker
