// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/ssh/keys/agent.h"
#include "host/ssh/login/planner.h"
#include "host/ssh/run/connection.h"
#include "runbook/world.h"

namespace runbook::ssh {

/// All connections of a run: a service of the World.
class Connections {
 public:
  explicit Connections(World& world) : Connections(world.loop()) {}
  explicit Connections(Loop& loop);
  /// What still runs on other machines is ended, and waited for a few seconds.
  virtual ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// The one connection for a destination. Destinations that differ in how they log in have different ones.
  ConnectionPtr to(const Destination& destination);
  /// A further one, for what cannot wait. It lasts as long as it is held.
  ConnectionPtr another(const Destination& destination);
  /// Programs there. Cheap: nothing is connected yet.
  virtual std::shared_ptr<RemoteShell> shell(const Destination& destination);

  Loop& loop() const { return loop_; }
  LoginFiles& files() { return *files_; }
  const std::shared_ptr<LoginFiles>& shared_files() { return files_; }
  Planner& planner() { return planner_; }
  Agent* agent(const std::string& path);
  /// Idle connections are kept, but not all of a large fleet's.
  void rests(const ConnectionPtr& connection);
  /// One that was closed is used again: more of them are kept from now on.
  void closed_too_early();

  /// Something that goes on in the background and must be over before the run is: programs that are being ended.
  std::shared_ptr<void> ending();

 private:
  Loop& loop_;
  std::shared_ptr<LoginFiles> files_ = std::make_shared<LoginFiles>();
  Planner planner_{loop_, files_};
  std::map<std::string, std::unique_ptr<Agent>> agents_;
  std::map<std::string, ConnectionPtr> connections_;
  std::vector<std::weak_ptr<Connection>> further_;
  std::list<std::weak_ptr<Connection>> resting_;
  std::size_t keep_ = 16;
  std::shared_ptr<int> endings_ = std::make_shared<int>(0);
};

}  // namespace runbook::ssh
