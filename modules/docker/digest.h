// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace runbook::docker {

/// SHA-256 in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  /// Lower-case hex; once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Lets go of what OpenSSL keeps for the calling thread: for workers, which never end.
void end_thread_digests();

std::string sha256_hex(std::string_view bytes);

}  // namespace runbook::docker
