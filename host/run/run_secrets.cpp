// SPDX-License-Identifier: Apache-2.0
//
// Where the secrets that a runbook declares come from.
#include <unistd.h>

#include "host/core/text.h"
#include "host/run/run.h"
#include "host/secrets/secret_store.h"

namespace runbook {

namespace {

// The nearest folder upwards that holds runbook.json; empty where none does.
std::string find_project(std::string directory) {
  for (;;) {
    if (access(cat(directory, "/runbook.json").c_str(), F_OK) == 0) return directory;
    const auto slash = directory.rfind('/');
    if (slash == std::string::npos || slash == 0) return {};
    directory.resize(slash);
  }
}

/// The secrets that a test gives.
class GivenSecrets final : public secrets::SecretProvider {
 public:
  explicit GivenSecrets(std::map<std::string, std::string> secrets) : secrets_(std::move(secrets)) {}
  std::string name() const override { return "the test's secrets"; }
  std::map<std::string, std::string> find(const std::vector<std::string>& names, std::string&) override {
    std::map<std::string, std::string> found;
    for (const std::string& name : names) {
      if (const auto given = secrets_.find(name); given != secrets_.end()) found.insert(*given);
    }
    return found;
  }

 private:
  std::map<std::string, std::string> secrets_;
};

}  // namespace

secrets::SecretStore Run::secret_store() const {
  secrets::SecretPlaces places;
  places.directory = source_.directory;
  places.project = find_project(source_.directory);
  if (!setting_.secrets) return secrets::SecretStore(places);
  std::vector<std::unique_ptr<secrets::SecretProvider>> providers;
  providers.push_back(std::make_unique<GivenSecrets>(*setting_.secrets));
  return secrets::SecretStore(std::move(providers));
}

Status Run::resolve_secrets() {
  std::vector<std::string> names;
  for (const DeclaredSecret& secret : declaration_.secrets) names.push_back(secret.name);
  if (names.empty()) return Unit{};
  auto found = secret_store().resolve(names);
  if (!found) return std::move(found).error();
  for (const auto& [name, secret] : *found) redactor_->add_secrets_of(secret);
  natives_.secrets = std::move(*found);
  return Unit{};
}

}  // namespace runbook
