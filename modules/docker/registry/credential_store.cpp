// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/registry/credential_store.h"

#include <algorithm>
#include <cctype>

#include "host/core/encoding.h"
#include "host/core/text.h"

namespace runbook::docker {

namespace {

constexpr const char* kHub = "https://index.docker.io/v1/";
constexpr const char* kTokenName = "<token>";

// Keys of old files are URLs.
std::string host_of(std::string key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.erase(0, scheme.size());
  }
  return key.substr(0, key.find('/'));
}

Value secret(std::string text) { return Value::Secret{std::move(text), "registry password"}; }

Value named(const std::string& user, std::string password) {
  if (user == kTokenName) return Value::object({{"identity_token", secret(std::move(password))}});
  return Value::object({{"username", user}, {"password", secret(std::move(password))}});
}

Result<Value> decoded(const Value& entry, const std::string& key) {
  if (const std::string& token = entry["identitytoken"].as_string(); !token.empty())
    return Value::object({{"identity_token", secret(token)}});
  std::string user = entry["username"].as_string(), password = entry["password"].as_string();
  if (const std::string& auth = entry["auth"].as_string(); !auth.empty()) {
    const auto text = base64_decode(auth);
    const std::size_t colon = text ? text->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      return Error("docker.config", cat("the credentials of '", printable(key),
                                        "' in docker's config.json are no user:password in base64"));
    }
    user = text->substr(0, colon);
    password = text->substr(colon + 1);
    while (password.ends_with('\0')) password.pop_back();
  }
  return user.empty() && password.empty() ? Value() : named(user, std::move(password));
}

}  // namespace

std::string credential_key(const std::string& registry) {
  const std::string host = host_of(registry);
  return host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io" ? kHub : host;
}

Result<std::string> credential_helper(const Value& config, const std::string& key) {
  const Value& own = config["credHelpers"][key];
  const std::string& suffix = own.is_string() ? own.as_string() : config["credsStore"].as_string();
  if (suffix.empty()) return std::string();
  const bool plain = std::all_of(suffix.begin(), suffix.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (!plain)
    return Error("docker.config",
                 cat("'", printable(suffix), "' in docker's config.json is no name of a credential helper"));
  return "docker-credential-" + suffix;
}

Result<Value> credentials_in_config(const Value& config, const std::string& key) {
  const Value& exact = config["auths"][key];
  if (exact.is_object()) return decoded(exact, key);
  for (const auto& [name, entry] : config["auths"].members()) {
    if (host_of(name) == key) return decoded(entry, name);
  }
  return Value();
}

Result<Value> credentials_in_answer(const std::string& helper, const std::string& answer) {
  const auto said = from_json(answer);
  if (!said || !(*said)["Username"].is_string() || !(*said)["Secret"].is_string()) {
    return Error("docker.credentials", cat("'", helper, "' answered with no credentials"));
  }
  return named((*said)["Username"].as_string(), (*said)["Secret"].as_string());
}

}  // namespace runbook::docker
