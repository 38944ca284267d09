// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/destination.h"

#include "host/core/text.h"

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
  if (seconds <= 0) {
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
  auto connect = duration_of(target, "connect_timeout"), alive = duration_of(target, "alive_interval");
  if (!connect || !alive) return std::move(connect ? alive : connect).error();
  out.connect_timeout = *connect;
  out.alive_interval = *alive;
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
  out.password.clear();  // it is for the machine at the end
  out.jumps = std::vector<Address>{};
  return out;
}

}  // namespace runbook::ssh
