// SPDX-License-Identifier: Apache-2.0
// A home directory of the test's own, for what looks below $HOME.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/ssh/login/login_plan.h"
#include "tests/support/sshd.h"

namespace runbook::ssh {

class LoginHome {
 public:
  LoginHome() {
    std::filesystem::create_directory(tmp_ / ".ssh");
    setenv("HOME", tmp_.path().c_str(), 1);
    unsetenv("SSH_AUTH_SOCK");
  }
  ~LoginHome() { setenv("HOME", before_.c_str(), 1); }
  LoginHome(const LoginHome&) = delete;
  LoginHome& operator=(const LoginHome&) = delete;

  std::string operator/(const std::string& name) const { return tmp_ / name; }
  std::string file(const std::string& name, const std::string& content) const { return tmp_.file(name, content); }
  std::string content(const std::string& name) const { return tmp_.content(name); }
  std::string make_key(const std::string& name, const std::string& type = "ed25519", const std::string& bits = "") const {
    std::vector<std::string> argv = {"/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "", "-f", tmp_ / name};
    if (!bits.empty()) argv.insert(argv.end(), {"-b", bits});
    REQUIRE(run_program(argv) == 0);
    return tmp_ / name;
  }
  static Destination to(const std::string& address) {
    Destination out;
    out.address = *Address::parse(address);
    return out;
  }
  LoginPlan plan(const Destination& destination) {
    auto plan = plan_login(destination, files);
    if (!plan) FAIL(plan.error().code << ": " << plan.error().message);
    return std::move(*plan);
  }
  static std::vector<std::string> paths(const LoginPlan& plan) {
    std::vector<std::string> out;
    for (const auto& key : plan.keys) out.push_back(key.path);
    return out;
  }

  LoginFiles files;

 private:
  std::string before_ = std::getenv("HOME") ? std::getenv("HOME") : "/";
  TempDirectory tmp_;
};

}  // namespace runbook::ssh
