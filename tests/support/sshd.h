// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/temp_directory.h"

namespace runbook {

/// A real sshd on a loopback port of its own, with a host key and a user key (Ed25519, no passphrase), for the user who
/// runs the tests. Ended, with every session, when it goes.
class Sshd {
 public:
  /// `lines`: added to its configuration, before the defaults here (the first one counts).
  explicit Sshd(const std::vector<std::string>& lines = {});
  ~Sshd();
  Sshd(const Sshd&) = delete;
  Sshd& operator=(const Sshd&) = delete;

  bool running() const { return pid_ > 0; }
  int port() const { return port_; }
  const std::string& directory() const { return directory_.path(); }
  std::string user_key() const { return directory() + "/user"; }
  std::string known_hosts() const { return directory() + "/known_hosts"; }
  std::string authorized_keys() const { return directory() + "/authorized_keys"; }
  std::string log() const;
  /// Ends the processes of all sessions, as when the machine goes away; the server goes on.
  void cut() const;
  /// Stops the processes of all sessions: connections stay, and nobody answers.
  void freeze() const;
  void thaw() const;

 private:
  TempDirectory directory_;
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace runbook
