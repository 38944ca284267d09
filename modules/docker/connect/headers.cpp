// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/headers.h"

#include <strings.h>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

// Who speaks is ours to say.
bool is_ours(const std::string& name) { return strcasecmp(name.c_str(), "user-agent") == 0; }

// The fields of one line of comma separated values.
Result<std::vector<std::string>> fields_of(std::string_view line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      out.back() += line[++i];
    } else if (c == '"' && (quoted || out.back().empty())) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  if (quoted) return Error("docker.config", "DOCKER_CUSTOM_HEADERS has a quote that does not end");
  return out;
}

}  // namespace

Result<HttpHeaders> configured_headers(const Value& config, const std::string& custom) {
  HttpHeaders out;
  if (trim(custom).empty()) {
    for (const auto& [name, value] : config["HttpHeaders"].members()) {
      if (!is_ours(name)) out.emplace_back(name, value.as_string());
    }
    return out;
  }
  auto fields = fields_of(trim(custom));
  if (!fields) return std::move(fields).error();
  for (const std::string& field : *fields) {
    const std::size_t equals = field.find('=');
    const std::string name(trim(field.substr(0, equals)));
    if (name.empty() || equals == std::string::npos) {
      return Error("docker.config", "DOCKER_CUSTOM_HEADERS must be name=value pairs with commas between them");
    }
    if (!is_ours(name)) out.emplace_back(name, trim(field.substr(equals + 1)));
  }
  return out;
}

}  // namespace runbook::docker
