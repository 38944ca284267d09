// SPDX-License-Identifier: Apache-2.0
#include "host/gate/net_target.h"

#include <algorithm>
#include <cctype>

#include "host/core/text.h"

namespace runbook {
namespace {

struct SchemePort {
  std::string_view scheme;
  int port;
};
constexpr SchemePort kPorts[] = {{"http", 80},     {"https", 443},  {"ws", 80},       {"wss", 443},   {"ftp", 21},
                                 {"ssh", 22},      {"smtp", 25},    {"smtps", 465},   {"dns", 53},    {"ldap", 389},
                                 {"ldaps", 636},   {"redis", 6379}, {"mysql", 3306},  {"postgres", 5432},
                                 {"postgresql", 5432}};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Error bad(std::string_view text, std::string_view why) {
  return Error("permission.target", cat("'", text, "': ", why));
}

}  // namespace

Result<NetTarget> parse_net_target(std::string_view text, char wildcard) {
  NetTarget target;
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return bad(text, "is no scheme://host[:port]");
  target.scheme = lower(text.substr(0, colon));
  const bool word = std::all_of(target.scheme.begin(), target.scheme.end(),
                                [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '-' || c == '.'; });
  if (!word) return bad(text, "a scheme is a word: 'https'");
  std::string_view rest = text.substr(colon + 3);
  if (target.scheme == "unix") {
    target.host = std::string(rest);
    if (target.host.empty() || target.host[0] != '/') return bad(text, "a socket's path is absolute");
    return target;
  }
  const auto slash = rest.find_first_of("/?#\\");
  target.rest = slash == std::string_view::npos ? "" : std::string(rest.substr(slash));
  rest = rest.substr(0, slash);
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);

  std::string_view port;
  bool has_port = false;
  if (!rest.empty() && rest[0] == '[') {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return bad(text, "'[' without ']'");
    target.host = lower(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest[0] != ':') return bad(text, "only a port follows ']'");
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else {
    const auto mark = rest.find(':');
    has_port = mark != std::string_view::npos;
    target.host = lower(rest.substr(0, mark));
    port = has_port ? rest.substr(mark + 1) : std::string_view();
    if (port.find(':') != std::string_view::npos) return bad(text, "an IPv6 address stands in brackets: 'https://[::1]'");
  }
  if (!target.host.empty() && target.host.back() == '.') target.host.pop_back();
  if (target.host.empty()) return bad(text, "has no host");

  if (!has_port) {
    const auto* known = std::find_if(std::begin(kPorts), std::end(kPorts),
                                     [&](const SchemePort& entry) { return entry.scheme == target.scheme; });
    target.port = known == std::end(kPorts) ? 0 : known->port;
    return target;
  }
  if (wildcard && port.size() == 1 && port[0] == wildcard) {
    target.port = -1;
    return target;
  }
  const bool digits = !port.empty() && port.size() <= 5 &&
                      std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c); });
  target.port = digits ? std::stoi(std::string(port)) : 0;
  if (target.port < 1 || target.port > 65535) return bad(text, "a port is a number from 1 to 65535, or '*'");
  return target;
}

}  // namespace runbook
