// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/config/config_tokens.h"

#include "host/core/text.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

constexpr std::string_view kHome = "${HOME}";

}  // namespace

Result<std::string> expand_tokens(const Said& said, const std::map<char, std::string>& tokens) {
  std::string out;
  for (std::size_t i = 0; i < said.value.size(); ++i) {
    if (said.value[i] != '%') {
      out += said.value[i];
      continue;
    }
    if (++i == said.value.size()) return said.place.error(cat(shown(said.value), " ends with '%'"));
    if (said.value[i] == '%') {
      out += '%';
    } else if (const auto token = tokens.find(said.value[i]); token != tokens.end()) {
      out += token->second;
    } else {
      return said.place.error(cat(shown(said.value), " has the token %", printable(said.value.substr(i, 1)),
                                  ", which cannot be replaced here"));
    }
  }
  return out;
}

Result<std::string> expand_home(const Said& said, const std::string& home) {
  std::string path = said.value;
  if (!path.empty() && path.front() == '~') {
    if (path.size() > 1 && path[1] != '/') {
      return said.place.error(cat(shown(path), ": the homes of other users are not known"), "write the path");
    }
    path.replace(0, 1, home);
  }
  for (std::size_t at = path.find("${"); at != std::string::npos; at = path.find("${", at)) {
    if (path.compare(at, kHome.size(), kHome) != 0) {
      return said.place.error(cat(shown(path), ": environment variables are not read"), "write the value");
    }
    path.replace(at, kHome.size(), home);
    at += home.size();
  }
  return path;
}

}  // namespace runbook::ssh
