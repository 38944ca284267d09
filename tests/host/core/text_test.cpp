// SPDX-License-Identifier: Apache-2.0
#include "host/core/text.h"
#include "tests/support/catch.h"

using namespace runbook;

TEST_CASE("text: durations are numbers with units, added up", "[core]") {
  CHECK(parse_duration("90") == 90);
  CHECK(parse_duration("1h30m") == 5400);
  CHECK(parse_duration("250ms") == 0.25);
  CHECK(parse_duration("5 minutes") < 0);
  CHECK(parse_duration("") < 0);
  CHECK(parse_duration("-5s") < 0);
  CHECK(parse_duration("1m30") < 0);
}

TEST_CASE("text: sizes know decimal and binary units", "[core]") {
  CHECK(parse_size("10MiB") == 10 * 1048576);
  CHECK(parse_size("1.5GB") == 1.5e9);
  CHECK(parse_size("64k") == 65536);
  CHECK(parse_size("10XB") < 0);
}

TEST_CASE("text: a misspelt word finds its neighbour, a foreign one finds none", "[core]") {
  CHECK(did_you_mean("replica", {"replicas", "image"}) == "replicas");
  CHECK(did_you_mean("iamge", {"replicas", "image"}) == "image");
  CHECK(did_you_mean("volume", {"replicas", "image"}).empty());
}

TEST_CASE("text: control bytes are made visible", "[core]") {
  CHECK(printable("a\x1b[31mb\r\n") == "a\\x1b[31mb\\x0d\n");
  CHECK(printable("\xff") == "\xEF\xBF\xBD");
  CHECK(printable("\xc2\x9b") == "\xEF\xBF\xBD");
  CHECK(printable("grün") == "grün");
  for (const char* bidi : {"\u202a", "\u202e", "\u2066", "\u2069"}) CHECK(printable(cat("a", bidi, "b")) == "a\uFFFDb");
  CHECK(printable("\u2029 \u202F \u2065 \u206A") == "\u2029 \u202F \u2065 \u206A");
}
