// SPDX-License-Identifier: Apache-2.0
//
// The encrypted file of a repository, and what `runbook secret` does with it.
//
//   secrets.age          a JSON object from name to text, encrypted with age; may be committed
//   secrets.recipients   the public keys it is encrypted for, one a line, as `age -R` reads them; may be committed
//   identity             a person's secret key: RUNBOOK_IDENTITY (a path, or the key itself), or
//                        $XDG_CONFIG_HOME/runbook/identity
//
// So `age -d -i IDENTITY secrets.age` and `age -R secrets.recipients -o secrets.age` work on it too. The recipients
// stand beside the file and not in runbook.json because adding one must not rewrite a file that people write. Whoever
// can change secrets.recipients can read what is set from then on: review it like code.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/secrets/age.h"

namespace runbook::secrets {

using SecretMap = std::map<std::string, std::string, std::less<>>;

/// Where a person's key is.
struct IdentityPlace {
  std::string literal;  ///< the key itself, from RUNBOOK_IDENTITY
  std::string path;     ///< else the file
};
/// From the environment's RUNBOOK_IDENTITY, XDG_CONFIG_HOME and HOME.
IdentityPlace identity_place(const std::function<const char*(const char*)>& environment);

/// "secret.no_identity" where there is none: what to run is its hint.
Result<std::vector<Identity>> load_identities(const IdentityPlace& place);

/// Makes a key at the place's path, mode 0600, and gives its public key. Refuses to replace one ("secret.exists").
Result<std::string> generate_identity(const IdentityPlace& place);

class SecretFile {
 public:
  /// `path` is ".../secrets.age"; `passphrase` is asked for a file that is encrypted with one.
  SecretFile(std::string path, IdentityPlace identity, std::function<Result<std::string>()> passphrase = {});

  const std::string& path() const { return path_; }
  const std::string& recipients_path() const { return recipients_path_; }
  bool exists() const;

  /// All names and texts. "secret.file" where it cannot be read, with the reason.
  Result<SecretMap> load() const;

  /// The names, sorted: what `runbook secret list` prints.
  Result<std::vector<std::string>> list() const;
  /// "secret.not_found" with the nearest name.
  Result<std::string> get(const std::string& name) const;
  /// Makes the file, and with the person's own key the recipients, where they are not there. A file that is encrypted
  /// with a passphrase keeps it.
  Status set(const std::string& name, const std::string& text);
  /// False where it was not there.
  Result<bool> remove(const std::string& name);
  /// Hands the secrets to `editor` as pretty JSON and keeps what comes back; what is no object of texts is refused and
  /// nothing is written. False where nothing changed.
  Result<bool> edit(const std::function<Result<std::string>(const std::string& json)>& editor);

  /// The public keys the file is encrypted for.
  Result<std::vector<std::string>> recipients() const;
  /// Lets another key read the file: encrypts it anew.
  Status add_recipient(const std::string& recipient);

 private:
  /// Reads, changes and writes under a lock. `change` gives false to write nothing.
  Result<bool> change(const std::function<Result<bool>(SecretMap&)>& change, const std::string& new_recipient = {});
  /// As load(); `passphrase` is what opened the file, empty where a key did.
  Result<SecretMap> open(std::string& passphrase) const;
  Result<SecretMap> parse(const std::string& json) const;

  std::string path_;
  std::string recipients_path_;
  IdentityPlace identity_;
  std::function<Result<std::string>()> passphrase_;
};

/// Letters, digits and "_", ".", "-", "/"; does not begin with a digit.
Status check_secret_name(std::string_view name);

}  // namespace runbook::secrets
