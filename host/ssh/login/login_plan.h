// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/ssh/keys/private_key.h"
#include "host/ssh/known/known_hosts.h"
#include "host/ssh/login/destination.h"

namespace runbook::ssh {

/// Files that every login of a run reads: parsed once. For worker threads.
class LoginFiles {
 public:
  Result<std::shared_ptr<PrivateKey>> key(const std::string& path, const std::string& passphrase);
  /// Files that are not there count as empty.
  Result<std::shared_ptr<const KnownHosts>> known_hosts(const std::vector<std::string>& paths);
  /// Adds a key and forgets what was read before.
  Status add_known_host(const std::string& path, const std::string& line);
  Result<int> remove_known_host(const std::string& path, const std::string& host, int port);
  Result<std::string> config(const std::string& path);

 private:
  std::mutex mutex_;
  std::map<std::string, Result<std::shared_ptr<PrivateKey>>> keys_;
  std::map<std::string, std::shared_ptr<const KnownHosts>> known_;
  std::map<std::string, Result<std::string>> configs_;
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

/// Blocking: reads the configuration, known hosts and keys.
Result<LoginPlan> plan_login(const Destination& destination, LoginFiles& files);

}  // namespace runbook::ssh
