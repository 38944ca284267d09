// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook {

/// The parts of an http or https URL. What a permission is checked against and what libcurl connects to must never
/// differ, so this reads less than the standard allows: no user names, no backslashes, no spaces, no odd hosts.
struct Url {
  std::string scheme;
  std::string host;  ///< lower case; an IPv6 address without its brackets
  int port = 0;
  std::string path;  ///< with the query, without the fragment; starts with '/'

  /// "https://example.org", with the port where it is not the scheme's own: what a `net` permission names.
  std::string origin() const;
  std::string text() const { return origin() + path; }
};

/// Error http.url.
Result<Url> parse_url(std::string_view text);

/// Where a `Location` header leads that came in answer to `base`.
Result<Url> resolve_url(const Url& base, std::string_view location);

}  // namespace runbook
