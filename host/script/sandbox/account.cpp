// SPDX-License-Identifier: Apache-2.0
#include "host/script/sandbox/account.h"

#include <cstdlib>

namespace runbook::script {

bool Account::charge(std::size_t bytes) {
  if (fail_countdown_ != 0 && (fail_countdown_ == 1 || --fail_countdown_ == 0)) {
    fail_countdown_ = 1;
    ++refusals_;
    return false;
  }
  if (bytes > limit_ || used_ > limit_ - bytes) {
    ++refusals_;
    return false;
  }
  used_ += bytes;
  if (used_ > peak_) peak_ = used_;
  return true;
}

void* Account::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& account = *static_cast<Account*>(self);
  if (block == nullptr) old_size = 0;  // Lua passes the kind of object instead
  if (new_size == 0) {
    account.release(old_size);
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
