// SPDX-License-Identifier: Apache-2.0
#include "http.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>

#include "socket.h"

namespace quickstart {
namespace {

constexpr std::size_t kHeadLimit = 16384;
constexpr std::size_t kHeaderLimit = 100;
constexpr auto kHeadDeadline = std::chrono::seconds(10);

bool refuse(Response* refusal, int status, std::string text) {
  refusal->status = status;
  refusal->body = std::move(text) + "\n";
  return false;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return (c >= ' ' && c != 127) || c == '\t'; });
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool parse_request_line(std::string_view line, Request* request) {
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return false;
  request->method = line.substr(0, first);
  request->target = line.substr(first + 1, second - first - 1);
  const auto version = line.substr(second + 1);
  return is_token(request->method) && request->target.starts_with('/') && is_printable(request->target) &&
         (version == "HTTP/1.1" || version == "HTTP/1.0");
}

/// A length that two readers could understand differently is how one request is smuggled into another.
bool parse_length(Request* request, Response* refusal) {
  if (!request->header("transfer-encoding").empty()) return refuse(refusal, 411, "a body needs a content-length");
  const auto lengths = std::count_if(request->headers.begin(), request->headers.end(),
                                     [](const auto& header) { return header.first == "content-length"; });
  if (lengths == 0) return true;
  const auto text = request->header("content-length");
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), request->content_length);
  if (lengths > 1 || status != std::errc() || end != text.data() + text.size()) {
    return refuse(refusal, 400, "the content-length is not one number");
  }
  return true;
}

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Internal Server Error";
  }
}

}  // namespace

std::string_view Request::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

bool parse_request(std::string_view head, Request* request, Response* refusal) {
  bool first = true;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    if (first) {
      if (!parse_request_line(line, request)) return refuse(refusal, 400, "not an HTTP request");
      first = false;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) || !is_printable(line)) {
      return refuse(refusal, 400, "a header is malformed");
    }
    if (request->headers.size() == kHeaderLimit) return refuse(refusal, 431, "too many headers");
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    request->headers.emplace_back(std::move(name), trim(line.substr(colon + 1)));
  }
  if (first) return refuse(refusal, 400, "not an HTTP request");
  return parse_length(request, refusal);
}

bool read_request(int fd, Request* request, Response* refusal) {
  refusal->status = 0;
  const auto deadline = std::chrono::steady_clock::now() + kHeadDeadline;
  std::string data;
  auto end = std::string::npos;
  while ((end = data.find("\r\n\r\n")) == std::string::npos) {
    if (data.size() >= kHeadLimit) return refuse(refusal, 431, "the request's head is over 16 KiB");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return refuse(refusal, 408, "the request's head took too long");
    const long got = receive_some(fd, &data, kHeadLimit - data.size(), static_cast<int>(left.count()));
    if (got == 0) return false;
    if (got < 0) return data.empty() ? false : refuse(refusal, 408, "the request's head took too long");
  }
  request->body_begin = data.substr(end + 4);
  if (!parse_request(std::string_view(data).substr(0, end), request, refusal)) return false;
  if (request->body_begin.size() > request->content_length) request->body_begin.resize(request->content_length);
  return true;
}

bool send_response(int fd, const Response& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += reason(response.status);
  text += "\r\nContent-Type: " + response.type + "\r\nContent-Length: " + std::to_string(response.body.size());
  text += "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" + response.body;
  return send_all(fd, text);
}

}  // namespace quickstart
