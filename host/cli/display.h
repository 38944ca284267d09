// SPDX-License-Identifier: Apache-2.0
//
// What a person or a program sees of a run. A display is fed the run's events and nothing else, so that what is shown
// live, written to a pipe and replayed from the journal is the same.
#pragma once

#include <memory>
#include <optional>

#include "host/cli/console.h"
#include "host/cli/fleet.h"
#include "runbook/value.h"

namespace runbook::cli {

class Display {
 public:
  virtual ~Display() = default;
  virtual void event(const Value& event) = 0;
  /// Called some ten times a second during a run: elapsed times move on.
  virtual void tick() {}
  /// Clears the screen's moving part for a question, until the next event or tick.
  virtual void suspend() {}
};

struct DisplayOptions {
  bool json = false;
  bool quiet = false;
  int verbose = 0;
  std::optional<HostLines> hosts;  ///< how the lines of hosts are told apart; given, what programs on them print is shown
};

/// Live where progress goes to a terminal, plain lines elsewhere, JSON or only results where asked for.
/// The console must outlive it.
std::unique_ptr<Display> make_display(const Console& console, const DisplayOptions& options);

std::unique_ptr<Display> make_json_display(const Console& console);
std::unique_ptr<Display> make_plain_display(const Console& console, const DisplayOptions& options);
std::unique_ptr<Display> make_quiet_display(const Console& console, const DisplayOptions& options = {});
std::unique_ptr<Display> make_live_display(const Console& console, const DisplayOptions& options);

}  // namespace runbook::cli
