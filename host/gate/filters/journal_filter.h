// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "host/journal/journal.h"
#include "host/journal/read_twin.h"
#include "runbook/gate.h"

namespace runbook {

/// Records every change: the state before it where the operation can read that, the intent before it is performed, the
/// outcome before it is handed on. Where a record cannot be written the change is not made, or its success not
/// reported: the caller gets the "journal.write" error. Reads pass untouched.
///
/// The innermost filter: what a dry run holds back never comes here. It is not part of the gate of a dry run.
class JournalFilter final : public Filter {
 public:
  /// Told of every change after its outcome is on the disk, with `before` as it was read: what `revert` needs within
  /// the run, where the journal's copy may be starred.
  using Observe = std::function<void(const journal::EffectRecord&)>;

  /// The gate is the one that this filter is added to: the state before is read through it.
  JournalFilter(Gate& gate, journal::Journal& journal, Observe observe = {})
      : gate_(gate), journal_(journal), observe_(std::move(observe)) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  class Flight;
  Gate& gate_;
  journal::Journal& journal_;
  Observe observe_;
  journal::ReadTwins twins_;
};

}  // namespace runbook
