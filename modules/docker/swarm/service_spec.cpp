// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/swarm/service_spec.h"

#include <algorithm>
#include <cmath>

#include "host/core/text.h"
#include "modules/docker/container/container_spec.h"
#include "modules/docker/container/mounts.h"
#include "modules/docker/paths.h"
#include "modules/docker/registry/auth.h"
#include "modules/docker/swarm/spec_compare.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::int64_t kReadable = 0444;

const std::vector<std::string> kContainerKeys = {"image",       "command",  "entrypoint", "env",         "hostname",   "user",
                                                 "workdir",     "tty",      "healthcheck", "stop_signal", "volumes",    "tmpfs",
                                                 "extra_hosts", "log_driver", "log_options"};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string name_problem(const std::string& name) {
  bool good = !name.empty() && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back());
  for (const char c : name) good = good && (is_letter_or_digit(c) || c == '-' || c == '_');
  if (!good) return "its name must be letters and digits, with '-' and '_' between them";
  return name.size() <= kLongestName ? "" : cat("its name has ", name.size(), " characters; a name in the DNS has at most ", kLongestName);
}

/// Collects the parts of the description and every problem on the way.
class Builder {
 public:
  explicit Builder(const Value& args) : args_(args) {}

  Value build() {
    if (args_["image"].is_null()) problem("'image' is missing");
    container();
    references("secrets", "secret", "Secrets", "SecretName");
    references("configs", "config", "Configs", "ConfigName");
    networks();
    resources();
    restart();
    placement();
    mode();
    endpoint();
    changes("update", "UpdateConfig");
    changes("rollback", "RollbackConfig");
    task_.set("ContainerSpec", container_);
    spec_.set("TaskTemplate", task_);
    spec_.set("Name", args_["name"]);
    spec_.set("Labels", text_map(args_["labels"]));
    return spec_;
  }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void problem(std::string text) { problems_.push_back(std::move(text)); }
  static void copy(const Value& from, const char* key, Value& to, const char* name) {
    if (!from[key].is_null()) to.set(name, from[key]);
  }
  bool known(const char* what, const Value& table, const std::vector<std::string>& keys) {
    const std::string wrong = unknown_keys(table, keys);
    if (!wrong.empty()) problem(cat(what, ": ", wrong));
    return wrong.empty();
  }
  void choice(const char* what, const Value& value, const std::vector<std::string>& choices) {
    if (value.is_null() || std::find(choices.begin(), choices.end(), value.as_string()) != choices.end()) return;
    problem(cat(what, " must be one of ", join(choices, ", ")));
  }
  Value nanoseconds(const char* what, const Value& value) {
    const double count = value.is_number() ? value.as_number() : parse_duration(value.as_string());
    if (count < 0) problem(cat(what, ": '", value.is_string() ? value.as_string() : to_json(value), "' is no duration"));
    return static_cast<std::int64_t>(std::llround(count * 1e9));
  }

  // What a container of a service has in common with any other.
  void container() {
    Value plain = Value::object({{"name", args_["name"]}});
    for (const std::string& key : kContainerKeys) copy(args_, key.c_str(), plain, key.c_str());
    copy(args_, "container_labels", plain, "labels");
    auto made = container_spec(plain);
    if (!made) return problem(made.error().message);
    const Value& body = made->body;
    static constexpr std::pair<const char*, const char*> kSame[] = {
        {"Image", "Image"}, {"Cmd", "Args"}, {"Entrypoint", "Command"}, {"Env", "Env"}, {"Hostname", "Hostname"}, {"User", "User"},
        {"WorkingDir", "Dir"}, {"Tty", "TTY"}, {"Healthcheck", "Healthcheck"}, {"StopSignal", "StopSignal"}};
    for (const auto& [key, name] : kSame) copy(body, key, container_, name);
    Value labels = body["Labels"];
    labels.erase(kSpecLabel);
    if (!labels.members().empty()) container_.set("Labels", std::move(labels));
    copy(body["HostConfig"], "Mounts", container_, "Mounts");
    hosts(args_["extra_hosts"]);
    if (const Value& log = body["HostConfig"]["LogConfig"]; !log.is_null()) {
      task_.set("LogDriver", Value::object({{"Name", log["Type"]}, {"Options", log["Config"]}}));
    }
    if (!args_["stop_timeout"].is_null()) container_.set("StopGracePeriod", nanoseconds("stop_timeout", args_["stop_timeout"]));
    copy(args_, "init", container_, "Init");
    copy(args_, "read_only", container_, "ReadOnly");
    copy(args_, "cap_add", container_, "CapabilityAdd");
    copy(args_, "cap_drop", container_, "CapabilityDrop");
    if (!args_["sysctls"].is_null()) container_.set("Sysctls", text_map(args_["sysctls"]));
    if (!args_["dns"].is_null()) container_.set("DNSConfig", Value::object({{"Nameservers", args_["dns"]}}));
  }

