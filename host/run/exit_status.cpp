// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "host/run/run.h"

namespace runbook {

int exit_status(const Error& error) {
  struct Row {
    std::string_view prefix;  // of the code
    int status;
  };
  static constexpr Row kRows[] = {
      {"permission.denied", exit_code::kDenied},    {"permission.", exit_code::kUsage},    {"lock.held", exit_code::kLocked},
      {"plan.mismatch", exit_code::kApproval},      {"plan.invalid", exit_code::kUsage},   {"confirm.", exit_code::kApproval},
      {"resume.", exit_code::kApproval},            {"limit.cpu", exit_code::kCpu},        {"limit.memory", exit_code::kMemory},
      {"limit.", exit_code::kLimit},                {"cancelled", exit_code::kInterrupted}, {"internal", exit_code::kInternal},
      {"parameter.", exit_code::kUsage},            {"declaration.", exit_code::kUsage},   {"usage", exit_code::kUsage},
      {"secret.missing", exit_code::kUsage},        {"file.", exit_code::kUsage},          {"lua.syntax", exit_code::kUsage},
      {"rollout.partial", exit_code::kPartial},     {"inventory.", exit_code::kUsage},
      {"load.", exit_code::kUsage},      {"test.", exit_code::kTests},                 {"journal.not_found", exit_code::kUsage}, {"journal.ambiguous", exit_code::kUsage},
  };
  for (const auto& [prefix, status] : kRows) {
    if (std::string_view(error.code).substr(0, prefix.size()) == prefix) return status;
  }
  return exit_code::kFailed;
}

}  // namespace runbook
