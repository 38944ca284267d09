// SPDX-License-Identifier: Apache-2.0
// A registry of a test's own (tests/support/registry.sh). REQUIRES RUNBOOK_SOURCE_DIR.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "host/core/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

namespace runbook {

class Registry {
 public:
  static bool available() { return access("/usr/bin/docker-registry", X_OK) == 0; }

  explicit Registry(const char* mode = "") {
    FILE* script = popen(command("start", mode).c_str(), "r");
    REQUIRE(script != nullptr);
    char line[256] = {};
    if (std::fgets(line, sizeof line, script) != nullptr) address_ = trim(line);
    REQUIRE(pclose(script) == 0);
  }
  ~Registry() { stop(); }
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  void stop() const {
    if (std::system(command("stop", "").c_str()) != 0) std::fputs("the registry was not removed\n", stderr);
  }
  /// "127.0.0.1:5000"
  const std::string& address() const { return address_; }

 private:
  std::string command(const char* verb, const char* mode) const {
    return cat("sh " RUNBOOK_SOURCE_DIR "/tests/support/registry.sh ", verb, " ", directory_ / "registry", " ", mode);
  }
  TempDirectory directory_;
  std::string address_;
};

}  // namespace runbook

/// Ends the test case where there is no program to start one.
#define RUNBOOK_NEEDS_REGISTRY() \
  do {                           \
    if (!runbook::Registry::available()) RUNBOOK_SKIP("there is no docker-registry"); \
  } while (false)
