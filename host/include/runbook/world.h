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
    auto [slot, fresh] = services_.try_emplace(std::type_index(typeid(T)));
    if (fresh) {
      slot->second = std::make_shared<T>(*this);
      order_.push_back(slot->second);
    }
    return *static_cast<T*>(slot->second.get());
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
