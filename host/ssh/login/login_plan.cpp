// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/login_plan.h"

#include <cstdlib>

#include "host/core/text.h"
#include "host/ssh/login/login_config.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {

namespace {

constexpr const char* kDefaultKeys[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
constexpr double kUsualSeconds = 15;

bool is_absent(const Error& error) { return error.code == "file.not_found" || error.code == "file.not_directory"; }

struct Source {
  LoginFiles& files;
  Reading reading;
};

// A key that only the agent can use: "key.pub" is named, or lies beside a private key that is not there or cannot be opened.
Result<std::string> agents_key(const std::string& path, const Error& why, const Source& source) {
  const bool no_private_key = why.code == "ssh.key_unsupported" || why.code == "ssh.key_format";
  if (no_private_key) return source.files.public_key(path, source.reading);
  if (is_absent(why) || why.code == "ssh.key_encrypted") return source.files.public_key(path + ".pub", source.reading);
  return Error(why);
}

Status add_key(const std::string& path, const std::string& passphrase, bool wanted, const Source& source, LoginPlan& into) {
  auto key = source.files.key(path, passphrase, source.reading);
  if (!key && key.error().code == kNotRead) return std::move(key).error();
  const auto blob = key ? Result<std::string>((*key)->blob()) : agents_key(path, key.error(), source);
  if (!blob && blob.error().code == kNotRead) return blob.error();
  if (blob && is_short_rsa(*blob, into.rsa_bits)) {
    Error error("ssh.key_unsupported", cat("the RSA key '", printable(path), "' is shorter than RequiredRSASize asks for (", into.rsa_bits, " bits)"));
    if (wanted) return error;
    into.notes.push_back(error.message);
    return Unit{};
  }
  if (blob) into.keys.push_back({path, key ? *key : nullptr, *blob});
  if (key) return Unit{};
  const Error& why = key.error();
  if (why.code == "ssh.key_encrypted") {
    into.notes.push_back(cat(path, " needs a passphrase"));
  } else if (blob || (!wanted && is_absent(why))) {
    return Unit{};
  } else if (wanted) {
    return why;
  } else {
    into.notes.push_back(why.message);
  }
  return Unit{};
}

Status add_keys(const Destination& destination, const HostConfig& config, const Person& person, const Source& source, LoginPlan& into) {
  const std::string& identity = destination.identity;
  if (!identity.empty() && destination.only_identity) {
    into.only_these_keys = true;
    return add_key(identity, destination.passphrase, true, source, into);
  }
  std::vector<std::string> paths = config.identity_files;
  if (paths.empty()) {
    for (const char* name : kDefaultKeys) paths.push_back(cat(person.home, "/.ssh/", name));
  }
  into.only_these_keys = config.identities_only.value_or(false);
  if (!identity.empty() && !into.only_these_keys) paths.push_back(identity);
  for (const std::string& path : paths) {
    if (path != "none") RUNBOOK_TRY(add_key(path, destination.passphrase, false, source, into));
  }
  if (!config.certificate_files.empty()) into.notes.emplace_back("user certificates are not supported");
  return Unit{};
}

// The system's are always asked too: a key that is revoked there is revoked.
void add_known_files(const Destination& destination, const HostConfig& config, const Person& person, LoginPlan& into) {
  std::vector<std::string> own = config.known_hosts_files;
  if (own.empty()) own = {person.home + "/.ssh/known_hosts", person.home + "/.ssh/known_hosts2"};
  if (destination.known_hosts) own = {*destination.known_hosts};
  const auto is_none = [](const std::string& path) { return path == "none" || path == "/dev/null"; };
  if (!is_none(own.front())) into.new_keys_file = own.front();
  std::erase_if(own, is_none);
  into.known_files = std::move(own);
  for (const char* path : {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}) into.known_files.emplace_back(path);
}

void add_checking(const Destination& destination, const HostConfig& config, LoginPlan& into) {
  const std::string checking = config.strict_host_key_checking.value_or("yes");
  // A file that the runbook names is written to only where the runbook says so: that is what is asked permission for.
  into.accept_new = destination.accept_new.value_or(checking == "accept-new" && !destination.known_hosts);
  const bool followed = destination.accept_new || checking == "yes" || checking == "ask" || into.accept_new;
  if (!followed) {
    into.notes.push_back(cat("StrictHostKeyChecking ", checking, " is not followed", destination.known_hosts ? " with a known_hosts file of the runbook's" : "",
                             ": an unknown host key is refused (host_key = \"accept-new\" takes it)"));
  }
}

std::string agent_socket(const HostConfig& config) {
  const char* variable = std::getenv("SSH_AUTH_SOCK");
  const std::string usual = variable ? variable : "";
  const std::string chosen = config.identity_agent.value_or("SSH_AUTH_SOCK");
  return chosen == "none" ? "" : chosen == "SSH_AUTH_SOCK" ? usual : chosen;
}

// Of a time that is 0 ssh makes "for as long as it takes"; here every wait has an end.
double seconds_of(const std::optional<double>& given, const std::optional<double>& configured) {
  if (given) return *given;
  return configured.value_or(0) > 0 ? *configured : kUsualSeconds;
}

}  // namespace

bool is_short_rsa(std::string_view blob, int bits) {
  WireReader reader(blob);
  if (bits <= 0 || reader.string() != "ssh-rsa") return false;
  reader.string();  // the exponent
  std::string_view modulus = reader.string();
  while (!modulus.empty() && modulus.front() == 0) modulus.remove_prefix(1);
  if (!reader.ok() || modulus.empty()) return true;
  int size = static_cast<int>(modulus.size()) * 8;
  for (auto top = static_cast<unsigned char>(modulus.front()); top < 0x80; top = static_cast<unsigned char>(top << 1U)) --size;
  return size < bits;
}

Result<LoginPlan> plan_login(const Destination& given, LoginFiles& files, Reading reading) {
  const Source source{files, reading};
  const auto person = files.person(reading);
  if (!person) return person.error();
  Destination destination = given;
  destination.expand_home(person->home);
  auto config = login_config(destination, *person, files, reading);
  if (!config) return std::move(config).error();

  LoginPlan plan;
  plan.name = destination.address.show();
  plan.user = !destination.address.user.empty() ? destination.address.user : config->user.value_or(person->name);
  plan.host = config->host_name;
  plan.port = config->port.value_or(22);
  plan.password = destination.password;
  plan.jumps = destination.jumps ? *destination.jumps : config->jumps;
  for (const Address& jump : plan.jumps) {
    if (jump.show() != plan.name) continue;
    return Error("ssh.config", cat("the way to ", plan.name, " leads by ", plan.name, " itself"),
                 "a ProxyJump for 'Host *' counts for the jump host too: exclude it ('Host * !bastion')")
        .with("host", plan.name);
  }
  plan.connect_timeout = seconds_of(destination.connect_timeout, config->connect_timeout);
  plan.alive_interval = destination.alive_interval ? *destination.alive_interval : config->alive_interval.value_or(kUsualSeconds);
  plan.alive_count = config->alive_count.value_or(3);
  plan.rsa_bits = config->required_rsa_size.value_or(0);

  add_known_files(destination, *config, *person, plan);
  add_checking(destination, *config, plan);
  auto known = files.known_hosts(plan.known_files, reading);
  if (!known) return std::move(known).error();
  plan.known = *known;
  RUNBOOK_TRY(add_keys(destination, *config, *person, source, plan));
  plan.agent = agent_socket(*config);
  return plan;
}

}  // namespace runbook::ssh
