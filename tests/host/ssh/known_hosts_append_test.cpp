// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <sstream>
#include <thread>

#include "host/core/text.h"
#include "host/ssh/known/known_hosts.h"
#include "host/ssh/wire.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

namespace runbook::ssh {
namespace {

const std::string kKey = WireWriter().string("ssh-ed25519").string(std::string(32, 'a')).take();

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("known_hosts_line: what is added is found again") {
  for (const int port : {22, 2222}) {
    for (const char* host : {"Web1", "2001:db8::1", "10.0.0.1"}) {
      KnownHosts known;
      known.add(known_hosts_line(host, port, kKey), "kh");
      CHECK(known.problems().empty());
      CHECK(known.check(host, port, kKey).verdict == KnownHosts::Verdict::kKnown);
      CHECK(known.check(host, port + 1, kKey).verdict != KnownHosts::Verdict::kChanged);
    }
  }
  CHECK(known_hosts_line("Web1", 2222, kKey).starts_with("[web1]:2222 ssh-ed25519 AAAA"));
  CHECK(known_hosts_line("web1", 22, kKey).starts_with("web1 ssh-ed25519 AAAA"));
}

TEST_CASE("known_hosts_line: a name that would be a pattern or two lines gives none") {
  for (const char* host : {"*", "web1,web2", "!web1", "web1\n* ", "|1|a|b", "@revoked", "#", "", "web 1"}) {
    CHECK(known_hosts_line(host, 22, kKey).empty());
  }
  CHECK(known_hosts_line("web1", 22, "").empty());
  CHECK(known_hosts_line("web1", 22, WireWriter().string("a b\nc").string("x").take()).empty());
}

TEST_CASE("known_hosts_append: the file and its directories are made for their owner alone") {
  const TempDirectory tmp;
  const std::string path = tmp / "new/.ssh/known_hosts";
  REQUIRE(known_hosts_append(path, "web1 a b\n").ok());
  CHECK(tmp.content("new/.ssh/known_hosts") == "web1 a b\n");
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(tmp / "new/.ssh") == 0700);
}

TEST_CASE("known_hosts_append: a last line without an end gets one, and modes stay") {
  const TempDirectory tmp;
  const std::string path = tmp.file("kh", "web1 a b");
  REQUIRE(chmod(path.c_str(), 0644) == 0);
  REQUIRE(known_hosts_append(path, "web2 a b\n").ok());
  REQUIRE(known_hosts_append(path, "web3 a b\n").ok());
  CHECK(tmp.content("kh") == "web1 a b\nweb2 a b\nweb3 a b\n");
  CHECK(mode_of(path) == 0644);
}

TEST_CASE("known_hosts_append: only one whole line is added") {
  const TempDirectory tmp;
  for (const std::string& bad : {std::string(), std::string("\n"), std::string("a"), std::string("a\nb\n"),
                                 std::string("a\nb"), std::string("a\0\n", 3)}) {
    const auto added = known_hosts_append(tmp / "kh", bad);
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().code == "ssh.known_hosts");
  }
  CHECK(access((tmp / "kh").c_str(), F_OK) != 0);
}

TEST_CASE("known_hosts_append: nothing that others add at the same time is lost or torn") {
  const TempDirectory tmp;
  const std::string path = tmp / "kh";
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 8; ++writer) {
    writers.emplace_back([&path, writer] {
      for (int i = 0; i < 25; ++i) (void)known_hosts_append(path, cat("w", writer, "-", i, " type key\n"));
    });
  }
  for (auto& writer : writers) writer.join();
  std::istringstream lines(tmp.content("kh"));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    CHECK(line.ends_with(" type key"));
    CHECK(seen.insert(line).second);
  }
  CHECK(seen.size() == 200);
}

TEST_CASE("known_hosts_append: a lock that is never released is waited for two seconds") {
  const TempDirectory tmp;
  const std::string path = tmp.file("kh", "web1 a b\n");
  const int held = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(flock(held, LOCK_EX) == 0);
  const auto added = known_hosts_append(path, "web2 a b\n");
  close(held);
  REQUIRE_FALSE(added.ok());
  CHECK(added.error().retryable);
  CHECK(tmp.content("kh") == "web1 a b\n");
}

TEST_CASE("known_hosts_append: nothing is lost to a removal at the same time") {
  const TempDirectory tmp;
  const std::string path = tmp / "kh";
  std::thread remover([&path] {
    for (int i = 0; i < 60; ++i) {
      (void)known_hosts_append(path, known_hosts_line("gone", 22, kKey));
      (void)known_hosts_remove(path, "gone", 22);
    }
  });
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&path, writer] {
      for (int i = 0; i < 25; ++i) (void)known_hosts_append(path, cat("w", writer, "-", i, " type key\n"));
    });
  }
  for (auto& writer : writers) writer.join();
  remover.join();
  std::istringstream lines(tmp.content("kh"));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) seen.insert(line);
  CHECK(seen.size() == 100);
}

TEST_CASE("known_hosts_remove: waits for whoever has the file locked") {
  const TempDirectory tmp;
  const std::string path = tmp.file("kh", known_hosts_line("web1", 22, kKey));
  const int held = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(flock(held, LOCK_EX) == 0);
  const auto removed = known_hosts_remove(path, "web1", 22);
  close(held);
  REQUIRE_FALSE(removed.ok());
  CHECK(removed.error().retryable);
}

TEST_CASE("known_hosts_append: what the file says by then is judged under the lock") {
  const TempDirectory tmp;
  const std::string line = known_hosts_line("web1", 22, kKey);
  const std::string path = tmp.file("kh", line);
  int asked = 0;
  const auto judge = [&asked](const KnownHosts& now) -> Result<bool> {
    ++asked;
    if (now.check("web1", 22, kKey).verdict == KnownHosts::Verdict::kKnown) return false;
    return Error("ssh.host_key", "it has changed");
  };
  CHECK(known_hosts_append(path, line, judge).ok());
  CHECK(tmp.content("kh") == line);
  tmp.file("kh", "");
  CHECK_FALSE(known_hosts_append(path, line, judge).ok());
  CHECK(tmp.content("kh").empty());
  CHECK(asked == 2);
}

TEST_CASE("known_hosts_append: what is no file is refused without waiting") {
  const TempDirectory tmp;
  REQUIRE(mkfifo((tmp / "fifo").c_str(), 0600) == 0);
  CHECK_FALSE(known_hosts_append(tmp / "fifo", "web1 a b\n").ok());
  CHECK_FALSE(known_hosts_append(tmp.path(), "web1 a b\n").ok());
  CHECK_FALSE(known_hosts_append(tmp.file("f", "") + "/known_hosts", "web1 a b\n").ok());
}

}  // namespace runbook::ssh
