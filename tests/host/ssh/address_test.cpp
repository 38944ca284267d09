// SPDX-License-Identifier: Apache-2.0
#include "host/core/text.h"
#include "host/ssh/config/client_config.h"
#include "tests/support/catch.h"

namespace runbook::ssh {

TEST_CASE("ssh address: user, host and port in the forms that people write") {
  struct Form {
    const char *text, *user, *host;
    int port;
    const char* shown;
  };
  for (const Form& form :
       {Form{"web1", "", "web1", 0, "web1"},
        {"deploy@web1", "deploy", "web1", 0, "deploy@web1"},
        {"web1:2222", "", "web1", 2222, "web1:2222"},
        {"deploy@web1.example.com:22", "deploy", "web1.example.com", 22, "deploy@web1.example.com:22"},
        {"a@b@web1", "a@b", "web1", 0, "a@b@web1"},
        {"DOMAIN\\joe@web1", "DOMAIN\\joe", "web1", 0, "DOMAIN\\joe@web1"},
        {"ssh://deploy@web1:2222", "deploy", "web1", 2222, "deploy@web1:2222"},
        {"SSH://web1/", "", "web1", 0, "web1"},
        {"ssh://joe%40corp@web1", "joe@corp", "web1", 0, "joe@corp@web1"},
        {"[2001:db8::1]:2222", "", "2001:db8::1", 2222, "[2001:db8::1]:2222"},
        {"joe@[2001:db8::1]", "joe", "2001:db8::1", 0, "joe@2001:db8::1"},
        {"2001:db8::1", "", "2001:db8::1", 0, "2001:db8::1"},
        {"[fe80::1%eth0]:22", "", "fe80::1%eth0", 22, "[fe80::1%eth0]:22"}}) {
    CAPTURE(form.text);
    const auto address = Address::parse(form.text);
    REQUIRE(address.ok());
    CHECK(address->user == form.user);
    CHECK(address->host == form.host);
    CHECK(address->port == form.port);
    CHECK(address->show() == form.shown);
    const auto again = Address::parse(address->show());
    REQUIRE(again.ok());
    CHECK(again->show() == form.shown);
  }
}

TEST_CASE("ssh address: what could be taken for something else is refused, and shown without control characters") {
  for (const std::string& bad : {std::string(),
                                 std::string("-oProxyCommand=id"),
                                 std::string("-l@web1"),
                                 std::string("joe@-web1"),
                                 std::string("joe@"),
                                 std::string("@web1"),
                                 std::string("web1:"),
                                 std::string("web1:0"),
                                 std::string("web1:65536"),
                                 std::string("web1:-1"),
                                 std::string("web1:+22"),
                                 std::string("web1:22x"),
                                 std::string("web1:99999999999"),
                                 std::string("web 1"),
                                 std::string("web1\n"),
                                 std::string("web\0x", 5),
                                 std::string("\x1b[2Jweb1"),
                                 std::string("joe\t@web1"),
                                 std::string("joe:secret@web1"),
                                 std::string("[::1"),
                                 std::string("[::1]22"),
                                 std::string("[web1;id]"),
                                 std::string("a:b:c"),
                                 std::string("ssh://web1/path"),
                                 std::string("ssh://j%zz@web1"),
                                 std::string("ssh://j%0a@web1"),
                                 std::string("ssh://%2doptions@web1"),
                                 std::string("ssh://"),
                                 std::string("http://web1"),
                                 std::string("$(id)@web1"),
                                 std::string("web1`id`"),
                                 std::string("b\xc3\xbcro"),
                                 std::string(1'000'000, 'a')}) {
    CAPTURE(bad.substr(0, 40));
    const auto address = Address::parse(bad);
    REQUIRE_FALSE(address.ok());
    CHECK(address.error().code == "ssh.address");
    CHECK(address.error().message.size() < 1000);
    CHECK(address.error().message == printable(address.error().message));
  }
}

}  // namespace runbook::ssh
