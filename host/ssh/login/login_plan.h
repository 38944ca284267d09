// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/ssh/keys/private_key.h"
#include "host/ssh/known/known_hosts.h"
#include "host/ssh/login/destination.h"

namespace runbook::ssh {

/// Who runs this.
struct Person {
  std::string name, home;
};

/// Whether files may be read, which blocks, or only what has been read before may be used.
enum class Reading { kFiles, kMemory };
/// The code of the error where it has not. It is for the caller, and never shown.
constexpr const char* kNotRead = "ssh.not_read";

/// Files that every login of a run reads: parsed once. For worker threads, and with Reading::kMemory for the loop's own.
class LoginFiles {
 public:
  Result<Person> person(Reading reading);
  Result<std::shared_ptr<PrivateKey>> key(const std::string& path, const std::string& passphrase, Reading reading);
  /// Files that are not there count as empty.
  Result<std::shared_ptr<const KnownHosts>> known_hosts(const std::vector<std::string>& paths, Reading reading);
  /// Adds a key and forgets what was read before.
  Status add_known_host(const std::string& path, const std::string& line);
  Result<int> remove_known_host(const std::string& path, const std::string& host, int port);
  Result<std::string> config(const std::string& path, Reading reading);

 private:
  std::unique_lock<std::mutex> lock(Reading reading);

  std::mutex mutex_;
  std::map<std::string, Result<std::shared_ptr<PrivateKey>>> keys_;
  std::map<std::string, std::shared_ptr<const KnownHosts>> known_;
  std::map<std::string, Result<std::string>> configs_;
  std::optional<Person> person_;
};

/// All that is needed to log in somewhere, once the files have been read.
struct LoginPlan {
  std::string name;  ///< "deploy@web1", for messages
  std::string user, host;
  int port = 22;
  std::shared_ptr<const KnownHosts> known;
  std::vector<std::string> known_files;
  bool accept_new = false;
  struct Key {
    std::string path;
    std::shared_ptr<PrivateKey> key;  ///< null: only the agent has it
    std::string blob;
  };
  std::vector<Key> keys;
  std::vector<std::string> notes;  ///< why other keys cannot be used
  bool only_these_keys = false;
  std::string agent;  ///< socket; empty: none
  std::string password;
  std::vector<Address> jumps;
  double connect_timeout = 15, alive_interval = 15;
  int alive_count = 3;
};

/// Reads the configuration, known hosts and keys, and so blocks, unless only what is in memory is to be used: then the
/// error is kNotRead where that is not enough.
Result<LoginPlan> plan_login(const Destination& destination, LoginFiles& files, Reading reading = Reading::kFiles);

}  // namespace runbook::ssh
