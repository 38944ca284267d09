// SPDX-License-Identifier: Apache-2.0
#include "host/core/encoding.h"

#include "tests/support/catch.h"

using namespace runbook;

TEST_CASE("encoding: base64 gives RFC 4648's vectors and reads them back", "[core]") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(base64_encode(plain) == encoded);
    CHECK(*base64_decode(encoded) == plain);
  }
  CHECK(base64_encode(std::string("\xfb\xff\0", 3)) == "+/8A");
  CHECK(base64url_encode("\xfb\xff") == "-_8");
  CHECK(*base64_decode("-_8") == "\xfb\xff");
  CHECK(*base64_decode("Zm9v\r\nYmFy\n") == "foobar");
}

TEST_CASE("encoding: what is no base64 or hexadecimal is refused", "[core]") {
  for (const char* text : {"Z", "Zg=", "Zg===", "Zm9v!", "Zg==Zg==", "=", "\xc3\xa4"}) {
    INFO(text);
    CHECK_FALSE(base64_decode(text));
  }
  CHECK_FALSE(hex_decode("abc"));
  CHECK_FALSE(hex_decode("zz"));
  CHECK(*hex_decode("00fFA0") == std::string("\0\xff\xa0", 3));
  CHECK(hex_encode(std::string("\0\xff", 2)) == "00ff");
}

TEST_CASE("encoding: percent encoding leaves only unreserved characters", "[core]") {
  CHECK(percent_encode("a-z_0.9~ &=/\xc3\xa4") == "a-z_0.9~%20%26%3D%2F%C3%A4");
}
