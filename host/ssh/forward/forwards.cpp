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

Result<std::string> Forwards::open(const Destination& destination, const ForwardTarget& to) {
  auto& slot = open_[key_of(destination, to)];
  if (!slot) {
    auto made = Forward::open(world_.service<Connections>(), destination, to);
    if (!made) return std::move(made).error();
    slot = std::move(*made);
  }
  return slot->path();
}

void Forwards::close(const Destination& destination, const ForwardTarget& to) { open_.erase(key_of(destination, to)); }

Error Forwards::last_error(const std::string& path) const {
  for (const auto& [key, forward] : open_) {
    if (forward->path() == path) return forward->last_error();
  }
  return {};
}

}  // namespace runbook::ssh
