// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/core/text.h"
#include "runbook/error.h"

namespace runbook {

/// Gathers everything that is wrong with an input, so that a person mends it in one go.
class Problems {
 public:
  explicit Problems(std::string code) : code_(std::move(code)) {}

  void add(std::string message) { messages_.push_back(std::move(message)); }
  bool empty() const { return messages_.empty(); }
  const std::vector<std::string>& messages() const { return messages_; }

  /// One problem a line. REQUIRES: not empty.
  Error error() const { return Error(code_, join(messages_, "\n")); }

 private:
  std::string code_;
  std::vector<std::string> messages_;
};

/// ", did you mean 'colour'?" or nothing; `prefix` goes before the candidate.
inline std::string suggestion(std::string_view word, const std::vector<std::string>& candidates, std::string_view prefix = {}) {
  const std::string nearest = did_you_mean(word, candidates);
  return nearest.empty() ? std::string() : cat(", did you mean '", prefix, nearest, "'?");
}

}  // namespace runbook
