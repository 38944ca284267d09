// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/target.h"

#include <openssl/crypto.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "host/core/text.h"
#include "modules/docker/digest.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

const std::string& address_of(const Value& target) {
  return target.is_string() ? target.as_string() : target["address"].as_string();
}

std::string key_of(const Value& target) {
  if (target.is_string()) return target.as_string();
  std::string text = to_wire_json(target);
  std::string key = sha256_hex(text);
  OPENSSL_cleanse(text.data(), text.size());
  return key;
}

std::string home_expanded(const std::string& path) {
  if (!path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return home + path.substr(1);
  const passwd* entry = getpwuid(geteuid());
  return (entry != nullptr ? entry->pw_dir : "") + path.substr(1);
}

std::vector<Access> way_to(World& world, const Value& target) {
  std::vector<Access> files;
  if (!target.is_object()) return files;
  for (const char* name : {"certs", "ca", "cert", "key"}) {
    if (!target[name].is_string()) continue;
    files.push_back(read_access(world, home_expanded(target[name].as_string())));
    files.back().on_the_way = true;
  }
  return files;
}

}  // namespace runbook::docker
