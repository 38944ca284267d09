// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace runbook::script {

/// The memory of one virtual machine: what Lua allocates and what the host charges for buffers it keeps on the
/// script's behalf. At the cap Lua collects once and then raises "not enough memory".
class Account {
 public:
  explicit Account(std::size_t limit) : limit_(limit) {}

  /// For lua_newstate, with the Account as its argument.
  static void* allocate(void* account, void* block, std::size_t old_size, std::size_t new_size);

  /// False where the cap does not allow it; then nothing is charged.
  bool charge(std::size_t bytes);
  void release(std::size_t bytes) { used_ -= bytes < used_ ? bytes : used_; }

  std::size_t used() const { return used_; }
  /// How often the cap was met.
  std::size_t refusals() const { return refusals_; }

  /// For tests: every growing allocation from the nth on (1 is the next) fails; 0 ends that.
  void fail_from(std::size_t nth) { fail_countdown_ = nth; }

 private:
  bool refuse();

  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t refusals_ = 0;
  std::size_t fail_countdown_ = 0;
};

}  // namespace runbook::script
