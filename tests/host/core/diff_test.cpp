// SPDX-License-Identifier: Apache-2.0
#include "host/core/diff.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/catch.h"

using runbook::unified_diff;

namespace {
std::string diff(const std::string& a, const std::string& b) { return unified_diff(a, b, "a", "b"); }
}  // namespace

TEST_CASE("diff: equal texts have none", "[core]") { CHECK(diff("a\nb\n", "a\nb\n").empty()); }

TEST_CASE("diff: a changed line comes with three lines of context", "[core]") {
  CHECK(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n") ==
        "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST_CASE("diff: changes far apart get a hunk each", "[core]") {
  std::string a, b;
  for (int i = 0; i < 30; ++i) {
    a += std::to_string(i) + "\n";
    b += (i == 2 || i == 25 ? "x" : std::to_string(i)) + "\n";
  }
  const std::string text = diff(a, b);
  CHECK_THAT(text, ContainsSubstring("@@ -1,6 +1,6 @@"));
  CHECK_THAT(text, ContainsSubstring("@@ -23,7 +23,7 @@"));
}

TEST_CASE("diff: a new and an emptied file", "[core]") {
  CHECK(diff("", "a\n") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+a\n");
  CHECK(diff("a\n", "") == "--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n");
}

TEST_CASE("diff: a missing newline at the end is shown", "[core]") {
  CHECK(diff("a\n", "a") == "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
}

TEST_CASE("diff: binary content is not printed", "[core]") {
  CHECK_THAT(diff(std::string("\0\1", 2), "a\n"), ContainsSubstring("binary content differs"));
}

TEST_CASE("diff: control bytes cannot reach a terminal", "[core]") {
  CHECK(diff("", "\x1b[2J\n").find('\x1b') == std::string::npos);
}

TEST_CASE("diff: texts without a common line end soon", "[core]") {
  std::string a, b;
  for (int i = 0; i < 20000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  CHECK(diff(a, b).size() < 300 * 1024);
}

TEST_CASE("diff: patch(1) makes the new text from the old one and the diff", "[core]") {
  if (std::system("command -v patch >/dev/null 2>&1") != 0) return;
  char directory[] = "/tmp/runbook-diff-XXXXXX";
  REQUIRE(mkdtemp(directory));
  const std::string base = directory;
  unsigned random = 7;
  const auto next = [&](unsigned limit) { return (random = random * 1103515245 + 12345) / 65536 % limit; };
  for (int round = 0; round < 60; ++round) {
    std::string a, b;
    for (unsigned i = 0, count = next(40); i < count; ++i) {
      const std::string line = std::to_string(next(8)) + "\n";
      if (next(6) != 0) a += line;
      if (next(6) != 0) b += line;
      if (next(9) == 0) b += "new\n";
    }
    if (next(5) == 0 && !b.empty()) b.pop_back();
    std::ofstream(base + "/a") << a;
    std::ofstream(base + "/d") << diff(a, b);
    if (a != b) REQUIRE(std::system(("cd " + base + " && patch -s -o out a d >/dev/null").c_str()) == 0);
    if (a != b) {
      std::stringstream got;
      got << std::ifstream(base + "/out").rdbuf();
      CHECK(got.str() == b);
    }
  }
  std::system(("rm -r " + base).c_str());
}
