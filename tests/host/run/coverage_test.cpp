// SPDX-License-Identifier: Apache-2.0
#include "host/run/coverage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "host/core/text.h"
#include "host/script/lua_api.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

/// Runs a text that is made to count; what it counted as JSON.
std::string counted(const std::string& text) {
  CoverageRecorder recorder;
  std::string source = recorder.instrument("/x.lua", text);
  if (source.starts_with("#")) source.erase(0, source.find('\n'));
  INFO(source);
  lua_State* L = luaL_newstate();
  script::add_counting(L, recorder);
  const int failed = luaL_dostring(L, source.c_str());
  if (failed) UNSCOPED_INFO(lua_tostring(L, -1));
  CHECK(failed == 0);
  lua_close(L);
  const Value files = recorder.files();
  return cat(to_json(files.items()[0]["lines"]), " ", to_json(files.items()[0]["branches"]));
}

}  // namespace

TEST_CASE("coverage: statements count by their lines, conditions by both of their ways") {
  CHECK(counted("local a = 1\nif a == 1 then\n  a = 2\nelse\n  a = 3\nend\n") == "[[1,1],[2,1],[3,1],[5,0]] [[2,1,0]]");
  CHECK(counted("for i = 1, 3 do\n  if i > 1 then i = 0 elseif i == 1 then i = 9 end\nend") ==
        "[[1,1],[2,3]] [[2,2,1],[2,1,0]]");
  CHECK(counted("local n = 0\nwhile n < 2 do\n  n = n + 1\nend\nreturn n") == "[[1,1],[2,1],[3,2],[5,1]] [[2,2,1]]");
}

TEST_CASE("coverage: `while true` has one way") { CHECK(counted("while true do break end") == "[[1,1]] []"); }

TEST_CASE("coverage: a statement is found wherever it begins") {
  CHECK(counted("local t = { a = { b = function() return { c = function() end } end } }\nt.a.b().c()\nt['a'].x = "
                "1;(function() end)()\n") == "[[1,1],[2,1],[3,1]] []");
  CHECK(counted("#!/usr/bin/env runbook\nlocal x = [[\nif then\n]] goto done\nx = 2\n::done::") ==
        "[[2,1],[4,1],[5,0]] []");
  CHECK(counted("local f = function(n) if n then do return 1 end end end\nif (function() do end return f(1) end)() "
                "then f = nil end") == "[[1,1],[2,1]] [[1,1,0],[2,1,0]]");
}

TEST_CASE("coverage: what tests write themselves, and what is no Lua, stays as it is") {
  CoverageRecorder recorder;
  recorder.leave_out("/tmp/spec");
  CHECK(recorder.instrument("/tmp/spec/a.lua", "local a = 1") == "local a = 1");
  CHECK(recorder.instrument("/a.lua", "local = 1") == "local = 1");
  CHECK(recorder.files().items().empty());
}

TEST_CASE("coverage: every Lua file here still compiles, with its lines where they were") {
  namespace fs = std::filesystem;
  lua_State* L = luaL_newstate();
  int files = 0;
  for (const char* folder : {"stdlib", "modules", "runbooks"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(RUNBOOK_SOURCE) / folder)) {
      if (entry.path().extension() != ".lua" || entry.path().string().ends_with(".meta.lua")) continue;
      std::ifstream stream(entry.path());
      const std::string text(std::istreambuf_iterator<char>(stream), {});
      CoverageRecorder recorder;
      std::string source = recorder.instrument(entry.path().string(), text);
      INFO(entry.path().string());
      CHECK(std::count(source.begin(), source.end(), '\n') == std::count(text.begin(), text.end(), '\n'));
      if (source.starts_with("#")) source.erase(0, source.find('\n'));
      const bool compiles = luaL_loadstring(L, source.c_str()) == LUA_OK;
      if (!compiles) UNSCOPED_INFO(lua_tostring(L, -1));
      CHECK(compiles);
      lua_settop(L, 0);
      ++files;
    }
  }
  lua_close(L);
  CHECK(files > 20);
}
