// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_head.h"

#include <algorithm>
#include <cctype>

#include "host/core/text.h"

namespace runbook {
namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Status HttpHead::add(std::string_view line) {
  bytes_ += line.size() + 2;
  if (bytes_ > kMaxBytes) return Error("http.too_large", cat("the headers of the response exceed ", kMaxBytes >> 10U, " KiB"));
  if (line.substr(0, 5) == "HTTP/") {
    const auto space = line.find(' ');
    const std::string_view code = space == std::string_view::npos ? std::string_view() : line.substr(space + 1, 3);
    if (code.size() != 3 || !std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::isdigit(c); })) {
      return Error("http.protocol", cat("not a status line: '", printable(line.substr(0, 100)), "'"));
    }
    status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    headers.clear();
    complete_ = false;
    keeps_ = line.substr(0, 8) == "HTTP/1.1";
    return Unit{};
  }
  if (complete_) return Unit{};  // a trailer
  if (status == 0) return Error("http.protocol", cat("not an HTTP response: '", printable(line.substr(0, 100)), "'"));
  if (line.empty()) {
    complete_ = status >= 200 || status == 101;
  } else if ((line.front() == ' ' || line.front() == '\t') && !headers.empty()) {
    headers.back().second += cat(" ", trim(line));
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    headers.emplace_back(lower_case(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1))));
  }
  return Unit{};
}

bool HttpHead::keeps_connection() const {
  bool keeps = keeps_;
  for (const auto& [name, value] : headers) {
    if (name != "connection") continue;
    for (const std::string& option : split(lower_case(value), ',')) {
      if (trim(option) == "close") return false;
      keeps = keeps || trim(option) == "keep-alive";
    }
  }
  return keeps;
}

std::string request_head(const HttpRequest& request, const Url& url) {
  std::string text = cat(request.method, " ", url.path, " HTTP/1.1\r\n");
  if (!has_header(request.headers, "host")) text += cat("Host: ", url.origin().substr(url.scheme.size() + 3), "\r\n");
  if (!has_header(request.headers, "user-agent")) text += "User-Agent: runbook/0.1\r\n";
  if (!has_header(request.headers, "accept")) text += "Accept: */*\r\n";
  for (const auto& [name, value] : request.headers) text += cat(name, ": ", value, "\r\n");
  if (has_header(request.headers, "content-length")) return text += "\r\n";
  const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.body_source) {
    text += request.body_length ? cat("Content-Length: ", *request.body_length, "\r\n") : "Transfer-Encoding: chunked\r\n";
  } else if (has_body) {
    text += cat("Content-Length: ", request.body.size(), "\r\n");
  }
  return text += "\r\n";
}

Status check_request(const HttpRequest& request) {
  if (!is_token(request.method)) return Error("http.header", cat("'", printable(request.method), "' is no HTTP method"));
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return Error("http.header", cat("'", printable(name), "' is no header name"));
    if (lower_case(name) == "transfer-encoding") return Error("http.header", "how a body is sent is not for a header to say: leave 'Transfer-Encoding' out");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Error("http.header", cat("the value of header '", name, "' has a line end in it"));
    }
  }
  return Unit{};
}

bool has_header(const HttpHeaders& headers, std::string_view lower_case_name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) { return lower_case(header.first) == lower_case_name; });
}

const std::string& HttpResponse::header(std::string_view name) const {
  static const std::string kNone;
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return kNone;
}

}  // namespace runbook
