// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/login_plan.h"

#include <glob.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "host/core/encoding.h"
#include "host/core/files.h"
#include "host/core/text.h"

namespace runbook::ssh {

namespace {

constexpr std::uint64_t kMostFile = 16U << 20U;
constexpr const char* kDefaultKeys[] = {"id_ed25519", "id_ecdsa", "id_rsa"};

Person this_person() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found);
  const char* home = std::getenv("HOME");
  return {found ? found->pw_name : "", home && *home ? home : (found ? found->pw_dir : "/")};
}

std::vector<std::string> glob_files(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> out;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return out;
}

bool is_absent(const Error& error) { return error.code == "file.not_found" || error.code == "file.not_directory"; }

// The public half beside a key that cannot be opened: enough for the agent to be asked for it.
std::string public_half(const std::string& path) {
  auto text = files::Tree::real().read(path + ".pub", 64U << 10U);
  if (!text) return {};
  const std::vector<std::string> words = split(*text, ' ');
  auto blob = words.size() < 2 ? Result<std::string>(Error()) : base64_decode(trim(words[1]));
  return blob ? *blob : std::string();
}

struct Source {
  LoginFiles& files;
  Reading reading;
};

Status add_key(const std::string& path, const std::string& passphrase, bool wanted, const Source& source, LoginPlan& into) {
  auto key = source.files.key(path, passphrase, source.reading);
  if (key) {
    into.keys.push_back({path, *key, (*key)->blob()});
    return Unit{};
  }
  const Error& why = key.error();
  if (why.code == kNotRead) return why;
  if (!wanted && is_absent(why)) return Unit{};
  if (why.code == "ssh.key_encrypted") {
    if (source.reading == Reading::kMemory) return Error(kNotRead, {});  // its public half is not kept
    if (const std::string blob = public_half(path); !blob.empty()) into.keys.push_back({path, nullptr, blob});
    into.notes.push_back(cat(path, " needs a passphrase"));
    return Unit{};
  }
  if (wanted) return why;
  into.notes.push_back(why.message);
  return Unit{};
}

