// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/container_spec.h"

#include <algorithm>
#include <cmath>

#include "host/core/text.h"
#include "modules/docker/digest.h"
#include "modules/docker/container/mounts.h"

namespace runbook::docker {

namespace {

/// Collects the parts of the request and every problem on the way.
class Builder {
 public:
  explicit Builder(const Value& args) : args_(args) {}

  Result<ContainerSpec> build() {
    config();
    health();
    host();
    ports();
    mounts();
    networks();
    if (Status name = check_container_name(arg("name").as_string()); !name) problem(name.error().message);
    if (!problems_.empty()) return Error("argument.invalid", join(problems_, "; "));
    if (!host_.is_null()) body_.set("HostConfig", host_);
    Value described = body_;
    described.set("more_networks", more_networks_);
    const std::string hash = sha256_hex(to_wire_json(described));
    Value labels = body_["Labels"].is_null() ? Value(Value::Object{}) : body_["Labels"];
    labels.set(kSpecLabel, hash);
    body_.set("Labels", std::move(labels));
    return ContainerSpec{std::move(body_), hash, std::move(more_networks_)};
  }

 private:
  void problem(std::string text) { problems_.push_back(std::move(text)); }
  const Value& arg(std::string_view key) const { return args_[key]; }
  void copy(const char* key, Value& to, const char* name) {
    if (!arg(key).is_null()) to.set(name, arg(key));
  }

  static std::string scalar(const Value& value) {
    if (value.is_string() || value.is_secret()) return value.reveal();
    return to_json(value);
  }

  void config() {
    copy("image", body_, "Image");
    copy("command", body_, "Cmd");
    copy("entrypoint", body_, "Entrypoint");
    copy("hostname", body_, "Hostname");
    copy("user", body_, "User");
    copy("workdir", body_, "WorkingDir");
    copy("stop_signal", body_, "StopSignal");
    if (!arg("stop_timeout").is_null()) {
      body_.set("StopTimeout", static_cast<std::int64_t>(std::ceil(arg("stop_timeout").as_number())));
    }
    if (arg("tty").as_bool()) body_.set("Tty", true);
    for (const auto& [key, value] : arg("env").members()) {
      if (key.empty() || key.find('=') != std::string::npos) {
        problem(cat("env: '", key, "' is no name of a variable"));
        continue;
      }
      std::string text = key + "=" + scalar(value);
      Value env = body_["Env"];
      env.push(value.is_secret() ? Value(Value::Secret{std::move(text), value.secret()->name}) : Value(std::move(text)));
      body_.set("Env", std::move(env));
    }
    Value labels;
    for (const auto& [key, value] : arg("labels").members()) {
      if (key == kSpecLabel) problem(cat("labels: '", key, "' is set by this module"));
      labels.set(key, scalar(value));
    }
    if (!labels.is_null()) body_.set("Labels", std::move(labels));
  }

  std::int64_t nanoseconds(const char* key, const Value& value) {
    const double count = value.is_number() ? value.as_number() : parse_duration(value.as_string());
    if (count < 0 || (count > 0 && count < 0.001)) {
      problem(cat("healthcheck.", key, ": '", value.is_string() ? value.as_string() : to_json(value),
                  "' is no duration of a millisecond or more"));
    }
    return std::llround(count * 1e9);
  }

  void health() {
    const Value& given = arg("healthcheck");
    if (given.is_null()) return;
    if (auto wrong = unknown_keys(given, {"interval", "retries", "start_period", "test", "timeout"}); !wrong.empty()) {
      return problem("healthcheck: " + wrong);
    }
    Value check;
    const Value& test = given["test"];
    if (test.is_string()) {
      check.set("Test", Value::array({"CMD-SHELL", test}));
    } else if (!test.items().empty()) {
      Value words = test;
      const std::string& first = test.items().front().as_string();
      if (first != "CMD" && first != "CMD-SHELL" && first != "NONE") {
        auto& items = words.mutable_items();
        items.insert(items.begin(), Value("CMD"));
      }
      check.set("Test", std::move(words));
    } else {
      problem("healthcheck.test: a command is needed");
    }
    const std::pair<const char*, const char*> durations[] = {
        {"interval", "Interval"}, {"timeout", "Timeout"}, {"start_period", "StartPeriod"}};
    for (const auto& [key, name] : durations) {
      if (!given[key].is_null()) check.set(name, nanoseconds(key, given[key]));
    }
    if (!given["retries"].is_null()) check.set("Retries", given["retries"]);
    body_.set("Healthcheck", std::move(check));
  }

  void host() {
    copy("memory", host_, "Memory");
    copy("init", host_, "Init");
    copy("read_only", host_, "ReadonlyRootfs");
    copy("privileged", host_, "Privileged");
    copy("cap_add", host_, "CapAdd");
    copy("cap_drop", host_, "CapDrop");
    copy("security_opt", host_, "SecurityOpt");
    if (!arg("cpus").is_null()) host_.set("NanoCpus", static_cast<std::int64_t>(std::llround(arg("cpus").as_number() * 1e9)));
    for (const auto& [name, address] : arg("extra_hosts").members()) {
      Value hosts = host_["ExtraHosts"];
      hosts.push(name + ":" + scalar(address));
      host_.set("ExtraHosts", std::move(hosts));
    }
    if (!arg("log_driver").is_null() || !arg("log_options").is_null()) {
      Value log = Value::object({{"Type", arg("log_driver").as_string("json-file")}, {"Config", Value::Object{}}});
      for (const auto& [key, value] : arg("log_options").members()) {
        Value config = log["Config"];
        config.set(key, scalar(value));
        log.set("Config", std::move(config));
      }
      host_.set("LogConfig", std::move(log));
    }
    restart();
  }

