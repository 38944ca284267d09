// SPDX-License-Identifier: Apache-2.0
//
// What is known of a program that runs for `run` or `query`, wherever it does: its output and what came of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "host/core/process.h"
#include "modules/machine/place.h"

namespace runbook::machine {

/// One stream's output: the beginning for the result, the end for error messages, and the lines for whoever listens.
class Output {
 public:
  Output(const char* name, std::size_t limit, std::function<void(Value)> on_event)
      : name_(name), limit_(limit), on_event_(std::move(on_event)) {}

  void add(std::string_view text);
  void end();
  /// The beginning, once.
  std::string take() { return std::move(kept_); }
  bool truncated() const { return total_ > kept_.size(); }
  std::string last_lines() const;

 private:
  void split_lines(std::string_view text);
  void emit();

  const char* name_;
  std::size_t limit_;
  std::function<void(Value)> on_event_;
  std::string kept_, tail_, line_;
  std::size_t total_ = 0;
  bool cut_ = false;
};

struct ProgramRun {
  ProgramRun(Verb verb, const Value& args, const std::function<void(Value)>& on_event, Done done);

  void add(Stream stream, std::string_view text) { (stream == Stream::kOut ? out : error).add(text); }
  /// The program has ended by itself: calls `done`.
  void ended(const ProcessExit& exit);
  /// It has not ended in time: calls `done` with its last words.
  void late();

  Output out, error;
  std::string command;
  bool check;
  bool reads;
  std::int64_t limit;
  double timeout;
  Done done;
  Cancel program, deadline;

 private:
  Error failed(std::string code, const std::string& what) const;
  Result<Value> outcome(const ProcessExit& exit);
};

}  // namespace runbook::machine