Result<HostConfig> read_config(const Destination& destination, const Person& person, const Source& source) {
  HostConfig config;
  config.host_name = destination.address.host;
  if (destination.config == "") return config;
  ConfigContext context{person.home, person.name, [&source](const std::string& path) { return source.files.config(path, source.reading); }, glob_files};
  std::vector<ConfigFile> read;
  if (destination.config) {
    auto text = source.files.config(*destination.config, source.reading);
    if (!text) return std::move(text).error();
    read.push_back({*destination.config, std::move(*text)});
  } else {
    for (const bool system : {false, true}) {
      const std::string path = system ? "/etc/ssh/ssh_config" : person.home + "/.ssh/config";
      auto text = source.files.config(path, source.reading);
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

// The first one is where new keys go.
std::vector<std::string> known_files(const Destination& destination, const HostConfig& config, const Person& person) {
  if (destination.known_hosts) return {*destination.known_hosts};
  std::vector<std::string> paths = config.known_hosts_files;
  if (paths.empty()) paths = {person.home + "/.ssh/known_hosts"};
  if (paths == std::vector<std::string>{"none"}) paths.clear();
  paths.emplace_back("/etc/ssh/ssh_known_hosts");
  return paths;
}

std::string agent_socket(const HostConfig& config) {
  const char* variable = std::getenv("SSH_AUTH_SOCK");
  const std::string usual = variable ? variable : "";
  const std::string chosen = config.identity_agent.value_or("SSH_AUTH_SOCK");
  return chosen == "none" ? "" : chosen == "SSH_AUTH_SOCK" ? usual : chosen;
}

}  // namespace

// A worker may hold it for long, while it works on an encrypted key.
std::unique_lock<std::mutex> LoginFiles::lock(Reading reading) {
  if (reading == Reading::kFiles) return std::unique_lock(mutex_);
  return {mutex_, std::try_to_lock};
}

Result<Person> LoginFiles::person(Reading reading) {
  const auto guard = lock(reading);
  if (!guard || (!person_ && reading == Reading::kMemory)) return Error(kNotRead, {});
  if (!person_) person_ = this_person();
  return *person_;
}

Result<std::shared_ptr<PrivateKey>> LoginFiles::key(const std::string& path, const std::string& passphrase, Reading reading) {
  const std::string name = path + '\0' + passphrase;
  const auto guard = lock(reading);
  if (!guard) return Error(kNotRead, {});
  if (const auto found = keys_.find(name); found != keys_.end()) return found->second;
  if (reading == Reading::kMemory) return Error(kNotRead, {});
  auto text = files::Tree::real().read(path, 1U << 20U);
  auto key = text ? PrivateKey::parse(*text, passphrase, path) : Result<std::shared_ptr<PrivateKey>>(std::move(text).error());
  keys_.emplace(name, key);
  return key;
}

Result<std::shared_ptr<const KnownHosts>> LoginFiles::known_hosts(const std::vector<std::string>& paths, Reading reading) {
  const auto guard = lock(reading);
  if (!guard) return Error(kNotRead, {});
  const std::string name = join(paths, std::string(1, '\0'));
  if (const auto found = known_.find(name); found != known_.end()) return found->second;
  if (reading == Reading::kMemory) return Error(kNotRead, {});
  auto known = std::make_shared<KnownHosts>();
  for (const std::string& path : paths) {
    auto text = files::Tree::real().read(path, kMostFile);
    if (!text && is_absent(text.error())) continue;
    if (!text) return std::move(text).error();
    known->add(*text, path);
  }
  known_.emplace(name, known);
  return std::shared_ptr<const KnownHosts>(std::move(known));
}

Status LoginFiles::add_known_host(const std::string& path, const std::string& line) {
  const std::lock_guard guard(mutex_);
  known_.clear();
  return known_hosts_append(path, line);
}

Result<int> LoginFiles::remove_known_host(const std::string& path, const std::string& host, int port) {
  const std::lock_guard guard(mutex_);
  known_.clear();
  return known_hosts_remove(path, host, port);
}

Result<std::string> LoginFiles::config(const std::string& path, Reading reading) {
  const auto guard = lock(reading);
  if (!guard) return Error(kNotRead, {});
  if (const auto found = configs_.find(path); found != configs_.end()) return found->second;
  if (reading == Reading::kMemory) return Error(kNotRead, {});
  auto text = files::Tree::real().read(path, 1U << 20U);
  configs_.emplace(path, text);
  return text;
}

Result<LoginPlan> plan_login(const Destination& given, LoginFiles& files, Reading reading) {
  const Source source{files, reading};
  const auto somebody = files.person(reading);
  if (!somebody) return somebody.error();
  const Person& person = *somebody;
  Destination destination = given;
  for (std::string* path : {&destination.identity, destination.known_hosts ? &*destination.known_hosts : nullptr, destination.config ? &*destination.config : nullptr}) {
    if (path && path->starts_with("~/")) path->replace(0, 1, person.home);
  }
  auto config = read_config(destination, person, source);
  if (!config) return std::move(config).error();

  LoginPlan plan;
  plan.name = destination.address.show();
  plan.user = !destination.address.user.empty() ? destination.address.user : config->user.value_or(person.name);
  plan.host = config->host_name;
  plan.port = destination.address.port != 0 ? destination.address.port : config->port.value_or(22);
  plan.password = destination.password;
  plan.jumps = destination.jumps ? *destination.jumps : config->jumps;
  plan.connect_timeout = destination.connect_timeout ? *destination.connect_timeout : config->connect_timeout.value_or(15);
  plan.alive_interval = destination.alive_interval ? *destination.alive_interval : config->alive_interval.value_or(15);
  plan.alive_count = config->alive_count.value_or(3);

  plan.known_files = known_files(destination, *config, person);
  const std::string checking = config->strict_host_key_checking.value_or("yes");
  plan.accept_new = destination.accept_new ? *destination.accept_new : checking == "accept-new";
  if (checking == "no" || checking == "off") {
    plan.notes.emplace_back("StrictHostKeyChecking no is not followed: an unknown host key is refused (host_key = \"accept-new\" takes it)");
  }
  auto known = files.known_hosts(plan.known_files, reading);
  if (!known) return std::move(known).error();
  plan.known = *known;

  if (!destination.identity.empty()) {
    RUNBOOK_TRY(add_key(destination.identity, destination.passphrase, true, source, plan));
    plan.only_these_keys = true;
  } else if (!config->identity_files.empty()) {
    for (const std::string& path : config->identity_files) {
      if (path != "none") RUNBOOK_TRY(add_key(path, destination.passphrase, false, source, plan));
    }
    if (!config->certificate_files.empty()) plan.notes.push_back("user certificates are not supported");
    plan.only_these_keys = config->identities_only.value_or(false);
  } else {
    for (const char* name : kDefaultKeys) RUNBOOK_TRY(add_key(cat(person.home, "/.ssh/", name), destination.passphrase, false, source, plan));
    plan.only_these_keys = config->identities_only.value_or(false);
  }
  plan.agent = agent_socket(*config);
  return plan;
}

}  // namespace runbook::ssh
