// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/gate/permissions.h"

namespace runbook {

/// A pattern of a permissions table with its `{name}`s filled in. "*" becomes Pattern::kWildcard, "{{" and "}}" are
/// braces; what comes from a parameter stays plain characters and is checked for the place where it stands.
class PermissionTemplate {
 public:
  /// Where a value stands, and so what it must not contain.
  enum class Place {
    kText,  ///< a name: anything printable
    kPath,  ///< no ".." that leads out of the path around it
    kHost,  ///< part of a URL's authority: nothing that ends it
  };

  /// The template that stands for this text alone: its braces are braces.
  static std::string plain(std::string_view text);

  /// The texts that `text` stands for: several where a parameter is a list, none where one is not given. Problems are
  /// appended, prefixed with `where`.
  static std::vector<std::string> expand(std::string_view text, Place place, const PermissionScope& scope,
                                         const std::string& where, std::vector<std::string>& problems);
};

}  // namespace runbook
