// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <filesystem>

#include "tests/modules/machine/machine_fixture.h"
#include "tests/support/local_shell.h"

namespace runbook::machine {

/// A kind of userland that may be at the other end.
struct Userland {
  const char* name;
  const char* sh;      ///< what "sh" is there
  bool busybox_alone;  ///< no coreutils, no getent
};
inline constexpr Userland kUserlands[] = {{"dash and coreutils", "/bin/dash", false},
                                          {"bash and coreutils", "/bin/bash", false},
                                          {"busybox", "/bin/busybox", true}};

/// A machine that is reached through a shell of this computer.
class ShellMachine : public Machine {
 public:
  explicit ShellMachine(const Userland& userland = kUserlands[0]) {
    std::filesystem::create_directory(tools_ / "bin");
    std::string path = tools_ / "bin";
    if (userland.busybox_alone) {
      REQUIRE(system(("/bin/busybox --install -s " + path).c_str()) == 0);
    } else {
      std::filesystem::create_symlink(userland.sh, path + "/sh");
      path += ":/usr/local/bin:/usr/bin:/bin";
    }
    shell_ = std::make_shared<LocalShell>(world().loop());
    shell_->env[0] = "PATH=" + path;
    current() = shell_;
    world().world().service<ShellRoutes>().add(kRoute);
    target_ = Value::object({{"kind", "test"}});
  }
  ~ShellMachine() {
    for (int turn = 0; turn < 1000 && world().loop().turn(false); ++turn) {
    }
    current().reset();
  }
  LocalShell& shell() { return *shell_; }

 private:
  static std::shared_ptr<LocalShell>& current() {
    static std::shared_ptr<LocalShell> shell;
    return shell;
  }
  static std::vector<Access> access_of(const Value&, const char* verb, const std::string& name) {
    return {{"test", "there", verb, name}};
  }
  static std::shared_ptr<RemoteShell> open(World&, const Value&) { return current(); }
  static constexpr ShellRoute kRoute = {"test", &ShellMachine::access_of, &ShellMachine::open};

  TempDirectory tools_;
  std::shared_ptr<LocalShell> shell_;
};

}  // namespace runbook::machine