  void hosts(const Value& map) {
    Value out = Value::Array{};
    for (const auto& [name, address] : map.members()) out.push(cat(address.reveal(), " ", name));
    if (!out.items().empty()) container_.set("Hosts", std::move(out));
  }

  Value file_mode(const char* what, const Value& given) {
    if (given.is_null()) return kReadable;
    if (given.is_integer()) return given;
    const std::string& text = given.as_string();
    if (!text.empty() && text.size() <= 4 && text.find_first_not_of("01234567") == std::string::npos) {
      return static_cast<std::int64_t>(std::stol(text, nullptr, 8));
    }
    problem(cat(what, ": mode '", printable(text), "' is not in octal, as \"0400\" is"));
    return Value();
  }

  void references(const char* option, const char* word, const char* list, const char* name) {
    Value out = Value::Array{};
    for (const Value& given : args_[option].items()) {
      const Value one = given.is_string() ? Value::object({{word, given}}) : given;
      if (!known(option, one, {word, "target", "uid", "gid", "mode"})) continue;
      if (one[word].as_string().empty()) problem(cat(option, ": '", word, "' is missing"));
      out.push(Value::object({{name, one[word]},
                              {"File", Value::object({{"Name", one["target"].as_string(one[word].as_string())},
                                                      {"UID", id_text(one["uid"])},
                                                      {"GID", id_text(one["gid"])},
                                                      {"Mode", file_mode(option, one["mode"])}})}}));
    }
    if (!out.items().empty()) container_.set(list, std::move(out));
  }
  static Value id_text(const Value& id) { return id.is_null() ? Value("0") : id.is_string() ? id : Value(to_json(id)); }

  void networks() {
    Value out = Value::Array{};
    for (const Value& name : args_["networks"].items()) out.push(Value::object({{"Target", name}}));
    for (const auto& [name, aliases] : args_["networks"].members()) {
      Value one = Value::object({{"Target", name}});
      if (aliases.is_array()) one.set("Aliases", aliases);
      out.push(std::move(one));
    }
    if (!out.items().empty()) task_.set("Networks", std::move(out));
  }

  Value amounts(const char* what, const Value& given, const std::vector<std::string>& keys) {
    Value out = Value::Object{};
    if (!known(what, given, keys)) return out;
    if (!given["cpus"].is_null()) out.set("NanoCPUs", static_cast<std::int64_t>(std::llround(given["cpus"].as_number() * 1e9)));
    if (const Value& memory = given["memory"]; !memory.is_null()) {
      const double bytes = memory.is_number() ? memory.as_number() : parse_size(memory.as_string());
      if (bytes < 0) problem(cat(what, ".memory: '", printable(memory.as_string()), "' is no size"));
      out.set("MemoryBytes", static_cast<std::int64_t>(bytes));
    }
    copy(given, "pids", out, "Pids");
    return out;
  }

  void resources() {
    const Value& given = args_["resources"];
    if (given.is_null() || !known("resources", given, {"limits", "reservations"})) return;
    Value out = Value::Object{};
    if (!given["limits"].is_null()) out.set("Limits", amounts("resources.limits", given["limits"], {"cpus", "memory", "pids"}));
    if (!given["reservations"].is_null()) out.set("Reservations", amounts("resources.reservations", given["reservations"], {"cpus", "memory"}));
    task_.set("Resources", std::move(out));
  }

  void restart() {
    const Value& given = args_["restart"];
    if (given.is_null()) return;
    const Value policy = given.is_string() ? Value::object({{"condition", given}}) : given;
    if (!known("restart", policy, {"condition", "delay", "max_attempts", "window"})) return;
    choice("restart.condition", policy["condition"], {"any", "on-failure", "none"});
    Value out = Value::Object{};
    copy(policy, "condition", out, "Condition");
    copy(policy, "max_attempts", out, "MaxAttempts");
    if (!policy["delay"].is_null()) out.set("Delay", nanoseconds("restart.delay", policy["delay"]));
    if (!policy["window"].is_null()) out.set("Window", nanoseconds("restart.window", policy["window"]));
    task_.set("RestartPolicy", std::move(out));
  }

  void placement() {
    Value out = Value::Object{};
    copy(args_, "constraints", out, "Constraints");
    Value spread = Value::Array{};
    for (const Value& one : args_["spread"].items()) spread.push(Value::object({{"Spread", Value::object({{"SpreadDescriptor", one}})}}));
    if (!spread.items().empty()) out.set("Preferences", std::move(spread));
    copy(args_, "max_replicas_per_node", out, "MaxReplicas");
    for (const std::string& one : args_["constraints"].as_strings()) {
      if (one.find("==") == std::string::npos && one.find("!=") == std::string::npos) {
        problem(cat("constraints: '", printable(one), "' has neither == nor !="));
      }
    }
    if (!out.members().empty()) task_.set("Placement", std::move(out));
  }

