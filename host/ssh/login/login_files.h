// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/ssh/config/client_config.h"
#include "host/ssh/keys/private_key.h"
#include "host/ssh/known/known_hosts.h"

namespace runbook::ssh {

/// Who runs this.
struct Person {
  std::string name, home;
};
Person this_person();

/// Whether files may be read, which blocks, or only what has been read before may be used.
enum class Reading { kFiles, kMemory };
/// The code of the error where it has not. It is for the caller, and never shown.
constexpr const char* kNotRead = "ssh.not_read";

/// Whether a file is the one that it was; all zero: there is none.
struct Stamp {
  static Stamp of(const std::string& path);
  bool operator==(const Stamp& other) const = default;

  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified = 0, changed = 0;  ///< nanoseconds
};

/// What a configuration that the runbook names says of one destination, and what was included for it.
struct NamedConfig {
  Result<HostConfig> said;
  std::vector<std::string> included;
};

/// Files that every login of a run reads: parsed once. Links on the way are followed, as ssh does. Keys and configuration
/// stay for the run; an error only as long as the file is as it was, and so do known hosts. For worker threads, and with
/// Reading::kMemory for the loop's own.
class LoginFiles {
 public:
  Result<Person> person(Reading reading);
  /// Errors: those of PrivateKey::parse; "ssh.key_exposed": others may read it.
  Result<std::shared_ptr<PrivateKey>> key(const std::string& path, const std::string& passphrase, Reading reading);
  /// The key in a line such as "ssh-ed25519 AAAA...": what a .pub file holds.
  Result<std::string> public_key(const std::string& path, Reading reading);
  /// Files that are not there count as empty.
  Result<std::shared_ptr<const KnownHosts>> known_hosts(const std::vector<std::string>& paths, Reading reading);
  /// Adds a key, if `judge` still wants it then; see known_hosts_append.
  Status add_known_host(const std::string& path, const std::string& line, const KnownHostsJudge& judge = {});
  Result<int> remove_known_host(const std::string& path, const std::string& host, int port);
  /// `checked`: one that others may write to is refused ("ssh.config"), as ssh does with the user's own.
  Result<std::string> config(const std::string& path, bool checked, Reading reading);
  std::optional<NamedConfig> named(const std::string& name);
  void keep_named(const std::string& name, NamedConfig config);

 private:
  template <class T>
  struct Kept {
    Result<T> value;
    Stamp stamp;
  };
  template <class T>
  using AllKept = std::map<std::string, Kept<T>>;
  template <class T, class Read>
  static Result<T> kept(std::unique_lock<std::mutex> guard, AllKept<T>& all, const std::string& name, const std::string& path, Reading reading,
                        Read read);

  std::mutex config_mutex_;  ///< person_, configs_, named_: short work, also on the loop
  std::optional<Person> person_;
  AllKept<std::string> configs_;
  std::map<std::string, NamedConfig> named_;
  std::mutex mutex_;  ///< the others: a worker may hold it for long, while it works on an encrypted key
  AllKept<std::shared_ptr<PrivateKey>> keys_;
  AllKept<std::string> public_keys_;
  struct Known {
    std::shared_ptr<const KnownHosts> hosts;
    std::vector<Stamp> stamps;
  };
  std::map<std::string, Known> known_;
};

}  // namespace runbook::ssh
