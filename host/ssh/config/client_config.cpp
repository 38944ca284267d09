// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/config/client_config.h"

#include <unistd.h>

#include <map>

#include "host/core/text.h"
#include "host/ssh/config/config_reader.h"
#include "host/ssh/config/config_tokens.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

using Tokens = std::map<char, std::string>;

/// A path with its home and tokens; in ssh's order, so that a home with a '%' in it is read as ssh does.
Result<std::string> expand_path(const Said& said, const ConfigContext& context, const Tokens& tokens) {
  if (said.value == "none") return said.value;
  auto at_home = expand_home(said, context.home);
  if (!at_home) return at_home;
  auto path = expand_tokens({*at_home, said.place}, tokens);
  if (path && !path->starts_with('/')) {
    return said.place.error(cat(shown(*path), " would depend on where runbook is started"),
                            "write ~/.ssh/ before it, or the whole path");
  }
  return path;
}

Status expand_paths(const std::vector<Said>& said, const ConfigContext& context, const Tokens& tokens,
                    std::vector<std::string>& into) {
  for (const Said& one : said) {
    auto path = expand_path(one, context, tokens);
    if (!path) return std::move(path).error();
    into.push_back(std::move(path).value());
  }
  return Unit{};
}

Result<std::string> expand_agent(const Said& said, const ConfigContext& context, const Tokens& tokens) {
  if (said.value == "SSH_AUTH_SOCK" || said.value == "$SSH_AUTH_SOCK" || said.value == "${SSH_AUTH_SOCK}") {
    return std::string("SSH_AUTH_SOCK");
  }
  if (said.value.starts_with('$') && !said.value.starts_with("${")) {
    return said.place.error(cat("IdentityAgent ", shown(said.value), ": environment variables are not read"),
                            "write the path, or SSH_AUTH_SOCK");
  }
  return expand_path(said, context, tokens);
}

Result<std::vector<Address>> parse_jumps(const Said& said, const Tokens& tokens) {
  std::vector<Address> jumps;
  if (said.value == "none") return jumps;
  auto list = expand_tokens(said, tokens);
  if (!list) return std::move(list).error();
  for (const std::string& part : split(*list, ',')) {
    auto address = Address::parse(part);
    if (!address) return said.place.error(cat("ProxyJump: ", address.error().message), address.error().hint);
    jumps.push_back(std::move(address).value());
  }
  return jumps;
}

template <class T>
void fill(std::optional<T>& into, const std::optional<T>& found) {
  if (!into) into = found;
}

Status fill_paths(const RawConfig& found, const ConfigContext& context, const Tokens& tokens, HostConfig& into) {
  RUNBOOK_TRY(expand_paths(found.identity_files, context, tokens, into.identity_files));
  RUNBOOK_TRY(expand_paths(found.certificate_files, context, tokens, into.certificate_files));
  if (into.known_hosts_files.empty() && found.known_hosts_files) {
    RUNBOOK_TRY(expand_paths(*found.known_hosts_files, context, tokens, into.known_hosts_files));
  }
  if (!into.identity_agent && found.identity_agent) {
    auto agent = expand_agent(*found.identity_agent, context, tokens);
    if (!agent) return std::move(agent).error();
    into.identity_agent = std::move(agent).value();
  }
  return Unit{};
}

Status read_all(const std::vector<ConfigFile>& files, ConfigReader& reader) {
  for (const ConfigFile& file : files) RUNBOOK_TRY(reader.read(file));
  return Unit{};
}

/// Goes into the configuration as if a file before all others said it.
void take_what_is_said(const HostConfig& config, const std::string& user, RawConfig& found) {
  const Place caller{"(given)", 0};
  if (!user.empty()) {
    found.user = Said{user, caller};
  } else if (config.user) {
    found.user = Said{*config.user, caller};
  }
  found.port = config.port;
}

}  // namespace

Status apply_config(const std::vector<ConfigFile>& files, const std::string& alias, const std::string& user,
                    const ConfigContext& context, HostConfig& into) {
  if (const std::string problem = host_problem(alias); !problem.empty()) {
    return Error("ssh.address", cat("the host ", shown(alias), ' ', problem));
  }
  ConfigReader reader(context, alias);
  RawConfig& found = reader.found();
  take_what_is_said(into, user, found);
  RUNBOOK_TRY(read_all(files, reader));
  auto host_name = reader.host_name();
  if (host_name && reader.wants_final_pass()) {
    reader.begin_final_pass(*host_name);
    RUNBOOK_TRY(read_all(files, reader));
    host_name = reader.host_name();
  }
  if (!host_name) return std::move(host_name).error();

  into.host_name = *host_name;
  if (found.user) into.user = found.user->value;
  into.port = found.port;
  fill(into.alive_count, found.alive_count);
  fill(into.required_rsa_size, found.required_rsa_size);
  fill(into.alive_interval, found.alive_interval);
  fill(into.connect_timeout, found.connect_timeout);
  fill(into.identities_only, found.identities_only);
  fill(into.strict_host_key_checking, found.strict_host_key_checking);
  const Tokens tokens = {{'d', context.home},
                         {'h', into.host_name},
                         {'i', std::to_string(getuid())},
                         {'k', alias},
                         {'n', alias},
                         {'p', std::to_string(into.port.value_or(22))},
                         {'r', into.user.value_or(context.local_user)},
                         {'u', context.local_user}};
  RUNBOOK_TRY(fill_paths(found, context, tokens, into));
  if (into.jumps.empty() && found.proxy) {
    auto jumps = parse_jumps(*found.proxy, tokens);
    if (!jumps) return std::move(jumps).error();
    into.jumps = std::move(jumps).value();
  }
  return Unit{};
}

}  // namespace runbook::ssh
