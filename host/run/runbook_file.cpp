// SPDX-License-Identifier: Apache-2.0
#include "host/run/runbook_file.h"

#include <unistd.h>

#include <cctype>
#include <climits>
#include <cstdlib>

#include "host/core/text.h"
#include "host/script/errors.h"
#include "host/script/source_file.h"
#include "host/script/values.h"

namespace runbook {
namespace {

const char kDeclaredMark = 0;

std::string absolute(const std::string& file) {
  if (!file.empty() && file[0] == '/') return file;
  char buffer[PATH_MAX];
  if (!getcwd(buffer, sizeof buffer)) return file;
  return cat(buffer, "/", file);
}

// Skips a comment or a quoted string that starts at `i`; gives the offset behind it, or `i` where there is none.
std::size_t skip_text(std::string_view text, std::size_t i) {
  const auto long_bracket = [&](std::size_t at) -> std::size_t {
    if (at >= text.size() || text[at] != '[') return 0;
    std::size_t level = at + 1;
    while (level < text.size() && text[level] == '=') ++level;
    if (level >= text.size() || text[level] != '[') return 0;
    const std::string close = cat("]", std::string(level - at - 1, '='), "]");
    const std::size_t end = text.find(close, level);
    return end == std::string_view::npos ? text.size() : end + close.size();
  };
  if (text.compare(i, 2, "--") == 0) {
    if (const std::size_t end = long_bracket(i + 2)) return end;
    const std::size_t end = text.find('\n', i);
    return end == std::string_view::npos ? text.size() : end;
  }
  if (text[i] == '"' || text[i] == '\'') {
    for (std::size_t j = i + 1; j < text.size() && text[j] != '\n'; ++j) {
      if (text[j] == '\\') ++j;
      else if (text[j] == text[i]) return j + 1;
    }
    return i + 1;
  }
  if (const std::size_t end = long_bracket(i)) return end;
  return i;
}

int declare(lua_State* L) {
  auto& declared = *static_cast<Declared*>(lua_touserdata(L, lua_upvalueindex(1)));
  if (declared.table) return script::raise(L, Error("declaration.invalid", "rb.runbook is called twice; a file declares one runbook"));
  auto table = script::to_value(L, 1, "rb.runbook");
  if (!table) return script::raise(L, Error("declaration.invalid", table.error().message));
  declared.table = std::move(*table);
  lua_settop(L, 2);
  declared.run_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pushlightuserdata(L, const_cast<char*>(&kDeclaredMark));
  return 1;
}

}  // namespace

Result<Source> read_source_file(const std::string& file) {
  auto text = script::read_source(file);
  if (!text) return std::move(text).error();
  Source source;
  source.path = absolute(file);
  const auto slash = source.path.rfind('/');
  source.name = source.path.substr(slash + 1);
  source.directory = slash == 0 ? "/" : source.path.substr(0, slash);
  source.text = std::move(*text);
  return source;
}

bool declares_runbook(std::string_view text) {
  constexpr std::string_view kName = "runbook";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t next = skip_text(text, i);
    if (next != i) {
      i = next;
      continue;
    }
    if (text[i] == '.' && text.compare(i + 1, kName.size(), kName) == 0) {
      std::size_t after = i + 1 + kName.size();
      while (after < text.size() && std::isspace(static_cast<unsigned char>(text[after]))) ++after;
      if (after < text.size() && (text[after] == '{' || text[after] == '(')) return true;
    }
    ++i;
  }
  return false;
}

void add_declare(lua_State* L, Declared& declared) {
  lua_pushlightuserdata(L, &declared);
  lua_pushcclosure(L, declare, 1);
  lua_setfield(L, -2, "declare");
}

Result<Declaration> load_declaration(script::Vm& vm, const Source& source, Declared& declared) {
  bool returned = false;
  Status parsed = Unit{};
  RUNBOOK_TRY(vm.call([&](lua_State* L) {
    lua_settop(L, 0);
    parsed = vm.sandbox().load(L, source.text, source.name);
    if (!parsed) return;
    lua_call(L, 0, 1);
    returned = lua_touserdata(L, -1) == &kDeclaredMark;
  }));
  RUNBOOK_TRY(std::move(parsed));
  if (!declared.table || !returned) {
    Error error("declaration.invalid", "the file calls rb.runbook but does not return what it gives", "write: return rb.runbook { ... }");
    error.where = source.name;
    return error;
  }
  auto declaration = read_declaration(*declared.table, pattern_matcher(vm));
  if (!declaration && declaration.error().where.empty()) declaration.error().where = source.name;
  return declaration;
}

MatchPattern pattern_matcher(script::Vm& vm) {
  return [&vm](std::string_view text, std::string_view pattern) -> Result<bool> {
    bool matched = false;
    RUNBOOK_TRY(vm.call([&](lua_State* L) {
      lua_getglobal(L, "string");
      lua_getfield(L, -1, "find");
      lua_pushlstring(L, text.data(), text.size());
      lua_pushlstring(L, pattern.data(), pattern.size());
      lua_call(L, 2, 1);
      matched = !lua_isnil(L, -1);
    }));
    return matched;
  };
}

}  // namespace runbook
