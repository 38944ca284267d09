// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/dotenv.h"

#include "host/core/text.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::secrets;

TEST_CASE("dotenv: the forms that every reader agrees on") {
  const Dotenv file = parse_dotenv(
      "\xEF\xBB\xBF# comment\n\nA=plain text  # note\r\nexport B='as $it `is` # here' # note\nC=\"a\\n\\t\\\"\\\\\\$b\"\nD=\nE=a#b\nF=x=y\n G =");
  CHECK(file.problems.size() == 1);
  CHECK(file.values.at("A") == "plain text");
  CHECK(file.values.at("B") == "as $it `is` # here");
  CHECK(file.values.at("C") == "a\n\t\"\\$b");
  CHECK(file.values.at("D").empty());
  CHECK(file.values.at("E") == "a#b");
  CHECK(file.values.at("F") == "x=y");
  CHECK(parse_dotenv("").values.empty());
}

TEST_CASE("dotenv: every problem is named with its line, and no value is shown") {
  const Dotenv file = parse_dotenv(
      "A=1\nA=2\nnothing\n1X=1\nB C=1\nD='hunter2\nE=\"hunter2\nF=\"$hunter2\"\nG=\"\\q\"\nH='x'hunter2\nI=a\"b\nJ=${X}\nK=\"a\"#x\nZ=fine");
  INFO(join(file.problems, "\n"));
  REQUIRE(file.problems.size() == 12);
  CHECK(file.problems[0] == "line 2: 'A' is set in line 1 already");
  CHECK_THAT(file.problems[1], ContainsSubstring("line 3: is no NAME=value"));
  CHECK_THAT(file.problems[5], ContainsSubstring("line 7: the quote '\"' is not closed"));
  CHECK_THAT(join(file.problems, "\n"), !ContainsSubstring("hunter2"));
  CHECK(file.values.at("Z") == "fine");
}
