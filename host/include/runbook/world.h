// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <typeindex>
#include <vector>

#include "runbook/loop.h"

namespace runbook {

/// The way out: sockets, files, processes. Only the effect gate makes one, and it hands it only to the `perform`
/// of an operation that every filter has let through. A module that is given no World can reach nothing.
class World {
 public:
  Loop& loop() const { return loop_; }

  /// The run's one object of type T (a connection pool, a process table), made as T(World&) on first use and
  /// destroyed, newest first, when the run ends.
  template <class T>
  T& service() {
    return *shared<T>();
  }

  /// The same, for a job on another thread, which must own what it uses.
  template <class T>
  std::shared_ptr<T> shared() {
    auto& slot = services_[std::type_index(typeid(T))];
    if (!slot) {
      slot = std::make_shared<T>(*this);
      order_.push_back(slot);
    }
    return std::static_pointer_cast<T>(slot);
  }

  /// Puts `service` in the place of the real T: how a simulator gets below the operations.
  template <class T>
  void provide(std::shared_ptr<T> service) {
    order_.push_back(service);
    services_[std::type_index(typeid(T))] = std::move(service);
  }

  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    services_.clear();
    while (!order_.empty()) order_.pop_back();
  }

 private:
  friend class Gate;
  friend class TestWorld;  // tests/support: clients are tested without a gate
  explicit World(Loop& loop) : loop_(loop) {}

  Loop& loop_;
  std::map<std::type_index, std::shared_ptr<void>> services_;
  std::vector<std::shared_ptr<void>> order_;
};

}  // namespace runbook
