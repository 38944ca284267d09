// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/sftp/sessions.h"

#include "host/core/text.h"

namespace runbook::ssh::sftp {

Sessions::~Sessions() {
  for (auto& [key, slot] : slots_) {
    slot->step();
    slot->idle();
    if (slot->client) slot->client->lose(Error("ssh.closed", "the run is over"));
  }
}

Cancel Sessions::open(const Destination& destination, Callback<void(Result<ClientPtr>)> done) {
  SlotPtr& slot = slots_[destination.key()];
  if (!slot) {
    slot = std::make_shared<Slot>();
    slot->connection = connections_->to(destination);
  }
  if (slot->client && !slot->client->lost()) {
    return loop().post([client = slot->client, done = std::move(done)]() mutable { done(std::move(client)); });
  }
  auto waiter = std::make_shared<Callback<void(Result<ClientPtr>)>>(std::move(done));
  slot->waiting.push_back(waiter);
  if (!slot->opening) begin(slot);
  return [waiter] { waiter->reset(); };
}

void Sessions::begin(const SlotPtr& slot) {
  slot->opening = true;
  slot->client.reset();
  slot->step = slot->connection->channel({}, [this, slot](Result<std::unique_ptr<Channel>> channel) {
    if (!channel) return opened(slot, std::move(channel).error());
    auto client = std::make_shared<Client>(loop(), channel_stream(slot->connection, std::move(*channel)), slot->connection->name());
    slot->client = client;
    slot->step = client->begin([this, slot, client](const Status& status) {
      if (!status) return opened(slot, status.error());
      opened(slot, client);
    });
  });
}

void Sessions::opened(const SlotPtr& slot, Result<ClientPtr> client) {
  slot->opening = false;
  slot->step.reset();
  const auto waiting = std::move(slot->waiting);
  slot->waiting.clear();
  if (!client) {
    // What is wrong with the server stays to be heard by the next one who asks.
    if (slot->client) slot->client->lose(client.error());
    slot->client.reset();
  } else {
    watch_idle(slot);
  }
  for (const auto& waiter : waiting) (*waiter)(client);
}

void Sessions::watch_idle(const SlotPtr& slot) {
  slot->idle();
  slot->idle = loop().after(seconds(idle_), [this, slot] {
    if (!slot->client || slot->client->lost()) return;
    if (slot->client.use_count() > 1 || slot->client->waiting()) return watch_idle(slot);
    slot->client->lose(Error("ssh.closed", "nobody has used it for a while"));
    slot->client.reset();
  });
}

}  // namespace runbook::ssh::sftp
