// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/modules/machine/machine_fixture.h"
#include "tests/support/local_shell.h"
#include "tests/support/run_program.h"

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
      REQUIRE(run_program({"/bin/busybox", "--install", "-s", path}) == 0);
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
  /// Puts a script in the place of a tool there. The shell of busybox asks for no tools that it has itself.
  void replace_tool(const char* name, const std::string& script) {
    const std::string path = tools_ / "bin/" + name;
    std::filesystem::remove(path);
    std::ofstream(path) << "#!/bin/sh\nPATH=/usr/bin:/bin\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms(0755));
  }

 private:
  static std::shared_ptr<LocalShell>& current() {
    static std::shared_ptr<LocalShell> shell;
    return shell;
  }
  static std::vector<Access> access_of(World&, const Value&, const char* verb, const std::string& name) {
    return {{"test", "there", verb, name}};
  }
  static std::shared_ptr<RemoteShell> open(World&, const Value&) { return current(); }
  static constexpr ShellRoute kRoute = {"test", &ShellMachine::access_of, &ShellMachine::open};

  TempDirectory tools_;
  std::shared_ptr<LocalShell> shell_;
};

/// A file system that is full, or that cannot be written.
class Mount {
 public:
  Mount(const std::string& path, unsigned long flags, const char* options) : path_(path) {
    std::filesystem::create_directory(path);
    mounted_ = mount("runbook-test", path.c_str(), "tmpfs", flags, options) == 0;
  }
  ~Mount() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  explicit operator bool() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

}  // namespace runbook::machine
