// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "tests/host/script/sandbox/run.h"

namespace runbook::script {
namespace {

std::string error_of(std::string_view source) { return Runner().run(source).error; }
std::string printed_by(std::string_view source) {
  Runner runner;
  const Ran ran = runner.run(source);
  INFO(ran.error);
  REQUIRE(ran.ok);
  return ran.printed;
}

}  // namespace

TEST_CASE("sandbox: a Lua error runs C++ destructors") { REQUIRE(lua_unwinds_destructors()); }

TEST_CASE("sandbox: print goes to the host's sink") { REQUIRE(printed_by("print('a', 1, nil, true)") == "a\t1\tnil\ttrue\n"); }

TEST_CASE("sandbox: an undeclared global is an error with the nearest name") {
  REQUIRE(error_of("prnt(1)") == "test.lua:1: undeclared global 'prnt'; did you mean 'print'?");
  REQUIRE(error_of("\nx = 1") == "test.lua:2: undeclared global 'x'; write 'local' before its first use");
  REQUIRE(error_of("load('y = 1', '=inner')()") == "inner:1: undeclared global 'y'; write 'local' before its first use");
  REQUIRE(printed_by("rawset(_G, 'declared', 1) declared = declared + 1 print(declared)") == "2\n");
}

TEST_CASE("sandbox: what was removed says what to use instead") {
  REQUIRE_THAT(error_of("io.open('/etc/passwd')"), ContainsSubstring("test.lua:1: io.open is not available in a runbook; use machine"));
  REQUIRE_THAT(error_of("os.execute('ls')"), ContainsSubstring("os.execute is not available in a runbook; use machine.here():run"));
  REQUIRE_THAT(error_of("dofile('x')"), ContainsSubstring("dofile is not available in a runbook; use require"));
  REQUIRE_THAT(error_of("print(package.path)"), ContainsSubstring("package.path is not available"));
  REQUIRE_THAT(error_of("string.dump(print)"), ContainsSubstring("string.dump is not available"));
  REQUIRE_THAT(error_of("unpack{}"), ContainsSubstring("use table.unpack"));
}

TEST_CASE("sandbox: a loop is ended by the cpu limit, whatever catches errors") {
  Limits limits;
  limits.cpu_seconds = 0.05;
  for (const char* source : {"while true do end", "while true do pcall(function() while true do end end) end",
                             "coroutine.wrap(function() while true do end end)()",
                             "xpcall(function() while true do end end, function() while true do end end)"}) {
    Runner runner(limits);
    const Ran ran = runner.run(source);
    REQUIRE(ran.verdict == Verdict::kCpu);
    REQUIRE_THAT(ran.error, ContainsSubstring("test.lua:1: the cpu limit was met"));
  }
}

TEST_CASE("sandbox: the memory limit ends a script that does not stop") {
  Limits limits;
  limits.memory_bytes = 4 << 20;
  Runner runner(limits);
  REQUIRE(runner.run("local t = {} for i = 1, 1e9 do t[i] = {} end").verdict == Verdict::kMemory);
  REQUIRE(runner.run("assert(not pcall(string.rep, 'x', 1 << 30))").verdict == Verdict::kNone);
}

TEST_CASE("sandbox: a primitive waits inside coroutines, iterators and pcall") {
  Runner runner;
  const Ran ran = runner.run(R"(
    local co = coroutine.wrap(function()
      for i = 1, 3 do coroutine.yield(wait() .. i) end
    end)
    print(pcall(co))
    print(coroutine.resume(coroutine.create(function() return co(), wait() end)))
    for v in co do print(v) end
  )");
  INFO(ran.error);
  REQUIRE(ran.printed == "true\twaited1\ntrue\twaited2\twaited\nwaited3\n");
  REQUIRE(ran.waits == 4);
}

TEST_CASE("sandbox: waiting where it is impossible is a clean error") {
  REQUIRE_THAT(error_of("table.sort({2, 1}, function(a, b) wait() return a < b end)"), ContainsSubstring("cannot wait here"));
  REQUIRE_THAT(error_of("('x'):gsub('x', function() wait() end)"), ContainsSubstring("cannot wait here"));
  REQUIRE_THAT(error_of("coroutine.yield()"), ContainsSubstring("outside a coroutine"));
}

TEST_CASE("sandbox: require runs what the host resolves, once, and names cycles") {
  Runner runner;
  runner.sandbox().set_resolver([](lua_State* L, const std::string& name) -> Resolved {
    if (name == "native") {
      lua_pushliteral(L, "from the host");
      return {Resolved::Kind::kPushed, {}, {}, {}};
    }
    if (name == "one") return {Resolved::Kind::kSource, "print('loading', ...) return { n = 1 }", "lib/one.lua", {}};
    if (name == "a") return {Resolved::Kind::kSource, "require 'b'", "a.lua", {}};
    if (name == "b") return {Resolved::Kind::kSource, "require 'a'", "b.lua", {}};
    if (name == "waits") return {Resolved::Kind::kSource, "local x = wait()", "waits.lua", {}};
    if (name == "broken") return {Resolved::Kind::kSource, "local = 1", "broken.lua", {}};
    return {Resolved::Kind::kMissing, {}, {}, "not in lib/"};
  });
  REQUIRE(runner.run("print(require 'one'.n, require 'one' == require 'one', require 'native')").printed ==
          "loading\tone\tlib/one.lua\n1\ttrue\tfrom the host\n");
  REQUIRE_THAT(runner.run("require 'a'").error, ContainsSubstring("in a cycle: a -> b -> a"));
  REQUIRE_THAT(runner.run("require 'waits'").error, ContainsSubstring("waits.lua:1: module 'waits' is being loaded"));
  REQUIRE_THAT(runner.run("coroutine.wrap(function() require 'waits' end)()").error, ContainsSubstring("is being loaded"));
  REQUIRE_THAT(runner.run("require 'broken'").error, ContainsSubstring("broken.lua:1:"));
  REQUIRE_THAT(runner.run("require 'none'").error, ContainsSubstring("module 'none' not found: not in lib/"));
}

TEST_CASE("sandbox: describing an error value neither hangs nor raises") {
  Limits limits;
  limits.cpu_seconds = 5;
  Runner runner(limits);
  REQUIRE(runner.run("error(setmetatable({}, { __tostring = function() while true do end end }))").error ==
          "(error object is a table value)");
  REQUIRE(runner.run("error(setmetatable({}, { __tostring = function() error 'x' end }))").error ==
          "(error object is a table value)");
  REQUIRE(runner.run("error({ message = 'told' })").error == "told");
  REQUIRE(runner.run("error()").error == "nil");
  REQUIRE(runner.run("error(12)").error == "12");
  REQUIRE(runner.run("error(('x'):rep(1 << 20), 0)").error.size() < 20000);
  REQUIRE(runner.run("print 'still alive'").ok);
}

TEST_CASE("sandbox: whichever allocation fails, the machine goes on") {
  const char* script = R"(
    local t = {}
    for i = 1, 20 do t[i] = ("x"):rep(i) .. tostring({}) end
    table.sort(t)
    local co = coroutine.wrap(function() for k, v in pairs({ a = 1, b = 2 }) do coroutine.yield(k .. wait()) end end)
    assert(pcall(co))
    local s = table.concat(t, ","):gsub("x+", function(x) return #x end)
    local f = load("return ...")
    f(string.format("%s %d", s, 3))
    pcall(require, "nothing")
    print(s)
  )";
  int failed = 0;
  std::size_t nth = 0;
  for (bool ok = false; !ok; ++nth) {
    REQUIRE(nth < 5000);
    Runner runner;
    runner.sandbox().account().fail_from(nth + 1);
    const Ran ran = runner.run(script);
    ok = ran.ok;
    if (!ok) {
      ++failed;
      INFO(nth << ": " << ran.error);
      const bool told = ran.error.find("memory") != std::string::npos || ran.error.find("assertion") != std::string::npos;
      REQUIRE(told);
    }
    runner.sandbox().account().fail_from(0);
    REQUIRE(runner.run("print 'alive'").printed == "alive\n");
  }
  REQUIRE(failed > 50);
}

TEST_CASE("sandbox: memory too small to start with is an error") {
  Limits limits;
  limits.memory_bytes = 4096;
  REQUIRE(Sandbox::create(limits).error().code == "limit.memory");
}

TEST_CASE("sandbox: host buffers count as the script's memory") {
  Limits limits;
  limits.memory_bytes = 1 << 20;
  Runner runner(limits);
  const std::size_t before = runner.sandbox().account().used();
  REQUIRE(runner.sandbox().account().charge(900000));
  REQUIRE_FALSE(runner.sandbox().account().charge(900000));
  REQUIRE(runner.run("local s = ('x'):rep(300000)").verdict == Verdict::kMemory);
  runner.sandbox().account().release(900000);
  REQUIRE(runner.run("local s = ('x'):rep(300000)").ok);
  REQUIRE(runner.sandbox().account().used() < before + 500000);
}

TEST_CASE("sandbox: an error the host marks goes through pcall") {
  Runner runner;
  runner.sandbox().set_must_reraise([](lua_State* L) { return lua_type(L, -1) == LUA_TSTRING && std::string_view(lua_tostring(L, -1)) == "cancelled"; });
  REQUIRE(runner.run("pcall(error, 'cancelled', 0) print 'survived'").error == "cancelled");
  REQUIRE(runner.run("coroutine.resume(coroutine.create(function() pcall(error, 'cancelled', 0) end)) print 'survived'").error == "cancelled");
  REQUIRE(runner.run("pcall(error, 'other', 0) print 'on'").printed == "on\n");
}

TEST_CASE("sandbox: an embedder may replace what ends a script that cannot be interrupted") {
  static volatile std::sig_atomic_t called;
  called = 0;
  Limits limits;
  limits.cpu_seconds = 0.05;
  Runner runner(limits);
  runner.sandbox().set_fatal([](Verdict verdict) { called = called + (verdict == Verdict::kCpu ? 1 : 100); });
  lua_State* L = runner.sandbox().state();
  lua_pushcfunction(L, [](lua_State*) {
    while (called == 0) {
    }
    return 0;
  });
  runner.sandbox().set_global(L, "stuck");
  REQUIRE(runner.run("stuck() print 'survived'").verdict == Verdict::kCpu);
  REQUIRE(called >= 1);
  REQUIRE(called < 100);
}

TEST_CASE("sandbox: a waiting coroutine can be neither resumed nor closed by another task") {
  Runner runner;
  Sandbox& sandbox = runner.sandbox();
  auto task = sandbox.new_coroutine();
  REQUIRE(task.ok());
  REQUIRE(sandbox.load(*task, "rawset(_G, 'co', coroutine.create(function() wait() return 'end' end)) return coroutine.resume(co)", "task.lua").ok());
  int results = 0;
  const auto go = [&] {
    const Sandbox::Slice slice(sandbox, *task);
    return lua_resume(*task, sandbox.state(), 0, &results);
  };
  REQUIRE(go() == LUA_YIELD);
  REQUIRE(is_waiting(*task));
  REQUIRE(runner.run("print(coroutine.status(co), coroutine.resume(co))").printed == "normal\tfalse\tcannot resume non-suspended coroutine\n");
  REQUIRE_THAT(runner.run("coroutine.close(co)").error, ContainsSubstring("cannot close a normal coroutine"));
  lua_pop(*task, 1);
  REQUIRE(go() == LUA_OK);
  REQUIRE(results == 2);
  REQUIRE(std::string_view(lua_tostring(*task, -1)) == "end");
}

TEST_CASE("sandbox: limits are explained") {
  Limits limits;
  limits.output_bytes = 1000;
  Runner runner(limits);
  REQUIRE(runner.run("\nprint(('x'):rep(2000))").error == "test.lua:2: the output limit of 1000 bytes was met");
  REQUIRE(exit_status(Verdict::kCpu) == 10);
  REQUIRE(exit_status(Verdict::kMemory) == 11);
  REQUIRE(exit_status(Verdict::kTasks) == 12);
}

}  // namespace runbook::script