  void mode() {
    const std::string mode = args_["mode"].as_string("replicated");
    choice("mode", mode, {"replicated", "global"});
    if (mode == "global") {
      if (!args_["replicas"].is_null()) problem("replicas: a global service has one task on each node");
      return spec_.set("Mode", Value::object({{"Global", Value::Object{}}}));
    }
    const std::int64_t replicas = args_["replicas"].as_int(1);
    if (replicas < 0) problem("replicas: it cannot be negative");
    spec_.set("Mode", Value::object({{"Replicated", Value::object({{"Replicas", replicas}})}}));
  }

  void endpoint() {
    Value out = Value::Object{};
    copy(args_, "endpoint_mode", out, "Mode");
    choice("endpoint_mode", args_["endpoint_mode"], {"vip", "dnsrr"});
    Value ports = Value::Array{};
    for (const Value& one : args_["ports"].items()) ports.push(port(one));
    if (!ports.items().empty()) out.set("Ports", std::move(ports));
    spec_.set("EndpointSpec", std::move(out));
  }

  Value port(const Value& given) {
    Value out = Value::Object{};
    if (!given.is_object()) {
      auto parsed = parse_port(given);
      if (!parsed) return problem("ports: " + parsed.error().message), out;
      if (!parsed->address.empty()) problem(cat("ports: '", given.as_string(), "': a service is published on all addresses of a node"));
      out = Value::object({{"TargetPort", parsed->container}, {"Protocol", parsed->protocol}, {"PublishMode", "ingress"}});
      if (parsed->host != 0) out.set("PublishedPort", parsed->host);
    } else {
      if (!known("ports", given, {"target", "published", "protocol", "mode"})) return out;
      choice("ports.mode", given["mode"], {"ingress", "host"});
      choice("ports.protocol", given["protocol"], {"tcp", "udp", "sctp"});
      for (const char* key : {"target", "published"}) {
        const std::int64_t number = given[key].as_int(std::string_view(key) == "target" ? 0 : 1);
        if (number < 1 || number > 65535) problem(cat("ports.", key, " is not between 1 and 65535"));
      }
      out = Value::object({{"TargetPort", given["target"]},
                           {"Protocol", given["protocol"].as_string("tcp")},
                           {"PublishMode", given["mode"].as_string("ingress")}});
      copy(given, "published", out, "PublishedPort");
    }
    if (args_["endpoint_mode"].as_string() == "dnsrr" && out["PublishMode"].as_string() == "ingress") {
      problem("ports: mode \"ingress\" needs the endpoint mode \"vip\"; publish with mode \"host\"");
    }
    return out;
  }

  void changes(const char* option, const char* name) {
    const Value& given = args_[option];
    if (given.is_null()) return;
    if (!known(option, given, {"parallelism", "delay", "monitor", "failure_action", "max_failure_ratio", "order"})) return;
    const bool update = std::string_view(option) == "update";
    choice(cat(option, ".failure_action").c_str(), given["failure_action"],
           update ? std::vector<std::string>{"pause", "continue", "rollback"} : std::vector<std::string>{"pause", "continue"});
    choice(cat(option, ".order").c_str(), given["order"], {"stop-first", "start-first"});
    Value out = Value::object({{"Parallelism", given["parallelism"].as_int(1)}});
    copy(given, "failure_action", out, "FailureAction");
    copy(given, "max_failure_ratio", out, "MaxFailureRatio");
    copy(given, "order", out, "Order");
    if (!given["delay"].is_null()) out.set("Delay", nanoseconds("delay", given["delay"]));
    if (!given["monitor"].is_null()) out.set("Monitor", nanoseconds("monitor", given["monitor"]));
    spec_.set(name, std::move(out));
  }

  const Value& args_;
  Value spec_ = Value::Object{};
  Value task_ = Value::Object{};
  Value container_ = Value::Object{};
  std::vector<std::string> problems_;
};

// The description as the API has it.
Value given_spec(const Value& args, std::vector<std::string>& problems) {
  for (const Field& field : service_fields()) {
    const std::string name = field.name;
    if (name == "name" || name == "spec" || name == "auth" || args[name].is_null()) continue;
    problems.push_back(cat("'", name, "' and 'spec' do not go together: put it into the spec"));
  }
  Value spec = shaped_spec(args["spec"]);
  if (spec["Name"].is_null()) spec.set("Name", args["name"]);
  if (spec["Name"] != args["name"]) problems.push_back(cat("its spec is of '", printable(spec["Name"].as_string()), "'"));
  return spec;
}

