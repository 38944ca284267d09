// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/destination.h"

#include <openssl/crypto.h>

#include <cmath>

#include "host/core/text.h"
#include "host/ssh/sha256.h"

namespace runbook::ssh {

namespace {

std::optional<std::string> text_of(const Value& target, const char* key) {
  return target.has(key) ? std::optional<std::string>(target[key].reveal()) : std::nullopt;
}
// A number of seconds, or "5s".
Result<std::optional<double>> duration_of(const Value& target, const char* key) {
  if (!target.has(key)) return std::optional<double>();
  const Value& given = target[key];
  const double seconds = given.is_string() ? parse_duration(given.as_string()) : given.as_number();
  if (!std::isfinite(seconds) || seconds <= 0) {
    return Error("argument.invalid", cat("'", key, "' is no duration: ", printable(given.is_string() ? given.as_string() : to_json(given))),
                 "for example 15, \"15s\" or \"2m\"");
  }
  return std::optional<double>(seconds);
}

}  // namespace

Result<Address> address_of(const Value& target) {
  auto address = Address::parse(target["host"].as_string());
  if (!address) return address;
  if (target.has("user")) address->user = target["user"].as_string();
  if (target.has("port")) {
    const std::int64_t port = target["port"].as_int();
    if (port < 1 || port > 65535) return Error("ssh.address", cat("the port ", port, " is not between 1 and 65535"));
    address->port = static_cast<int>(port);
  }
  return Address::parse(address->show());  // what was added obeys the same rules
}

Result<Destination> Destination::from(const Value& target) {
  Destination out;
  auto address = address_of(target);
  if (!address) return std::move(address).error();
  out.address = std::move(*address);
  out.identity = text_of(target, "identity").value_or("");
  out.password = text_of(target, "password").value_or("");
  out.passphrase = text_of(target, "passphrase").value_or("");
  out.known_hosts = text_of(target, "known_hosts");
  if (target.has("config")) out.config = target["config"].is_boolean() ? "" : target["config"].as_string();
  if (target.has("host_key")) out.accept_new = target["host_key"].as_string() == "accept-new";
  if (target.has("jump")) {
    std::vector<Address> jumps;
    const std::vector<Value> given = target["jump"].is_string() ? std::vector<Value>{target["jump"]} : target["jump"].items();
    for (const Value& one : given) {
      auto jump = Address::parse(one.as_string());
      if (!jump) return std::move(jump).error();
      jumps.push_back(std::move(*jump));
    }
    out.jumps = std::move(jumps);
  }
  auto connect = duration_of(target, "connect_timeout"), alive = duration_of(target, "alive_interval");
  if (!connect || !alive) return std::move(connect ? alive : connect).error();
  out.connect_timeout = *connect;
  out.alive_interval = *alive;
  return out;
}

std::string Destination::key() const {
  std::string text = address.show();
  for (const std::string& part : {identity, password, passphrase, known_hosts.value_or("-"), config.value_or("-")}) text += '\0' + part;
  text += accept_new ? (*accept_new ? 'a' : 's') : '-';
  text += only_identity ? 'o' : '-';
  if (jumps) {
    for (const Address& jump : *jumps) text += '\0' + jump.show();
  }
  std::string digest = sha256_hex(text);
  OPENSSL_cleanse(text.data(), text.size());
  return digest;
}

Destination Destination::jump(const Address& by) const {
  Destination out = *this;
  out.address = by;
  out.password.clear();
  out.accept_new.reset();
  out.only_identity = false;
  out.jumps = std::vector<Address>{};
  return out;
}

void Destination::expand_home(const std::string& home) {
  for (std::string* path : {&identity, known_hosts ? &*known_hosts : nullptr, config ? &*config : nullptr}) {
    if (path && path->starts_with("~/")) path->replace(0, 1, home);
  }
}

}  // namespace runbook::ssh
