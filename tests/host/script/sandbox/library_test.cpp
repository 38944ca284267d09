// SPDX-License-Identifier: Apache-2.0
// The library functions of our own do what the stock ones do.
#include <random>

#include "tests/host/script/sandbox/run.h"

namespace runbook::script {
namespace {

/// Calls string.<function>(arguments...) and writes all results, or the error, as text.
std::string outcome(lua_State* L, const char* function, const std::vector<std::string>& arguments) {
  lua_settop(L, 0);
  lua_getglobal(L, "string");
  lua_getfield(L, -1, function);
  lua_remove(L, 1);
  for (const std::string& argument : arguments) lua_pushlstring(L, argument.data(), argument.size());
  std::string out = lua_pcall(L, static_cast<int>(arguments.size()), LUA_MULTRET, 0) == LUA_OK ? "ok" : "error";
  for (int i = 1; i <= lua_gettop(L); ++i) {
    std::size_t length = 0;
    const char* text = luaL_tolstring(L, i, &length);
    out.append("|").append(luaL_typename(L, i)).append(" ").append(text, length);
    lua_pop(L, 1);
  }
  lua_settop(L, 0);
  return out;
}

/// string.gmatch's matches, joined by the script itself.
void add_all_matches(lua_State* L) {
  const char* code =
      "function string.all(s, p) local out = {} for a, b, c in string.gmatch(s, p) do "
      "out[#out + 1] = tostring(a) .. '/' .. tostring(b) .. '/' .. tostring(c) end return table.concat(out, ';') end "
      "function string.upper_all(s, p) return string.gsub(s, p, function(x, y) return x and tostring(x):upper() end) end";
  REQUIRE(luaL_dostring(L, code) == LUA_OK);
}

class Texts {
 public:
  std::string pattern() {
    static const std::vector<std::string> pieces = {"a",  "b",   ".",    "%a",  "%d",   "%s",     "%w",      "%W",  "%u",   "%.",  "%%",
                                                    "*",  "+",   "-",    "?",   "(",    ")",      "()",      "%1",  "%2",   "^",   "$",
                                                    "[",  "]",   "[ab]", "[^a]", "[a-c]", "[%a_]", "[%]]",    "[]]", "%b()", "%bab", "%f[%w]",
                                                    "%f", "[a-", "%",    "x",   "%z",   "[^%s]",  "(a*",     ")b",  "%g",   "\xE4", "1"};
    return pick(pieces, 7);
  }
  std::string subject() {
    static const std::vector<std::string> pieces = {"a", "b", "c", "ab", "(", ")", " ", "1", "9", "_", ".", "%", "]", "^", "A", "\xE4", "x", "$"};
    return pick(pieces, 14);
  }
  std::string replacement() {
    static const std::vector<std::string> pieces = {"a", "%0", "%1", "%2", "%%", "<", ">", "%"};
    return pick(pieces, 4);
  }
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

