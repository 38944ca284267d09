// SPDX-License-Identifier: Apache-2.0
#include "tests/support/private_engine.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "host/core/text.h"

namespace runbook {

namespace {

class PrivateEngine {
 public:
  PrivateEngine() : directory_(cat("/tmp/runbook-engine-", getpid())) {
    if (geteuid() != 0) {
      reason_ = "a private engine needs root";
      return;
    }
    if (access("/usr/sbin/dockerd", X_OK) != 0 && access("/usr/bin/dockerd", X_OK) != 0) {
      reason_ = "there is no dockerd";
      return;
    }
    FILE* script = popen(command("start").c_str(), "r");
    if (script == nullptr) return;
    char line[256] = {};
    if (std::fgets(line, sizeof line, script) != nullptr) url_ = trim(line);
    started_ = pclose(script) == 0;
    if (!started_) {
      url_.clear();
      reason_ = "the private engine did not start";
    }
  }
  ~PrivateEngine() {
    if (started_ && std::system(command("stop").c_str()) != 0) std::fputs("the private engine was not removed\n", stderr);
  }

  const std::string& url() const { return url_; }
  const std::string& reason() const { return reason_; }

 private:
  std::string command(const char* verb) const {
    return cat("sh " RUNBOOK_SOURCE_DIR "/tests/support/dockerd.sh ", verb, " ", directory_);
  }
  std::string directory_;
  std::string url_;
  std::string reason_;
  bool started_ = false;
};

}  // namespace

const std::string& private_engine(std::string* reason) {
  static const PrivateEngine engine;
  if (reason != nullptr) *reason = engine.reason();
  return engine.url();
}

}  // namespace runbook
