// SPDX-License-Identifier: Apache-2.0
#include "host/run/lua_syntax.h"

#include "host/core/text.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

std::string problem(std::string_view source) {
  const lua::Tree tree = lua::parse(source);
  if (!tree.error) return {};
  CHECK(tree.root == nullptr);
  return cat(tree.error->line, ":", tree.error->column, ": ", tree.error->message);
}

}  // namespace

TEST_CASE("lua: everything of the language is parsed") {
  CHECK(problem(R"(#!/usr/bin/env runbook
    local a <const>, b <close> = 1, nil; local c; local function f(x, ...) return ... end
    function a.b.c:d(e) self.x = e end
    for i = 1, 10, 2 do if i == 1 then break elseif i ~= 2 then goto next else end ::next:: end
    for k, v in pairs{} do while true do repeat local z = 1 until z end end
    do local s = [==[
long ]] text]==] .. 'a\z
      b\x41\u{48}\065\'' end --[[ comment
    ]] --[=[ ]] ]=]
    a = { 1, 2; x = 3, ["y"] = 4, f, [5] = 6, }
    a.b["c"].d, c = -1 ^ 2 // 3 % 4 & 5 | 6 ~ 7 << 1 >> 2, not #a .. 'x' .. "y"
    f "x" f {} f() ("a"):rep(3) a.b:c"d"
    local n = 0x1p4 + 0xA.8 + 1e-3 + .5 + 3. + 0xff
    return f(...), function() end
  )").empty());
  CHECK(problem("").empty());
  CHECK(problem("return").empty());
  CHECK(problem("return;").empty());
  CHECK(problem("#!x").empty());
}

TEST_CASE("lua: mistakes are told with line, column and what was expected") {
  CHECK(problem("if x then\n  y()\n") == "3:1: 'end' expected (to close 'if' at line 1) near <eof>");
  CHECK(problem("local = 3") == "1:7: <name> expected near '='");
  CHECK(problem("x = = 3") == "1:5: unexpected symbol near '='");
  CHECK(problem("x") == "1:2: syntax error near <eof>");
  CHECK(problem("f() = 1") == "1:5: syntax error near '='");
  CHECK(problem("x = 'abc\n'") == "1:9: unfinished string");
  CHECK(problem("x = [[abc") == "1:10: unfinished long string (starting at line 1)");
  CHECK(problem("x = 3x") == "1:7: malformed number near '3x'");
  CHECK(problem("x = '\\q'") == "1:7: invalid escape sequence");
  CHECK(problem("end") == "1:1: '<eof>' expected near 'end'");
  CHECK(problem("local x <clos> = 1") == "1:10: unknown attribute 'clos' near 'clos'");
  CHECK(problem("x = @") == "1:5: unexpected symbol near '@'");
}

TEST_CASE("lua: hostile sources end soon") {
  const auto many = [](std::string_view piece, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += piece;
    return out;
  };
  CHECK_THAT(problem("x = " + many("(", 100000)), ContainsSubstring("nested too deeply"));
  CHECK_THAT(problem("x = " + many("{", 100000)), ContainsSubstring("nested too deeply"));
  CHECK_THAT(problem("x = " + many("-", 1) + many("not ", 100000)), ContainsSubstring("nested too deeply"));
  CHECK_THAT(problem(many("do ", 100000)), ContainsSubstring("nested too deeply"));
  CHECK_THAT(problem("x = a" + many(".b", 100000)), ContainsSubstring("chained too long"));
  CHECK_THAT(problem("x = 1" + many("+1", 100000)), ContainsSubstring("chained too long"));
  CHECK_THAT(problem("f" + many("()", 100000)), ContainsSubstring("chained too long"));
  CHECK_THAT(problem("if a then " + many("elseif a then ", 100000)), ContainsSubstring("'end' expected"));
  std::string noise;
  for (int i = 0; i < 256; ++i) noise += static_cast<char>(i);
  CHECK_FALSE(problem(noise).empty());
  CHECK_FALSE(problem("a[").empty());
  CHECK_FALSE(problem("function").empty());
  CHECK_FALSE(problem("for").empty());
}
