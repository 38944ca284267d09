// SPDX-License-Identifier: Apache-2.0
#include "tests/modules/docker/live_support.h"

#include <cstdlib>
#include <string>

#include "host/core/text.h"

namespace runbook::docker {

const std::string& live_image() {
  static const std::string image = [] {
    Live live;
    const std::string archive = private_engine().substr(std::string("unix://").size()) + ".tar";
    REQUIRE(std::system(cat("tar -C / -cf ", archive, " bin/busybox").c_str()) == 0);
    live.perform(kImageImport, Value::object({{"tag", "box:1"}, {"path", archive}}));
    return std::string("box:1");
  }();
  return image;
}

}  // namespace runbook::docker
