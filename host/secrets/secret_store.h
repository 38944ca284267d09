// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runbook/value.h"

namespace runbook::secrets {

/// One place where secrets are looked for.
class SecretProvider {
 public:
  virtual ~SecretProvider() = default;
  /// "the environment", "'/srv/app/.env'": for people.
  virtual std::string name() const = 0;
  /// What it has of these names. Where it could not look, `note` says why ("is not there").
  virtual std::map<std::string, std::string> find(const std::vector<std::string>& names, std::string& note) = 0;
};

/// Where the providers look.
struct SecretPlaces {
  std::string directory;  ///< of the runbook: its .env and secrets.age
  std::string project;    ///< of runbook.json, where there is one: its secrets.age
  std::function<const char*(const char*)> environment;  ///< empty: the process's own
  std::function<Result<std::string>()> passphrase;      ///< asks a person; empty: nobody is there
};

/// Finds the secrets of a run: each name in the first provider that has it. A later provider is not even opened where
/// the ones before have everything.
class SecretStore {
 public:
  /// The environment, .env beside the runbook, secrets.age beside the runbook and beside runbook.json.
  explicit SecretStore(const SecretPlaces& places);
  explicit SecretStore(std::vector<std::unique_ptr<SecretProvider>> providers);
  ~SecretStore();

  std::vector<std::string> providers() const;

  /// Every name as a secret. Names all that are missing at once, and where it looked ("secret.missing").
  Result<std::map<std::string, Value>> resolve(const std::vector<std::string>& names);

 private:
  std::vector<std::unique_ptr<SecretProvider>> providers_;
};

/// Makes every text inside a secret of this name; secrets keep theirs.
Value taint(const Value& value, const std::string& name);

}  // namespace runbook::secrets
