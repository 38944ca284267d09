// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/run/connections.h"

#include <algorithm>

#include "host/ssh/run/remote_run.h"

namespace runbook::ssh {

namespace {

constexpr std::size_t kMostResting = 512;
constexpr double kEndSeconds = 9;

class Shell final : public RemoteShell {
 public:
  explicit Shell(ConnectionPtr connection) : connection_(std::move(connection)) {}
  std::unique_ptr<RemoteProcess> start(RemoteCommand command) override { return remote_run(connection_, std::move(command)); }

 private:
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
  // Timers and callers may hold one for longer than this. One by one: who hears of the end may ask for another.
  while (!connections_.empty()) connections_.extract(connections_.begin()).mapped()->retire();
  for (const auto& weak : further_) {
    if (const ConnectionPtr connection = weak.lock()) connection->retire();
  }
}

ConnectionPtr Connections::to(const Destination& destination) {
  ConnectionPtr& slot = connections_[destination.key()];
  if (!slot) slot = std::make_shared<Connection>(*this, destination);
  return slot;
}

ConnectionPtr Connections::another(const Destination& destination) {
  std::erase_if(further_, [](const std::weak_ptr<Connection>& weak) { return weak.expired(); });
  auto made = std::make_shared<Connection>(*this, destination);
  further_.push_back(made);
  return made;
}

std::shared_ptr<RemoteShell> Connections::shell(const Destination& destination) { return std::make_shared<Shell>(to(destination)); }

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
    if (!oldest) continue;
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
