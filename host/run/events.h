// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "runbook/value.h"

namespace runbook {

/// What happened to a run's effects so far.
struct Tally {
  int changed = 0, unchanged = 0, planned = 0, failed = 0;
};

/// Completes each event (schema, time, run), counts what the summary needs, removes secrets, hands it on and keeps its
/// lines for the journal.
class Events {
 public:
  using Sink = std::function<void(const Value&)>;
  explicit Events(Sink sink) : sink_(std::move(sink)) {}

  void set_run(std::string id) { run_ = std::move(id); }
  void set_redactor(std::function<Value(Value)> redact) { redact_ = std::move(redact); }
  /// Also receives every event, before the sink.
  void set_recorder(Sink recorder) { recorder_ = std::move(recorder); }

  void emit(Value event);

  const Tally& tally() const { return tally_; }
  /// Changes made, and planned, under a step's path so far.
  Tally tally_in(const std::string& step) const;
  int changes_in(const std::string& step) const { return tally_in(step).changed; }

 private:
  void count(const Value& event);

  Sink sink_;
  Sink recorder_;
  std::function<Value(Value)> redact_;
  std::string run_;
  Tally tally_;
  std::map<std::string, Tally> by_step_;  ///< only what changed, or would
};

}  // namespace runbook