  void restart() {
    const std::string& given = arg("restart").as_string();
    if (given.empty()) return;
    auto policy = restart_policy(given);
    if (!policy) return problem(policy.error().message);
    host_.set("RestartPolicy", std::move(*policy));
  }

  void ports() {
    Value exposed;
    Value bindings;
    for (const Value& item : arg("ports").items()) {
      auto port = parse_port(item);
      if (!port) {
        problem("ports: " + port.error().message);
        continue;
      }
      const std::string key = cat(port->container, "/", port->protocol);
      exposed.set(key, Value::Object{});
      Value list = bindings[key];
      list.push(Value::object({{"HostIp", port->address}, {"HostPort", port->host == 0 ? "" : cat(port->host)}}));
      bindings.set(key, std::move(list));
    }
    if (exposed.is_null()) return;
    body_.set("ExposedPorts", std::move(exposed));
    host_.set("PortBindings", std::move(bindings));
  }

  void mounts() {
    Value list;
    const auto add = [&](Mount mount) {
      Value entry = Value::object({{"Type", mount.type}, {"Target", mount.target}});
      if (!mount.source.empty()) entry.set("Source", mount.source);
      if (mount.readonly) entry.set("ReadOnly", true);
      list.push(std::move(entry));
    };
    for (const Value& item : arg("volumes").items()) {
      auto mount = parse_mount(item);
      if (mount) {
        add(std::move(*mount));
      } else {
        problem("volumes: " + mount.error().message);
      }
    }
    for (const Value& item : arg("tmpfs").items()) add(Mount{"tmpfs", "", item.as_string(), false});
    if (!list.is_null()) host_.set("Mounts", std::move(list));
  }

  void networks() {
    // A list of names, or a map from a name to its aliases.
    const Value& given = arg("networks");
    std::vector<std::pair<std::string, Value>> wanted;
    for (const Value& item : given.items()) wanted.emplace_back(item.as_string(), arg("aliases"));
    for (const auto& [name, aliases] : given.members()) wanted.emplace_back(name, aliases);
    if (wanted.empty()) {
      if (!arg("aliases").is_null()) problem("aliases: they need a network in 'networks'");
      return;
    }
    host_.set("NetworkMode", wanted.front().first);
    Value first;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& [name, aliases] = wanted[i];
      if (name.empty()) problem("networks: a name is empty");
      Value endpoint = Value::Object{};
      if (aliases.is_array()) endpoint.set("Aliases", aliases);
      (i == 0 ? first : more_networks_).set(name, std::move(endpoint));
    }
    body_.set("NetworkingConfig", Value::object({{"EndpointsConfig", std::move(first)}}));
  }

  const Value& args_;
  Value body_ = Value::Object{};
  Value host_;
  Value more_networks_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<Field> container_fields() {
  return {
      {"name", Type::kString, Field::kRequired},
      {"image", Type::kString, Field::kRequired},
      {"command", Type::kStrings},
      {"entrypoint", Type::kStrings},
      {"env", Type::kMap},
      {"labels", Type::kMap},
      {"ports", Type::kList},
      {"volumes", Type::kList},
      {"tmpfs", Type::kStrings},
      {"networks", Type::kAny},
      {"aliases", Type::kStrings},
      {"restart", Type::kString},
      {"user", Type::kString},
      {"workdir", Type::kString},
      {"hostname", Type::kString},
      {"healthcheck", Type::kTable},
      {"memory", Type::kSize},
      {"cpus", Type::kNumber},
      {"stop_signal", Type::kString},
      {"stop_timeout", Type::kDuration},
      {"init", Type::kBoolean},
      {"tty", Type::kBoolean},
      {"read_only", Type::kBoolean},
      {"privileged", Type::kBoolean},
      {"cap_add", Type::kStrings},
      {"cap_drop", Type::kStrings},
      {"security_opt", Type::kStrings},
      {"extra_hosts", Type::kMap},
      {"log_driver", Type::kString},
      {"log_options", Type::kMap},
  };
}

Status check_container_name(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  bool good = name.size() >= 2 && plain(name[0]);
  for (const char c : name) good = good && (plain(c) || c == '_' || c == '.' || c == '-');
  if (good) return Unit{};
  return Error("argument.invalid", cat("'", printable(name), "' is no name of a container"), "two or more of a-z, A-Z, 0-9, _ . and -, the first a letter or digit");
}

Result<Value> restart_policy(const std::string& given) {
  const auto parts = split(given, ':');
  Value policy = Value::object({{"Name", parts[0]}});
  const bool counted = parts[0] == "on-failure" && parts.size() == 2;
  if (counted) policy.set("MaximumRetryCount", static_cast<std::int64_t>(std::atoi(parts[1].c_str())));
  static const std::vector<std::string> kPolicies{"always", "no", "on-failure", "unless-stopped"};
  const bool known = std::find(kPolicies.begin(), kPolicies.end(), parts[0]) != kPolicies.end();
  const bool number = !counted || (!parts[1].empty() && parts[1].find_first_not_of("0123456789") == std::string::npos);
  if (known && parts.size() <= 2 && (parts.size() == 1 || counted) && number) return policy;
  return Error("argument.invalid", cat("restart: '", given, "' is not no, always, unless-stopped, on-failure or on-failure:COUNT"));
}

Result<ContainerSpec> container_spec(const Value& args) { return Builder(args).build(); }

std::vector<BindMount> bind_mounts(const Value& args) {
  std::vector<BindMount> out;
  for (const Value& item : args["volumes"].items()) {
    if (auto mount = parse_mount(item); mount && mount->type == "bind") out.push_back({mount->source, mount->readonly});
  }
  return out;
}

}  // namespace runbook::docker
