// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/views.h"

#include <cstdlib>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

Value object_or_empty(const Value& value) { return value.is_object() ? value : Value(Value::Object{}); }
Value list_or_empty(const Value& value) { return value.is_array() ? value : Value(Value::Array{}); }

// What the engine does not say is absent, not null; `raw` stays as it is.
Value without_nulls(Value view) {
  auto& members = view.mutable_members();
  for (auto at = members.begin(); at != members.end();) at = at->second.is_null() ? members.erase(at) : std::next(at);
  return view;
}

// The engine writes "0001-01-01T00:00:00Z" for what has not happened.
Value moment(const Value& value) {
  return value.as_string().rfind("0001-", 0) == 0 || value.as_string().empty() ? Value() : value;
}

std::string plain_name(const std::string& name) { return !name.empty() && name.front() == '/' ? name.substr(1) : name; }

// {"80/tcp": [{HostIp, HostPort}]}
Value published(const Value& ports) {
  Value out = Value::Array{};
  for (const auto& [key, bindings] : ports.members()) {
    const auto parts = split(key, '/');
    const auto add = [&](const Value& binding) {
      Value port = Value::object({{"container", static_cast<std::int64_t>(std::atoi(parts[0].c_str()))},
                                  {"protocol", parts.size() > 1 ? parts[1] : "tcp"}});
      if (binding.is_object()) {
        port.set("host", static_cast<std::int64_t>(std::atoi(binding["HostPort"].as_string().c_str())));
        port.set("address", binding["HostIp"]);
      }
      out.push(std::move(port));
    };
    if (bindings.items().empty()) add(Value());
    for (const Value& binding : bindings.items()) add(binding);
  }
  return out;
}

Value mounts(const Value& list) {
  Value out = Value::Array{};
  for (const Value& item : list.items()) {
    const bool named = item["Type"].as_string() == "volume";
    out.push(Value::object({{"type", item["Type"]},
                            {"source", named ? item["Name"] : item["Source"]},
                            {"target", item["Destination"]},
                            {"readonly", !item["RW"].as_bool(true)}}));
  }
  return out;
}

Value networks(const Value& map) {
  Value out = Value::Object{};
  for (const auto& [name, item] : map.members()) {
    out.set(name, Value::object({{"address", item["IPAddress"]}, {"aliases", list_or_empty(item["Aliases"])}}));
  }
  return out;
}

}  // namespace

Value container_view(const Value& raw) {
  const Value& state = raw["State"];
  Value out = Value::object({
      {"id", raw["Id"]},
      {"name", plain_name(raw["Name"].as_string())},
      {"image", raw["Config"]["Image"]},
      {"image_id", raw["Image"]},
      {"state", state["Status"]},
      {"running", state["Running"].as_bool()},
      {"exit_code", state["ExitCode"]},
      {"created", moment(raw["Created"])},
      {"restarts", raw["RestartCount"]},
      {"labels", object_or_empty(raw["Config"]["Labels"])},
      {"ports", published(raw["NetworkSettings"]["Ports"])},
      {"networks", networks(raw["NetworkSettings"]["Networks"])},
      {"mounts", mounts(raw["Mounts"])},
      {"raw", raw},
  });
  const auto set_if = [&](const char* key, const Value& value) {
    if (!value.is_null()) out.set(key, value);
  };
  set_if("health", state["Health"]["Status"]);
  set_if("started", moment(state["StartedAt"]));
  set_if("finished", moment(state["FinishedAt"]));
  if (!state["Error"].as_string().empty()) out.set("error", state["Error"]);
  return without_nulls(std::move(out));
}

Value container_row(const Value& raw) {
  std::string name;
  // A name with a second slash is a link's alias of old.
  for (const Value& item : raw["Names"].items()) {
    if (item.as_string().find('/', 1) == std::string::npos) name = plain_name(item.as_string());
  }
  Value ports = Value::Array{};
  for (const Value& item : raw["Ports"].items()) {
    Value port = Value::object({{"container", item["PrivatePort"]}, {"protocol", item["Type"]}});
    if (!item["PublicPort"].is_null()) {
      port.set("host", item["PublicPort"]);
      port.set("address", item["IP"]);
    }
    ports.push(std::move(port));
  }
  return without_nulls(Value::object({{"id", raw["Id"]},
                        {"name", name},
                        {"image", raw["Image"]},
                        {"image_id", raw["ImageID"]},
                        {"state", raw["State"]},
                        {"status", raw["Status"]},
                        {"running", raw["State"].as_string() == "running"},
                        {"labels", object_or_empty(raw["Labels"])},
                        {"ports", std::move(ports)},
                        {"raw", raw}}));
}

Value image_view(const Value& raw) {
  return without_nulls(Value::object({{"id", raw["Id"]},
                        {"tags", list_or_empty(raw["RepoTags"])},
                        {"digests", list_or_empty(raw["RepoDigests"])},
                        {"created", moment(raw["Created"])},
                        {"size", raw["Size"]},
                        {"labels", object_or_empty(raw["Config"]["Labels"])},
                        {"architecture", raw["Architecture"]},
                        {"os", raw["Os"]},
                        {"raw", raw}}));
}

Value image_row(const Value& raw) {
  Value tags = Value::Array{};
  for (const Value& tag : raw["RepoTags"].items()) {
    if (tag.as_string() != "<none>:<none>") tags.push(tag);
  }
  return without_nulls(Value::object({{"id", raw["Id"]},
                        {"tags", std::move(tags)},
                        {"size", raw["Size"]},
                        {"labels", object_or_empty(raw["Labels"])},
                        {"raw", raw}}));
}

Value network_view(const Value& raw) {
  Value subnets = Value::Array{};
  for (const Value& pool : raw["IPAM"]["Config"].items()) subnets.push(pool["Subnet"]);
  Value containers = Value::Array{};
  for (const auto& [id, item] : raw["Containers"].members()) containers.push(item["Name"]);
  return without_nulls(Value::object({{"id", raw["Id"]},
                        {"name", raw["Name"]},
                        {"driver", raw["Driver"]},
                        {"internal", raw["Internal"].as_bool()},
                        {"attachable", raw["Attachable"].as_bool()},
                        {"ipv6", raw["EnableIPv6"].as_bool()},
                        {"labels", object_or_empty(raw["Labels"])},
                        {"options", object_or_empty(raw["Options"])},
                        {"subnets", std::move(subnets)},
                        {"containers", std::move(containers)},
                        {"raw", raw}}));
}

Value volume_view(const Value& raw) {
  return without_nulls(Value::object({{"name", raw["Name"]},
                        {"driver", raw["Driver"]},
                        {"labels", object_or_empty(raw["Labels"])},
                        {"options", object_or_empty(raw["Options"])},
                        {"path", raw["Mountpoint"]},
                        {"created", moment(raw["CreatedAt"])},
                        {"raw", raw}}));
}

}  // namespace runbook::docker
