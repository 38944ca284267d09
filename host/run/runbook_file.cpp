// SPDX-License-Identifier: Apache-2.0
#include "host/run/runbook_file.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <set>
#include <vector>

#include "host/core/text.h"
#include "host/run/lua_lexer.h"
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

// The names that stand for the library in a file: those of a statement that requires it, and those given one of them.
class LibraryNames {
 public:
  // The token is at `i`; what comes before it is known.
  void look(const std::vector<lua::Token>& tokens, std::size_t i) {
    const std::size_t value = i + 1 < tokens.size() && tokens[i + 1].is("(") ? i + 2 : i + 1;
    const bool required = tokens[i].is_name() && tokens[i].text == "require" && value < tokens.size() &&
                          tokens[value].kind == lua::TokenKind::kString && tokens[value].text == "runbook";
    const bool handed_on = i > 0 && tokens[i - 1].is("=") && holds(tokens[i]) && !goes_on(tokens, i + 1);
    if (!required && !handed_on) return;
    std::size_t at = i;
    while (at > 0 && !tokens[at].is("=")) --at;
    while (at > 0 && (tokens[at - 1].is_name() || tokens[at - 1].is(",") || tokens[at - 1].is("."))) {
      if (tokens[--at].is_name()) names_.insert(tokens[at].text);
    }
  }
  bool holds(const lua::Token& token) const { return token.is_name() && names_.count(token.text) > 0; }

 private:
  static bool goes_on(const std::vector<lua::Token>& tokens, std::size_t i) {
    return i < tokens.size() && (tokens[i].is(".") || tokens[i].is("[") || tokens[i].is("(") || tokens[i].is(":"));
  }
  std::set<std::string> names_;
};

// How many tokens from `i` on are `.runbook` or `["runbook"]`; 0 where there is neither.
std::size_t field_length(const std::vector<lua::Token>& tokens, std::size_t i) {
  const auto is_runbook = [&](std::size_t at, lua::TokenKind kind) {
    return at < tokens.size() && tokens[at].kind == kind && tokens[at].text == "runbook";
  };
  if (tokens[i].is(".") && is_runbook(i + 1, lua::TokenKind::kName)) return 2;
  const bool closed = i + 2 < tokens.size() && tokens[i + 2].is("]");
  return tokens[i].is("[") && is_runbook(i + 1, lua::TokenKind::kString) && closed ? 3 : 0;
}

int declare(lua_State* L) {
  auto& declared = *static_cast<Declared*>(lua_touserdata(L, lua_upvalueindex(1)));
  if (declared.table) return script::raise(L, Error("declaration.invalid", "rb.runbook is called twice; a file declares one runbook"));
  auto table = script::to_value(L, 1, "rb.runbook");
  if (!table) return script::raise(L, Error("declaration.invalid", table.error().message));
  declared.table = std::move(*table);
  if (declared.too_late) {
    return script::raise(L, Error("declaration.invalid", "the file came to declare a runbook only while it ran",
                                  "write: return rb.runbook { ... }, with 'local rb = require \"runbook\"'"));
  }
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

// By the text alone: the file must not have run when it is known what it may do.
bool declares_runbook(std::string_view text) {
  if (text.find("runbook") == std::string_view::npos) return false;
  std::vector<lua::Token> tokens;
  lua::Lexer lexer(text);
  do tokens.push_back(lexer.next());
  while (tokens.back().kind != lua::TokenKind::kEnd);
  LibraryNames library;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    library.look(tokens, i);
    const std::size_t length = i > 0 ? field_length(tokens, i) : 0;
    if (length == 0) continue;
    const lua::Token& owner = tokens[i - 1];
    const lua::Token& after = tokens[std::min(i + length, tokens.size() - 1)];
    if (after.is("{") || after.is("(")) return true;
    // Kept for later, or handed on: by what is known to be the library, or by a value without a name.
    if (!after.is("=") && (library.holds(owner) || owner.is(")") || owner.kind == lua::TokenKind::kString)) return true;
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
    parsed = vm.load(L, source.text, source.name);
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