 private:
  std::string pick(const std::vector<std::string>& pieces, int most) {
    std::string out;
    for (int i = below(most + 1); i > 0; --i) out += pieces[static_cast<std::size_t>(below(static_cast<int>(pieces.size())))];
    return out;
  }
  std::mt19937 random_{20240607};
};

}  // namespace

TEST_CASE("sandbox: patterns give what the stock library gives") {
  auto made = Sandbox::create({});
  REQUIRE(made.ok());
  lua_State* ours = (*made)->state();
  lua_State* stock = luaL_newstate();
  luaL_openlibs(stock);
  add_all_matches(ours);
  add_all_matches(stock);
  Texts texts;
  for (int round = 0; round < 40000; ++round) {
    const std::string subject = texts.subject();
    const std::string pattern = texts.pattern();
    const std::string init = std::to_string(texts.below(12) - 5);
    for (const char* function : {"find", "match", "gsub", "all", "upper_all"}) {
      std::vector<std::string> arguments = {subject, pattern};
      if (std::string_view(function) == "gsub") {
        arguments.push_back(texts.replacement());
      } else if (texts.below(3) == 0) {
        arguments.push_back(init);
      }
      const std::string expected = outcome(stock, function, arguments);
      const std::string got = outcome(ours, function, arguments);
      if (got != expected) {
        INFO(function << " subject=" << subject << " pattern=" << pattern << " third=" << (arguments.size() > 2 ? arguments[2] : ""));
        REQUIRE(got == expected);
      }
    }
  }
  lua_close(stock);
}

TEST_CASE("sandbox: table and string functions give what the stock library gives") {
  const char* calls[] = {
      "local t = {3, 1, 2} table.sort(t) return table.concat(t, ',')",
      "local t = {'b', 'a', 'c'} table.sort(t, function(a, b) return a > b end) return table.concat(t, ',')",
      "local t = {} for i = 1, 200 do t[i] = (i * 7919) % 211 end table.sort(t) return table.concat(t, ' ')",
      "return pcall(table.sort, {1, 'x', 2})",
      "return pcall(table.sort, {1, 2}, 3)",
      "local t = {1, 2, 3} table.insert(t, 2, 'x') table.insert(t, 'end') return table.concat(t, ',')",
      "return pcall(table.insert, {1, 2}, 5, 'x')",
      "return pcall(table.insert, {1, 2}, 0, 'x')",
      "return pcall(table.insert, {}, 1, 2, 3)",
      "return pcall(table.insert, nil, 1)",
      "local t = {1, 2, 3} return table.remove(t), table.remove(t, 1), #t, t[1]",
      "return table.remove({}), table.remove({}, 0), (pcall(table.remove, {1, 2}, 7))",
      "return table.remove({1, 2}, 3), #table.pack(table.remove({}, #{}))",
      "return table.concat({1, 2, 3}, '-', 2, 3), table.concat({}, 'x'), table.concat({1, 2}, ', ', 1, 1)",
      "return pcall(table.concat, {1, {}, 3})",
      "return table.concat({[math.maxinteger] = 'x'}, ',', math.maxinteger, math.maxinteger)",
      "return table.unpack(table.move({1, 2, 3}, 1, 3, 2))",
      "return table.unpack(table.move({1, 2, 3}, 2, 3, 1))",
      "return table.unpack(table.move({1, 2, 3}, 1, 3, 1, {}))",
      "return pcall(table.move, {}, 1, math.maxinteger, 2)",
      "return pcall(table.move, {}, -1, math.maxinteger, 2)",
      "return ('ab'):rep(3), ('ab'):rep(3, ','), ('x'):rep(0), ('x'):rep(-1), (''):rep(100), ('a'):rep(1, 'sep')",
      "return pcall(string.rep, 'x', math.maxinteger)",
      "return string.format('%5.2f|%-5s|%05d|%x|%q|%s|%s|%%', 3.14159, 'ab', 42, 255, 'a\\nb', nil, true)",
      "return pcall(string.format, '%d', 'x')",
      "return pcall(string.format, '%s')",
      "return pcall(string.format, '%y', 1)",
      "return pcall(string.format, '%')",
      "return string.format('%s', setmetatable({}, { __tostring = function() return 'shown' end }))",
      "return ('hello'):find('l'), ('hello'):find('xyz'), ('hello'):find('l', 1, true), ('a.b'):find('.', 2, true), ('a'):find('', 10)",
      "return ('hello world'):gsub('o', '0', 1), ('abc'):gsub('%w', { a = '1', b = false }), ('abc'):gsub('', '-')",
      "return pcall(string.gsub, 'x', 'x', {x = {}})",
      "return pcall(string.gsub, 'x', 'x')",
      "return pcall(string.rep)",
      "return tostring(1), tostring(1.5), tostring(nil), tostring('x'), tostring(-0.0), tostring(1e100)",
      "return select('#', table.unpack({}, 1, 3)), select(-1, 1, 2, 3)",
      "return pcall(error, 'x', 0), pcall(error), pcall(error, { 1 } and 'y')",
      "return xpcall(error, function(e) return 'handled ' .. tostring(e) end, 'x', 0)",
      "return xpcall(function(...) return select('#', ...) end, print, 1, nil, nil)",
      "local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) error('x' .. b) end) "
      "local r = { coroutine.resume(co, 1) } local s = { coroutine.resume(co, 5) } "
      "return r[1], r[2], s[1], s[2], coroutine.status(co), coroutine.resume(co)",
      "local co co = coroutine.wrap(function() return coroutine.status(coroutine.running()), pcall(co) end) return co()",
      "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() error('c') end}) "
      "coroutine.yield() end) coroutine.resume(co) return coroutine.close(co)",
      "local co = coroutine.create(function() end) coroutine.resume(co) return coroutine.close(co), coroutine.status(co)",
      "return load('return 1 + 1')(), load('syntax error here'), load(function() return nil end)",
      "local n = 0 return load(function() n = n + 1 return ({'return ', '42'})[n] end)()",
      "return load('return x', 'name', 't', { x = 'env' })()",
      "local r = {} for k, v in pairs({10, 20, 30}) do r[#r + 1] = k .. v end return table.concat(r, ' ')",
      "return pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {})",
      "return getmetatable(setmetatable({}, { __metatable = 'locked' }))",
      "return pcall(setmetatable, 1, {})",
      "local t = setmetatable({}, { __pairs = function(t) return function(_, k) if not k then return 1, 2 end end, t end }) "
      "for k, v in pairs(t) do return k, v end",
      "return pcall(pairs)",
  };
  auto made = Sandbox::create({});
  REQUIRE(made.ok());
  lua_State* ours = (*made)->state();
  lua_State* stock = luaL_newstate();
  luaL_openlibs(stock);
  for (const char* call : calls) {
    INFO(call);
    std::string results[2];
    for (lua_State* L : {stock, ours}) {
      std::string& out = results[L == ours ? 1 : 0];
      lua_settop(L, 0);
      REQUIRE(luaL_loadstring(L, call) == LUA_OK);
      if (lua_pcall(L, 0, LUA_MULTRET, 0) != LUA_OK) out = "raised ";
      for (int i = 1; i <= lua_gettop(L); ++i) {
        out += lua_type(L, i) == LUA_TFUNCTION ? "function" : luaL_tolstring(L, i, nullptr);
        out += '|';
        if (lua_type(L, i) != LUA_TFUNCTION) lua_pop(L, 1);
      }
    }
    REQUIRE(results[1] == results[0]);
  }
  lua_close(stock);
}

TEST_CASE("sandbox: pairs walks numbers, then strings, then booleans, in order") {
  Runner runner;
  const Ran ran = runner.run(R"(
    local t = { z = 1, a = 2, [3] = 'c', [1] = 'a', [-5] = 'm', [2.5] = 'f', [true] = 't', [false] = 'f', mm = 3 }
    local keys = {}
    for k in pairs(t) do keys[#keys + 1] = tostring(k) end
    print(table.concat(keys, ' '))
    for k in pairs(t) do t[k] = nil end
    print(next(t))

    
  )");
  REQUIRE_THAT(ran.printed, ContainsSubstring("-5 1 2.5 3 a mm z false true\nnil\n"));
  REQUIRE(runner.run("local t = {a = 1, b = 2, c = 3} for k in pairs(t) do t.b = nil print(k) end").printed == "a\nc\n");
}

TEST_CASE("sandbox: values are shown without addresses, the same value always the same") {
  Runner runner;
  const Ran ran = runner.run(R"(
    local t, f = {}, function() end
    assert(tostring(t) == tostring(t) and tostring(t) ~= tostring({}))
    assert(tostring(t):match('^table: %x%x%x%x%x%x%x%x$') and tostring(f):match('^function: %x+$'))
    assert(string.format('%s', t) == tostring(t))
    assert(not pcall(string.format, '%p', t))
  )");
  INFO(ran.error);
  REQUIRE(ran.ok);
}

TEST_CASE("sandbox: only what is on the list is global") {
  Runner runner;
  REQUIRE(runner.run("local out = {} for k in pairs(_G) do out[#out + 1] = k end print(table.concat(out, ' '))").printed ==
          "_G _VERSION assert collectgarbage coroutine error getmetatable ipairs load math next os pairs pcall print "
          "rawequal rawget rawlen rawset require select setmetatable string table tonumber tostring type utf8 wait xpcall\n");
  REQUIRE(runner.run("local out = {} for k in pairs(os) do out[#out + 1] = k end print(table.concat(out, ' '))").printed ==
          "clock date difftime time\n");
}

}  // namespace runbook::script
