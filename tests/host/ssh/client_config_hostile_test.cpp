// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "host/core/text.h"
#include "tests/host/ssh/config_fixture.h"

namespace runbook::ssh {

TEST_CASE("ssh_config: NUL and control characters are errors, but for comments and the ends of lines") {
  const ConfigHome home;
  CHECK(home.apply("# \x01\x02\r\nPort 22\r\n\f\n")->port == 22);
  for (const std::string& bad : {std::string("Port 22\0", 8), std::string("\0", 1), std::string("HostName a\x1b[2Jb"),
                                 std::string("Host web\x01"), std::string("User a\x7f"), std::string("Po\rrt 22")}) {
    const auto config = home.apply(bad + "\n");
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().message.starts_with("config:1: "));
    CHECK(config.error().message == printable(config.error().message));
  }
}

TEST_CASE("ssh_config: aliases that are no names are refused before any file is looked at") {
  const ConfigHome home;
  for (const std::string& alias : {std::string("-oProxyCommand=id"), std::string("a b"), std::string("a\nb"),
                                   std::string("../x"), std::string(), std::string("a\0b", 3)}) {
    const auto config = home.apply("HostName web\n", alias);
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().code == "ssh.address");
  }
}

TEST_CASE("ssh_config: a file that includes itself, by whatever way, is an error and no loop") {
  const ConfigHome home;
  home.file("a", "Include b\n");
  home.file("b", "\nInclude a\n");
  const auto loop = home.apply("Include a\n");
  REQUIRE_FALSE(loop.ok());
  CHECK(loop.error().message.starts_with(home.path() + "/.ssh/b:2: "));
  CHECK(loop.error().message.find("includes itself") != std::string::npos);
  home.file("conf.d/self", "Include conf.d/*\n");
  CHECK_FALSE(home.apply("Include conf.d/*\n").ok());
  CHECK(home.apply("Host other\nInclude a\n").ok());
}

TEST_CASE("ssh_config: files are included 16 deep and no deeper, and not without end in breadth") {
  const ConfigHome home;
  for (int i = 1; i <= 17; ++i) home.file(cat("deep", i), cat("Include deep", i + 1, "\n"));
  CHECK_FALSE(home.apply("Include deep1\n").ok());
  home.file("deep17", "Include none\n");
  CHECK_FALSE(home.apply("Include deep1\n").ok());
  home.file("deep16", "Port 16\n");
  CHECK(home.apply("Include deep1\n")->port == 16);
  for (int i = 1; i <= 14; ++i)
    home.file(cat("wide", i), cat("Include wide", i + 1, " wide", i + 1, " wide", i + 1, "\n"));
  const auto begin = std::chrono::steady_clock::now();
  const auto wide = home.apply("Include wide1\n");
  REQUIRE_FALSE(wide.ok());
  CHECK(wide.error().message.find("more than 4096 files") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("ssh_config: a file that may not be read is an error, and one that is not there is none") {
  const ConfigHome home;
  ConfigContext context = home.context();
  context.read = [](const std::string& path) -> Result<std::string> {
    if (path.ends_with("gone")) return Error("file.not_found", "not there");
    return Error("file.denied", "may not be read");
  };
  HostConfig config;
  CHECK(apply_config({{"config", "Include gone\nPort 5\n"}}, "web", "", context, config).ok());
  CHECK(config.port == 5);
  const auto denied = apply_config({{"config", "\nInclude secret\n"}}, "web", "", context, config);
  REQUIRE_FALSE(denied.ok());
  CHECK(denied.error().message.starts_with("config:2: "));
  CHECK(denied.error().cause->code == "file.denied");
}

TEST_CASE("ssh_config: lines of a megabyte and hundred thousand lines take linear time") {
  const ConfigHome home;
  const auto begin = std::chrono::steady_clock::now();
  std::string patterns = "Host";
  while (patterns.size() < 1'000'000) patterns += " *a*a*a*a*b";
  std::string text = patterns + "\n Port 1\nIdentityFile /" + std::string(1'000'000, 'x') + "\nHost other\n";
  for (int i = 0; i < 50'000; ++i) text += cat("Host h", i, "\n Port 22\n");
  text += "Match host *" + std::string(1'000'000, '*') + "\n Port 7\n";
  const auto config = home.apply(text, std::string(250, 'a'));
  REQUIRE(config.ok());
  CHECK(config->port == 7);
  CHECK(home.apply("A" + std::string(1'000'000, 'b') + " x\n").error().message.size() < 1000);
  CHECK(home.apply("Port " + std::string(1'000'000, '1') + "\n").error().message.size() < 1000);
  CHECK(home.apply("HostName " + std::string(1'000'000, '1') + "\n").error().message.size() < 2000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE("ssh_config: no text of bytes does harm") {
  const ConfigHome home;
  unsigned state = 1;
  const std::string alphabet = "HostMatchPort =\"'\\%~$!*?,#\n\t {}\x01\xff 0123456789/all";
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (int i = 0; i < 60; ++i) {
      state = state * 1103515245U + 12345U;
      text += alphabet[(state >> 16U) % alphabet.size()];
    }
    const auto config = home.apply("Host *\n" + text);
    if (!config.ok()) CHECK(config.error().message.starts_with("config:"));
  }
}

}  // namespace runbook::ssh
