// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/host_pattern.h"
#include "host/ssh/known/known_hosts.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {
namespace {

constexpr std::size_t kHashSize = 20;  // SHA-1

std::string_view next_field(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::string_view field = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(field.size());
  return field;
}

bool has_control_character(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

}  // namespace

std::string KnownHosts::Line::read(std::string_view text) {
  std::string_view name = next_field(text);
  if (!name.empty() && name.front() == '@') {
    if (name == "@revoked") {
      mark = Mark::kRevoked;
    } else if (name == "@cert-authority") {
      mark = Mark::kAuthority;
    } else {
      return "the mark is neither @revoked nor @cert-authority";
    }
    name = next_field(text);
  }
  const std::string_view key_type = next_field(text);
  const std::string_view key = next_field(text);
  if (key.empty()) return "expected a host, a key type and a key";
  if (key_type.find_first_not_of("0123456789") == std::string_view::npos) return "a key of SSH protocol 1";
  // What follows the key is a comment, and may be anything.
  if (has_control_character(name) || has_control_character(key_type)) return "a control character";
  if (std::string problem = read_name(name); !problem.empty()) return problem;
  auto decoded = base64_decode(key);
  if (!decoded) return "the key is not base64";
  WireReader reader(*decoded);
  if (reader.string() != key_type || !reader.ok() || reader.rest().empty()) {
    return "the key is not of the type that stands before it";
  }
  type = key_type;
  blob = std::move(decoded).value();
  return {};
}

std::string KnownHosts::Line::read_name(std::string_view name) {
  if (name.front() != '|') {
    hosts = name;
    return {};
  }
  const std::vector<std::string> parts = split(name, '|');  // "", "1", salt, digest
  if (parts.size() != 4 || parts[1] != "1") return "the host's name is hashed in an unknown way";
  const auto hash_salt = base64_decode(parts[2]);
  const auto hash = base64_decode(parts[3]);
  if (!hash_salt || !hash || hash_salt->size() != kHashSize || hash->size() != kHashSize) {
    return "the host's hashed name is damaged";
  }
  salt = *hash_salt;
  digest = *hash;
  return {};
}

bool KnownHosts::Line::covers(const std::string& name) const {
  if (salt.empty()) return match_pattern_list(name, hosts, true) == ListMatch::kYes;
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (HMAC(EVP_sha1(), salt.data(), static_cast<int>(salt.size()), reinterpret_cast<const unsigned char*>(name.data()),
           name.size(), hash.data(), &size) == nullptr) {
    return false;
  }
  return digest == std::string_view(reinterpret_cast<const char*>(hash.data()), size);
}

}  // namespace runbook::ssh