// Whether what runs inside can get at the machine around it; no path is out of reach then.
bool leaves_container(const Value& task) {
  const Value& container = task["ContainerSpec"];
  const Value& granted = container["Privileges"];
  const auto is_host = [](const Value& one) { return one["Target"].as_string() == "host"; };
  return !container["CapabilityAdd"].items().empty() || !granted["Seccomp"].is_null() || !granted["AppArmor"].is_null() ||
         !granted["SELinuxContext"].is_null() || std::any_of(task["Networks"].items().begin(), task["Networks"].items().end(), is_host);
}

}  // namespace

std::vector<Field> service_fields() {
  return {
      {"name", Type::kString, Field::kRequired},
      {"spec", Type::kTable},
      {"auth", Type::kTable},
      {"image", Type::kString},
      {"command", Type::kStrings},
      {"entrypoint", Type::kStrings},
      {"env", Type::kMap},
      {"labels", Type::kMap},
      {"container_labels", Type::kMap},
      {"hostname", Type::kString},
      {"user", Type::kString},
      {"workdir", Type::kString},
      {"tty", Type::kBoolean},
      {"init", Type::kBoolean},
      {"read_only", Type::kBoolean},
      {"stop_signal", Type::kString},
      {"stop_timeout", Type::kDuration},
      {"healthcheck", Type::kTable},
      {"networks", Type::kAny},
      {"ports", Type::kList},
      {"endpoint_mode", Type::kString},
      {"volumes", Type::kList},
      {"tmpfs", Type::kStrings},
      {"secrets", Type::kList},
      {"configs", Type::kList},
      {"constraints", Type::kStrings},
      {"spread", Type::kStrings},
      {"max_replicas_per_node", Type::kInteger},
      {"mode", Type::kString},
      {"replicas", Type::kInteger},
      {"resources", Type::kTable},
      {"restart", Type::kAny},
      {"update", Type::kTable},
      {"rollback", Type::kTable},
      {"cap_add", Type::kStrings},
      {"cap_drop", Type::kStrings},
      {"extra_hosts", Type::kMap},
      {"dns", Type::kStrings},
      {"sysctls", Type::kMap},
      {"log_driver", Type::kString},
      {"log_options", Type::kMap},
  };
}

Result<Value> wanted_spec(const Value& args) {
  std::vector<std::string> problems;
  if (Status fit = check_auth(args["auth"]); !fit) problems.push_back(fit.error().message);
  if (std::string wrong = name_problem(args["name"].as_string()); !wrong.empty()) problems.push_back(std::move(wrong));
  Value spec;
  if (args["spec"].is_null()) {
    Builder builder(args);
    spec = builder.build();
    problems.insert(problems.end(), builder.problems().begin(), builder.problems().end());
  } else {
    spec = given_spec(args, problems);
  }
  if (problems.empty()) return spec;
  return Error("argument.invalid", cat("service '", printable(args["name"].as_string()), "': ", join(problems, "; ")));
}

Accesses service_accesses(World& world, const Value& args, const char* verb) {
  Accesses out = named_access(args, kServiceNoun, verb);
  const auto spec = wanted_spec(args);
  if (!spec) return out;
  const Value& task = (*spec)["TaskTemplate"];
  for (const Value& mount : task["ContainerSpec"]["Mounts"].items()) {
    const Value& device = mount["VolumeOptions"]["DriverConfig"]["Options"]["device"];
    const std::string& path = mount["Type"].as_string() == "bind" ? mount["Source"].as_string() : device.as_string();
    if (path.starts_with('/')) out.push_back(path_access(world, mount["ReadOnly"].as_bool() ? "read" : "write", path));
  }
  if (leaves_container(task)) out.push_back(path_access(world, "write", "/"));
  return out;
}

Accesses service_reads(const Value& args, const char* verb) {
  Accesses out = named_access(args, kServiceNoun, verb);
  const auto spec = wanted_spec(args);
  if (!spec) return out;
  const auto add = [&](const char* what, const std::string& name) {
    out.push_back({"docker", address_of(args["target"]), what, name, true});
  };
  const Value& task = (*spec)["TaskTemplate"];
  for (const Value& one : task["ContainerSpec"]["Secrets"].items()) add("secret.get", one["SecretName"].as_string());
  for (const Value& one : task["ContainerSpec"]["Configs"].items()) add("config.get", one["ConfigName"].as_string());
  for (const Value& one : task["Networks"].items()) add("network.get", one["Target"].as_string());
  return out;
}

}  // namespace runbook::docker
