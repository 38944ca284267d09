// SPDX-License-Identifier: Apache-2.0
//
// A RemoteShell that is a shell of this computer: what is done through one is tested without SSH and without
// containers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runbook/loop.h"
#include "runbook/remote_shell.h"

namespace runbook {

class LocalShell final : public RemoteShell {
 public:
  explicit LocalShell(Loop& loop) : loop_(loop) {}
  std::unique_ptr<RemoteProcess> start(RemoteCommand command) override;
  /// As when the network goes: nothing more comes, and what was started is told that the connection is lost.
  void cut();
  /// The same, and nobody is told: whoever started it is gone, too.
  void cut_silently();

  std::string login = "/bin/sh";  ///< the account's shell: gets the quoted command line
  std::string before;             ///< what it runs before that: a profile
  std::vector<std::string> env = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp"};
  std::size_t most_input = static_cast<std::size_t>(-1);  ///< the connection breaks after so many bytes of input
  unsigned uid = static_cast<unsigned>(-1);               ///< another user, where this is root
  std::vector<std::string> commands;                      ///< the command lines that were started, as `ps` shows them
  int started = 0;

 private:
  Loop& loop_;
  std::vector<std::function<void(bool tell)>> cuts_;
};

}  // namespace runbook
