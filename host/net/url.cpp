// SPDX-License-Identifier: Apache-2.0
#include "host/net/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "host/core/text.h"

namespace runbook {
namespace {

Error bad_url(std::string_view text, std::string_view what) {
  // The query may hold credentials.
  return Error("http.url", cat("'", printable(text.substr(0, text.find('?')).substr(0, 200)), "': ", what));
}

int default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool valid_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_'; });
}

bool valid_ipv6(std::string_view host) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Takes "." and ".." out of a path, as RFC 3986 5.2.4 does.
std::string without_dots(std::string_view path) {
  std::vector<std::string> kept;
  const std::vector<std::string> parts = split(path, '/');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i] == "..") {
      if (!kept.empty()) kept.pop_back();
      if (last) kept.emplace_back();
    } else if (parts[i] == ".") {
      if (last) kept.emplace_back();
    } else {
      kept.push_back(parts[i]);
    }
  }
  return "/" + join(kept, "/");
}

}  // namespace

std::string Url::origin() const {
  std::string out = cat(scheme, "://", host.find(':') == std::string::npos ? host : cat("[", host, "]"));
  if (port != default_port(scheme)) out += cat(":", port);
  return out;
}

Result<Url> parse_url(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || byte == '\\') return bad_url(text, "a URL has no spaces, control characters or backslashes");
  }
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad_url(text, "not a URL: expected 'https://host/path'");
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return bad_url(text, "only http and https are known");
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto path = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, path);
  url.path = path == std::string_view::npos ? "/" : std::string(rest.substr(path));
  if (url.path.front() == '?') url.path.insert(0, 1, '/');
  if (authority.find('@') != std::string_view::npos) {
    return Error("http.url", cat("'", url.scheme, "://...': a URL must not hold a user name or password"),
                 "send an Authorization header");
  }
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const auto end = authority.find(']');
    if (end == std::string_view::npos || !valid_ipv6(authority.substr(1, end - 1))) return bad_url(text, "not an IPv6 address");
    url.host = lower(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
    if (!port.empty() && port.front() != ':') return bad_url(text, "expected ':' and a port after ']'");
  } else {
    const auto end = authority.find(':');
    url.host = lower(authority.substr(0, end));
    port = end == std::string_view::npos ? std::string_view() : authority.substr(end);
    if (!valid_host(url.host)) return bad_url(text, "not a host name (names outside ASCII are written in punycode)");
  }
  url.port = default_port(url.scheme);
  if (port.size() > 1) {
    port.remove_prefix(1);
    const bool digits = port.size() <= 5 && std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c); });
    url.port = digits ? std::stoi(std::string(port)) : 0;
    if (url.port < 1 || url.port > 65535) return bad_url(text, "the port is no number from 1 to 65535");
  }
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view location) {
  if (location.find("://") != std::string_view::npos && location.find("://") < location.find_first_of("/?#")) return parse_url(location);
  location = location.substr(0, location.find('#'));
  if (location.substr(0, 2) == "//") return parse_url(cat(base.scheme, ":", location));
  const std::string_view base_path = std::string_view(base.path).substr(0, base.path.find('?'));
  if (location.empty()) return base;
  const auto query = location.find('?');
  const std::string_view path = location.substr(0, query);
  const std::string_view tail = query == std::string_view::npos ? std::string_view() : location.substr(query);
  std::string target;
  if (path.empty()) {
    target = base_path;
  } else if (path.front() == '/') {
    target = without_dots(path);
  } else {
    target = without_dots(cat(base_path.substr(0, base_path.rfind('/') + 1), path));
  }
  return parse_url(cat(base.origin(), target, tail));
}

}  // namespace runbook
