// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "host/net/url.h"
#include "runbook/http.h"

namespace runbook {

/// The head of a response, line by line. Interim (1xx) heads are dropped when the next begins.
class HttpHead {
 public:
  static constexpr std::size_t kMaxBytes = 256U << 10U;

  /// One line without its line end; the empty one ends the head. Errors http.protocol, http.too_large.
  Status add(std::string_view line);
  /// The final head (101 included) is whole.
  bool complete() const { return complete_; }

  /// Whether the server means to keep the connection when all of the response has been read.
  bool keeps_connection() const;

  int status = 0;
  HttpHeaders headers;

 private:
  std::size_t bytes_ = 0;
  bool complete_ = false;
  bool keeps_ = false;  ///< unless a header says otherwise
};

/// Refuses what could not be sent as meant: methods and header names that are no tokens, values with line ends.
Status check_request(const HttpRequest& request);

/// The head of a request as it is sent, to its empty line.
std::string request_head(const HttpRequest& request, const Url& url);

std::string lower_case(std::string_view text);
bool has_header(const HttpHeaders& headers, std::string_view lower_case_name);

}  // namespace runbook
