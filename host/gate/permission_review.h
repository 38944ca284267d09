// SPDX-License-Identifier: Apache-2.0
//
// What a runbook asks for, beside what it was seen to need and beside what it asked for before.
#pragma once

#include <string>
#include <vector>

#include "host/gate/permissions.h"

namespace runbook {

/// One entry of a permissions table, as written.
struct PermissionEntry {
  std::string kind, target;
  std::string pattern;  ///< "container.*:web-*"; empty: everything on the target

  friend auto operator<=>(const PermissionEntry&, const PermissionEntry&) = default;
  Value to_value() const;
  std::string show() const;  ///< "docker 'unix:///run/docker.sock' container.*:web-*"
};

/// All entries of a table.
std::vector<PermissionEntry> permission_entries(const Value& table);

/// What a runbook touched, held against what it declares.
struct PermissionReview {
  Value least;                          ///< the least table that covers all of it, with parameters put back as {name}
  std::vector<Access> undeclared;       ///< touched, but not covered by the declaration
  std::vector<PermissionEntry> unused;  ///< declared, but covering nothing of what was touched

  /// {permissions, undeclared = [{kind, target, action?, add, allow}], unused = [{kind, target, pattern?}]}
  Value to_value(const PermissionScope& scope) const;
};

/// `touched` may come from any number of runs with the same parameters: those of `scope`.
PermissionReview review_permissions(const std::vector<Access>& touched, const Value& declared,
                                    const PermissionScope& scope);

/// As propose(), with the values of parameters put back as {name}, and paths below the runbook's directory or the home
/// directory written from there. Where a value is ambiguous, or would cover less in this way, it stays as it is.
Value propose_for(const std::vector<Access>& accesses, const PermissionScope& scope);

/// What one table asks for and the other does not.
struct PermissionChanges {
  std::vector<PermissionEntry> added, gone;
};
PermissionChanges compare_permissions(const Value& before, const Value& now);

}  // namespace runbook
