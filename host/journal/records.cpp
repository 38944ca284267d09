// SPDX-License-Identifier: Apache-2.0
#include "host/journal/records.h"

#include <array>
#include <utility>

namespace runbook::journal {

namespace {
constexpr std::array<std::pair<State, const char*>, 8> kNames{{
    {State::kRunning, "running"},
    {State::kStarted, "started"},
    {State::kDone, "done"},
    {State::kFailed, "failed"},
    {State::kCancelled, "cancelled"},
    {State::kInterrupted, "interrupted"},
    {State::kUndone, "undone"},
    {State::kUnknown, "unknown"},
}};
}  // namespace

const char* to_string(State state) {
  for (const auto& [value, name] : kNames) {
    if (value == state) return name;
  }
  return "unknown";
}

State state_of(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (text == name) return value;
  }
  return State::kUnknown;
}

}  // namespace runbook::journal
