// SPDX-License-Identifier: Apache-2.0
#include "host/script/sandbox/account.h"

#include <cstdlib>

namespace runbook::script {

bool Account::refuse() {
  ++refusals_;
  return false;
}

bool Account::charge(std::size_t bytes) {
  if (fail_countdown_ != 0) {
    if (fail_countdown_ == 1) return refuse();
    --fail_countdown_;
  }
  if (bytes > limit_ || used_ > limit_ - bytes) return refuse();
  used_ += bytes;
  return true;
}

void* Account::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& account = *static_cast<Account*>(self);
  if (block == nullptr) {  // Lua passes the kind of object as its old size
    if (new_size == 0 || !account.charge(new_size)) return nullptr;
    void* fresh = std::malloc(new_size);
    if (fresh == nullptr) account.release(new_size);
    return fresh;
  }
  if (new_size == 0) {
    account.used_ -= old_size;
    std::free(block);
    return nullptr;
  }
  if (new_size > old_size && !account.charge(new_size - old_size)) return nullptr;
  void* out = std::realloc(block, new_size);
  if (out == nullptr) {
    if (new_size <= old_size) return block;  // Lua counts on shrinking to succeed
    account.release(new_size - old_size);
    return nullptr;
  }
  if (new_size < old_size) account.release(old_size - new_size);
  return out;
}

}  // namespace runbook::script
