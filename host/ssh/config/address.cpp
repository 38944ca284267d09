// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/config/client_config.h"
#include "host/ssh/config/config_line.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

Error invalid(std::string_view text, std::string_view what) {
  return {"ssh.address", cat(shown(text), " is no address for ssh: ", what),
          "expected HOST, USER@HOST, HOST:PORT or [IPV6]:PORT"};
}

/// The user of a URI; what is not %XX stays as it is.
Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    auto byte = hex_decode(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return Error("ssh.address", "bad percent encoding");
    out += *byte;
    i += 2;
  }
  return out;
}

/// Takes the port off `rest` and leaves the host. Gives what is wrong.
std::string take_port(std::string_view& rest, int& port) {
  std::string_view digits;
  if (!rest.empty() && rest.front() == '[') {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return "there is no ']'";
    const std::string_view after = rest.substr(end + 1);
    rest = rest.substr(1, end - 1);
    if (after.empty()) return {};
    if (after.front() != ':') return "expected ':' after ']'";
    digits = after.substr(1);
  } else {
    // More than one ':' without brackets: an IPv6 address without a port.
    if (std::count(rest.begin(), rest.end(), ':') != 1) return {};
    digits = rest.substr(rest.find(':') + 1);
    rest = rest.substr(0, rest.find(':'));
  }
  const auto number = parse_port(digits);
  if (!number) return "the port is not between 1 and 65535";
  port = *number;
  return {};
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  Address address;
  std::string_view rest = text;
  const bool uri = lower_case(text.substr(0, 6)) == "ssh://";
  if (uri) {
    rest.remove_prefix(6);
    if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
    if (rest.find('/') != std::string_view::npos) return invalid(text, "a path cannot be given");
  }
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    address.user = rest.substr(0, at);
    if (uri) {
      auto decoded = percent_decode(address.user);
      if (!decoded) return invalid(text, "the user is badly encoded");
      address.user = *decoded;
    }
    if (const std::string problem = user_problem(address.user); !problem.empty()) {
      return invalid(text, cat("the user ", problem));
    }
    rest.remove_prefix(at + 1);
  }
  if (const std::string problem = take_port(rest, address.port); !problem.empty()) return invalid(text, problem);
  if (const std::string problem = host_problem(rest); !problem.empty()) return invalid(text, cat("the host ", problem));
  address.host = rest;
  return address;
}

std::string Address::show() const {
  const std::string before = user.empty() ? "" : user + "@";
  if (port == 0) return before + host;
  const bool brackets = host.find(':') != std::string::npos;
  return cat(before, brackets ? "[" : "", host, brackets ? "]:" : ":", port);
}

}  // namespace runbook::ssh
