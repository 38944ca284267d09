// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/login_config.h"

#include <glob.h>

#include "host/core/files.h"
#include "host/core/text.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {

namespace {

constexpr const char* kSystemConfig = "/etc/ssh/ssh_config";
constexpr std::size_t kMostSteps = 16;

std::vector<std::string> glob_files(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> out;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return out;
}

bool is_absent(const Error& error) { return error.code == "file.not_found" || error.code == "file.not_directory"; }

std::string own_config(const Person& person) { return files::normalise(person.home + "/.ssh/config"); }

bool is_named(const Destination& destination, const Person& person) {
  if (destination.config.value_or("").empty()) return false;
  const std::string path = files::normalise(*destination.config);
  return path != own_config(person) && path != kSystemConfig;
}

// The files to begin with, and their Includes as they come up.
Result<HostConfig> read_config(const Destination& destination, const Person& person, LoginFiles& files, Reading reading,
                               std::vector<std::string>& included) {
  HostConfig config;
  config.host_name = destination.address.host;
  if (destination.address.port != 0) config.port = destination.address.port;
  if (destination.config == "") return config;
  ConfigContext context;
  context.home = person.home;
  context.local_user = person.name;
  context.list = glob_files;
  context.read = [&](const std::string& path) {
    included.push_back(path);
    return files.config(path, true, reading);
  };
  std::vector<ConfigFile> read;
  if (destination.config) {
    auto text = files.config(*destination.config, !is_named(destination, person), reading);
    if (!text) return std::move(text).error();
    read.push_back({*destination.config, std::move(*text)});
  } else {
    for (const bool system : {false, true}) {
      const std::string path = system ? kSystemConfig : own_config(person);
      auto text = files.config(path, !system, reading);
      if (text) {
        read.push_back({path, std::move(*text), system});
      } else if (!is_absent(text.error())) {
        return std::move(text).error();
      }
    }
  }
  RUNBOOK_TRY(apply_config(read, destination.address.host, destination.address.user, context, config));
  return config;
}

std::string name_of(const Destination& destination) { return cat(*destination.config, '\0', destination.address.show()); }

// An error may be mended by now; what was understood once stays.
NamedConfig judge(const Destination& destination, const Person& person, LoginFiles& files) {
  const std::string name = name_of(destination);
  if (auto before = files.named(name); before && before->said) return std::move(*before);
  NamedConfig now{Error(), {}};
  now.said = read_config(destination, person, files, Reading::kFiles, now.included);
  files.keep_named(name, now);
  return now;
}

NamedWay::Step step_of(const Destination& destination, const HostConfig& config, std::string behind) {
  NamedWay::Step step;
  step.named = destination.address;
  step.behind = std::move(behind);
  step.resolved = {destination.address.user.empty() ? config.user.value_or("") : destination.address.user, config.host_name, config.port.value_or(0)};
  // Case says nothing: what is named is what is meant.
  if (lower_case(destination.address.host) == lower_case(config.host_name)) step.resolved.host = destination.address.host;
  const bool only_identity = !destination.identity.empty() && destination.only_identity;
  if (!only_identity) step.keys = config.identity_files;
  if (!destination.known_hosts) step.known_hosts = config.known_hosts_files;
  std::erase(step.keys, "none");
  std::erase(step.known_hosts, "none");
  step.accept_new = destination.accept_new.value_or(config.strict_host_key_checking == "accept-new");
  const std::string agent = config.identity_agent.value_or("none");
  if (agent != "none" && agent != "SSH_AUTH_SOCK") step.agent = agent;
  return step;
}

}  // namespace

Result<HostConfig> login_config(const Destination& destination, const Person& person, LoginFiles& files, Reading reading) {
  if (!is_named(destination, person)) {
    std::vector<std::string> included;
    return read_config(destination, person, files, reading, included);
  }
  if (auto before = files.named(name_of(destination))) return std::move(before->said);
  if (reading == Reading::kMemory) return Error(kNotRead, {});
  return judge(destination, person, files).said;
}

NamedWay named_way(const Destination& given, LoginFiles& files) {
  NamedWay way;
  const auto person = files.person(Reading::kFiles);
  if (!person) return way;
  Destination next = given;
  next.expand_home(person->home);
  if (!is_named(next, *person)) return way;
  const std::string name = name_of(next);
  std::string behind;
  // The last machine on the way is reached by way of those before it; the first one as its own configuration says.
  for (;;) {
    if (way.steps.size() == kMostSteps) {
      // Nothing is gone that was not shown.
      files.keep_named(name, {Error("ssh.config", cat("the way to ", given.address.show(), " leads by more than ", kMostSteps, " machines"),
                                    "does a ProxyJump lead back to where it came from?"),
                              {}});
      break;
    }
    const NamedConfig config = judge(next, *person, files);
    way.included.insert(way.included.end(), config.included.begin(), config.included.end());
    if (!config.said) break;
    way.steps.push_back(step_of(next, *config.said, behind));
    const std::vector<Address> jumps = next.jumps ? *next.jumps : config.said->jumps;
    if (jumps.empty()) break;
    behind = next.address.show();
    next = next.jump(jumps.back());
    next.jumps = std::vector<Address>(jumps.begin(), jumps.end() - 1);
    if (next.jumps->empty()) next.jumps.reset();
  }
  return way;
}

}  // namespace runbook::ssh
