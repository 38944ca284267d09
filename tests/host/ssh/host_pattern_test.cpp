// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/host_pattern.h"

#include <chrono>

#include "tests/support/catch.h"

namespace runbook::ssh {

TEST_CASE("host pattern: '*' is any text and '?' one character") {
  CHECK(match_pattern("web1.example.com", "*.example.com"));
  CHECK(match_pattern("web1", "web?"));
  CHECK(match_pattern("web1", "w*b*1"));
  CHECK(match_pattern("web1", "*"));
  CHECK(match_pattern("", "*"));
  CHECK(match_pattern("aXbXc", "a*X*c"));
  CHECK(match_pattern("[web1]:2222", "[web*]:2222"));
  CHECK_FALSE(match_pattern("example.com", "*.example.com"));
  CHECK_FALSE(match_pattern("web", "web?"));
  CHECK_FALSE(match_pattern("web1", ""));
  CHECK_FALSE(match_pattern("web1", "WEB1"));
  CHECK(match_pattern("web1", "WEB1", true));
}

TEST_CASE("host pattern: a negated pattern of a list wins wherever it stands") {
  CHECK(match_pattern_list("a.x", "*.x,!b.x") == ListMatch::kYes);
  CHECK(match_pattern_list("b.x", "*.x,!b.x") == ListMatch::kDenied);
  CHECK(match_pattern_list("b.x", "!b.x,*.x") == ListMatch::kDenied);
  CHECK(match_pattern_list("c", "!b.x") == ListMatch::kNo);
  CHECK(match_pattern_list("c", "") == ListMatch::kNo);
}

TEST_CASE("host pattern: a hostile pattern takes no exponential time") {
  std::string pattern;
  for (int i = 0; i < 50'000; ++i) pattern += "*a";
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(match_pattern(std::string(255, 'a'), pattern + "b"));
  CHECK_FALSE(match_pattern(std::string(255, 'a') + "c", "*a*a*a*a*a*a*a*a*a*a*a*a*b"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}

TEST_CASE("host names: what a program or a shell could take for something else is no name") {
  for (const char* good : {"web1", "web-1.example.com", "10.0.0.1", "2001:db8::1", "fe80::1%eth0", "a_b", "WEB"}) {
    CHECK(host_problem(good) == "");
  }
  for (const std::string& bad : {std::string(),           std::string("-oProxyCommand=x"),
                                 std::string("a b"),      std::string("a\nb"),
                                 std::string("a\0b", 3),  std::string("a\x1b[0m"),
                                 std::string("a;b"),      std::string("$(x)"),
                                 std::string("`x`"),      std::string("a/b"),
                                 std::string("*"),        std::string("a,b"),
                                 std::string("!a"),       std::string("a#b"),
                                 std::string("web%1"),    std::string("a:b"),
                                 std::string("\x80"),     std::string("::1%"),
                                 std::string("::1\0", 4), std::string(256, 'a')}) {
    CAPTURE(bad);
    CHECK(host_problem(bad) != "");
  }
}

TEST_CASE("user names: domains are allowed, options and passwords are not") {
  for (const char* good : {"deploy", "DOMAIN\\user", "user@domain", "first.last", "host$"})
    CHECK(user_problem(good) == "");
  for (const char* bad : {"", "-l", "a b", "a:secret", "a\\", "a;b", "`a`", "a/../b", "a\n"}) {
    CAPTURE(bad);
    CHECK(user_problem(bad) != "");
  }
}

}  // namespace runbook::ssh
