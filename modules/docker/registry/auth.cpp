// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/registry/auth.h"

#include <algorithm>
#include <array>

#include "host/core/encoding.h"
#include "host/core/text.h"

namespace runbook::docker {

namespace {

constexpr const char* kHub = "docker.io";
constexpr const char* kHubAddress = "https://index.docker.io/v1/";
constexpr const char* kShape = "auth = { username = \"deploy\", password = rb.secret \"REGISTRY_PASSWORD\" }";

Error invalid(std::string message) { return Error("argument.invalid", std::move(message), kShape); }

// The alphabet that engines read is the URL-safe one, padded.
std::string header_text(const Value& value) {
  std::string out = base64url_encode(to_wire_json(value));
  while (out.size() % 4 != 0) out += '=';
  return out;
}

bool has_any(std::string_view text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

Status check_auth(const Value& auth) {
  if (auth.is_null()) return Unit{};
  static constexpr std::array<std::string_view, 4> kKnown = {"username", "password", "identity_token", "registry"};
  for (const auto& [key, value] : auth.members()) {
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) return invalid(cat("'auth' has no '", printable(key), "'"));
    const bool secret = key == "password" || key == "identity_token";
    if (secret && !value.is_secret()) return invalid(cat("'", key, "' of 'auth' must be a secret: it would be shown and kept otherwise"));
    if (!secret && !value.is_string() && !value.is_secret()) return invalid(cat("'", key, "' of 'auth' must be a string"));
  }
  const bool named = auth.has("username") && auth.has("password");
  if (named != auth.has("identity_token")) return Unit{};
  return invalid("'auth' holds a username and a password, or an identity_token");
}

std::string registry_of(const std::string& reference) {
  const auto slash = reference.find('/');
  if (slash == std::string::npos) return kHub;
  const std::string first = reference.substr(0, slash);
  const bool host = first.find_first_of(".:") != std::string::npos || first == "localhost";
  return host ? first : kHub;
}

std::string server_address(const std::string& registry) {
  return registry == kHub || registry == "index.docker.io" ? kHubAddress : registry;
}

Value auth_config(const Value& auth, const std::string& registry) {
  if (auth.is_null()) return Value();
  Value out = Value::object({{"serveraddress", server_address(auth["registry"].is_null() ? registry : auth["registry"].reveal())}});
  const std::pair<const char*, const char*> keys[] = {{"username", "username"}, {"password", "password"}, {"identity_token", "identitytoken"}};
  for (const auto& [key, name] : keys) {
    if (auth.has(key)) out.set(name, auth[key]);
  }
  return out;
}

void add_auth(Call& call, const Value& auth, const std::string& reference) {
  const Value config = auth_config(auth, registry_of(reference));
  call.headers.emplace_back("X-Registry-Auth", header_text(config.is_null() ? Value(Value::Object{}) : config));
}

Status check_build_auth(const Value& auth) {
  const Value list = auth.is_object() && !auth.members().empty() ? Value::array({auth}) : auth;
  for (const Value& one : list.items()) {
    RUNBOOK_TRY(check_auth(one));
    if (one["registry"].reveal().empty()) return invalid("'auth' of a build must say which 'registry' it is for: \"registry.example.org:5000\"");
  }
  return Unit{};
}

void add_build_auth(Call& call, const Value& auth) {
  if (auth.is_null()) return;
  Value all = Value::Object{};
  const Value list = auth.is_array() ? auth : Value::array({auth});
  for (const Value& one : list.items()) {
    Value config = auth_config(one, "");
    const std::string address = config["serveraddress"].as_string();
    all.set(address, std::move(config));
  }
  call.headers.emplace_back("X-Registry-Config", header_text(all));
}

Error registry_error(Error error) {
  if (error.code != "docker.engine" && error.code != "docker.not_found") return error;
  const std::string_view words = error.message;
  if (has_any(words, {"unauthorized", "no basic auth credentials", "authentication required", "denied", "incorrect username or password", "401 Unauthorized"})) {
    error.code = "docker.auth";
    error.hint = "give the call an 'auth', with rights to this image";
  } else if (has_any(words, {"manifest unknown", "not found", "does not exist", "name unknown"})) {
    error.code = "docker.not_found";
  } else if (has_any(words, {"connection refused", "no such host", "i/o timeout", "TLS handshake", "x509:", "server gave HTTP response", "Client.Timeout",
                             "network is unreachable", "no route to host", "received unexpected HTTP status"})) {
    error.code = "docker.registry";
    if (words.find("x509:") != std::string_view::npos || words.find("server gave HTTP response") != std::string_view::npos) {
      error.hint = "the engine's machine must trust this registry: its CA in /etc/docker/certs.d, or insecure-registries in daemon.json";
    }
    error.retryable = words.find("x509:") == std::string_view::npos;
  }
  return error;
}

}  // namespace runbook::docker
