// SPDX-License-Identifier: Apache-2.0
//
// Runs that are recorded, and runs that a recording answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/gate/filters/replay_filter.h"
#include "host/run/cassette.h"
#include "host/run/run_setting.h"
#include "runbook/host.h"
#include "runbook/module.h"

namespace runbook {

/// Has the run write what it does to the file options.record, once nothing refuses it any more. Gives what to ask
/// afterwards whether all of it could be written.
std::function<Status()> record_run(RunSetting& setting, const RunOptions& options);

/// Answers a run from a cassette.
class Replay {
 public:
  explicit Replay(Cassette cassette) : cassette_(std::make_shared<Cassette>(std::move(cassette))) {}

  /// What was not said of the run is as it was when it was recorded. Secrets are placeholders.
  void prepare(RunOptions& options, RunSetting& setting);
  /// After the run: one that did something else than what was recorded has failed.
  void conclude(RunReport& report) const;
  const CassetteHeader& header() const { return cassette_->header; }

 private:
  std::shared_ptr<Cassette> cassette_;
  std::shared_ptr<ReplayFilter> filter_;
};

/// The whole of it: with virtual time, a world in which there is nothing, and a state directory that goes with it.
RunReport replay_run(Loop& loop, const RunOptions& options, const std::vector<const Module*>& modules,
                     const std::function<RunReport(const RunOptions&, RunSetting)>& run);

}  // namespace runbook
