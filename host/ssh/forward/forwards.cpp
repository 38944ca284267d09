// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/forward/forwards.h"

#include "host/core/text.h"

namespace runbook::ssh {

namespace {

std::string key_of(const Destination& destination, const ForwardTarget& to) {
  std::string key = cat(destination.key(), '\0', static_cast<int>(to.kind), '\0', to.host, '\0', to.port, '\0', to.path);
  for (const std::string& word : to.argv) key += '\0' + word;
  return key;
}

}  // namespace

Result<std::string> Forwards::open(const Destination& destination, const ForwardTarget& to, std::int64_t user) {
  const std::string key = key_of(destination, to);
  auto found = open_.find(key);
  if (found == open_.end()) {
    auto made = Forward::open(*connections_, destination, to);
    if (!made) return std::move(made).error();
    found = open_.emplace(key, Open{std::move(*made), {}}).first;
  }
  found->second.users.insert(user);
  return found->second.forward->path();
}

void Forwards::close(const Destination& destination, const ForwardTarget& to, std::int64_t user) {
  const auto found = open_.find(key_of(destination, to));
  if (found == open_.end()) return;
  found->second.users.erase(user);
  if (found->second.users.empty()) open_.erase(found);
}

Error Forwards::last_error(const std::string& path) const {
  for (const auto& [key, open] : open_) {
    if (open.forward->path() == path) return open.forward->last_error();
  }
  return {};
}

}  // namespace runbook::ssh
