// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/destination.h"

#include "host/core/text.h"

namespace runbook::ssh {

namespace {

std::optional<std::string> text_of(const Value& target, const char* key) {
  return target.has(key) ? std::optional<std::string>(target[key].reveal()) : std::nullopt;
}
std::optional<double> number_of(const Value& target, const char* key) {
  return target.has(key) ? std::optional<double>(target[key].as_number()) : std::nullopt;
}

}  // namespace

Result<Address> address_of(const Value& target) {
  auto address = Address::parse(target["host"].as_string());
  if (!address) return address;
  if (target.has("user")) address->user = target["user"].as_string();
  if (target.has("port")) address->port = static_cast<int>(target["port"].as_int());
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
  out.connect_timeout = number_of(target, "connect_timeout");
  out.alive_interval = number_of(target, "alive_interval");
  return out;
}

std::string Destination::key() const {
  std::string out = address.show();
  for (const std::string& part : {identity, password, passphrase, known_hosts.value_or("-"), config.value_or("-")}) out += '\0' + part;
  out += accept_new ? (*accept_new ? 'a' : 's') : '-';
  if (jumps) {
    for (const Address& jump : *jumps) out += '\0' + jump.show();
  }
  return out;
}

Destination Destination::jump(const Address& by) const {
  Destination out = *this;
  out.address = by;
  out.jumps = std::vector<Address>{};
  return out;
}

}  // namespace runbook::ssh
