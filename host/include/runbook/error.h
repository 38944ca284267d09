// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace runbook {

/// What went wrong, as a value. `code` is stable and tested ("docker.not_found"); the rest is for people.
/// Secrets never enter an Error.
struct Error {
  std::string code;
  std::string message;                         ///< lower case, no full stop, the remote's own words last
  std::string hint;                            ///< what to try; empty unless it is certain
  bool retryable = false;                      ///< the same call may succeed later
  std::string where;                           ///< "deploy.lua:42", filled in by the script layer
  std::map<std::string, std::string> context;  ///< host, resource, http_status, log ...
  std::shared_ptr<const Error> cause;

  // Out of line, as they would be written out at every use.
  Error();
  Error(std::string error_code, std::string error_message, std::string error_hint = {});
  Error(const Error& other);
  Error(Error&& other) noexcept;
  Error& operator=(const Error& other);
  Error& operator=(Error&& other) noexcept;
  ~Error();

  /// Adds a context pair; chains.
  Error&& with(std::string key, std::string value) && {
    context.insert_or_assign(std::move(key), std::move(value));
    return std::move(*this);
  }
  Error&& retry() && {
    retryable = true;
    return std::move(*this);
  }
  Error&& because(Error other) && {
    cause = std::make_shared<const Error>(std::move(other));
    return std::move(*this);
  }
};

}  // namespace runbook
