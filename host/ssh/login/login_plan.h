// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/ssh/login/destination.h"
#include "host/ssh/login/login_files.h"

namespace runbook::ssh {

/// All that is needed to log in somewhere, once the files have been read.
struct LoginPlan {
  std::string name;  ///< "deploy@web1", for messages
  std::string user, host;
  int port = 22;
  std::shared_ptr<const KnownHosts> known;
  std::vector<std::string> known_files;  ///< the user's, then the system's
  std::string new_keys_file;             ///< where new keys go; empty: nowhere
  bool accept_new = false;
  int rsa_bits = 0;  ///< RSA keys with less are not used, on either side
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

/// Whether it is an RSA key with fewer bits.
bool is_short_rsa(std::string_view blob, int bits);

/// Reads the configuration, known hosts and keys, and so blocks, unless only what is in memory is to be used: then the
/// error is kNotRead where that is not enough.
Result<LoginPlan> plan_login(const Destination& destination, LoginFiles& files, Reading reading = Reading::kFiles);

}  // namespace runbook::ssh
