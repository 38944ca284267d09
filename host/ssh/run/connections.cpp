// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/run/connections.h"

#include <algorithm>

#include "host/ssh/run/remote_run.h"

namespace runbook::ssh {

namespace {

constexpr std::size_t kMostResting = 512;
constexpr double kEndSeconds = 5;

class Shell final : public RemoteShell {
 public:
  Shell(Connections& all, ConnectionPtr connection) : all_(all), connection_(std::move(connection)) {}
  std::unique_ptr<RemoteProcess> start(RemoteCommand command) override { return remote_run(all_, connection_, std::move(command)); }

 private:
  Connections& all_;
  ConnectionPtr connection_;
};

}  // namespace

Connections::Connections(Loop& loop) : loop_(loop) {}

Connections::~Connections() {
  bool late = false;
  Cancel deadline = loop_.after(seconds(kEndSeconds), [&late] { late = true; });
  while (*endings_ > 0 && !late && loop_.turn()) {
  }
  deadline();
  for (auto& [key, connection] : connections_) connection->close();
}

ConnectionPtr Connections::to(const Destination& destination) {
  ConnectionPtr& slot = connections_[destination.key()];
  if (!slot) slot = std::make_shared<Connection>(*this, destination);
  return slot;
}

std::shared_ptr<RemoteShell> Connections::shell(const Destination& destination) { return std::make_shared<Shell>(*this, to(destination)); }

Agent* Connections::agent(const std::string& path) {
  if (path.empty()) return nullptr;
  auto& slot = agents_[path];
  if (!slot) slot = std::make_unique<Agent>(loop_, path);
  return slot.get();
}

// A session is 80 KiB here and a process there. Most fleets are gone through once; where one is come back to, it shows.
void Connections::rests(const ConnectionPtr& connection) {
  resting_.remove_if([&](const std::weak_ptr<Connection>& weak) {
    const ConnectionPtr one = weak.lock();
    return !one || one == connection || !one->idle();
  });
  resting_.push_back(connection);
  while (resting_.size() > keep_) {
    const ConnectionPtr oldest = resting_.front().lock();
    resting_.pop_front();
    oldest->close();
    oldest->closed_early = true;
  }
}

void Connections::closed_too_early() { keep_ = std::min(keep_ * 2, kMostResting); }

std::shared_ptr<void> Connections::ending() {
  ++*endings_;
  return {endings_.get(), [all = endings_](void*) { --*all; }};
}

}  // namespace runbook::ssh
