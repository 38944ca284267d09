// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "runbook/operation.h"

namespace runbook::journal {

/// An operation's `capture` or `probe` as a read of its own, so that it goes through the gate like every other way to
/// the world. Touches what the operation touches. Lives as long as this table.
class ReadTwins {
 public:
  ReadTwins();
  ~ReadTwins();
  const Operation& capture_of(const Operation& operation);  ///< REQUIRES: operation.capture
  const Operation& probe_of(const Operation& operation);    ///< REQUIRES: operation.probe

 private:
  struct Twin;
  using Reader = Cancel (*)(Invocation, Done);
  const Operation& twin(const Operation& operation, Reader reader, const char* suffix);
  std::map<std::pair<const Operation*, const char*>, std::unique_ptr<Twin>> twins_;
};

}  // namespace runbook::journal
