// SPDX-License-Identifier: Apache-2.0
//
// As much of HTTP/1.1 as the service and its front need: one request a connection, bodies of a known length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quickstart {

struct Request {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::size_t content_length = 0;
  std::string body_begin;  ///< what of the body came together with the head

  /// Empty where there is none.
  std::string_view header(std::string_view lower_case_name) const;
};

struct Response {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// Reads and checks a request's head: at most 16 KiB and 100 lines within 10 s. False: `refusal` is what to answer, with
/// status 0 where there is nobody to answer.
bool read_request(int fd, Request* request, Response* refusal);
/// Checks a head (without the empty line at its end).
bool parse_request(std::string_view head, Request* request, Response* refusal);

bool send_response(int fd, const Response& response);

}  // namespace quickstart
