// SPDX-License-Identifier: Apache-2.0
// Strict globals: what is not declared raises, and what a runbook does not have says what to use instead.
#include <algorithm>
#include <cstring>

#include "host/core/text.h"
#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

struct Removed {
  const char* name;
  const char* instead;
};

constexpr const char* kRead = "use machine.here():read(path), with permission read = {...}";
constexpr const char* kWrite = "use machine.here():write(path, text), with permission write = {...}";
constexpr const char* kRun = "use machine.here():run{...}, with permission run = {...}";
constexpr const char* kModules = "modules are found beside the runbook, in lib/, and among the built-in ones";

/// Whole libraries are listed with a dot; the entry with nothing after it serves the rest of the library.
constexpr Removed kRemoved[] = {
    {"io.open", "use machine.here():read(path) or :write(path, text), with permission read or write = {...}"},
    {"io.lines", kRead},
    {"io.read", "declare a parameter; it is asked for on a terminal"},
    {"io.write", "use print"},
    {"io.stdout", "use print"},
    {"io.stderr", "use require(\"log\")"},
    {"io.popen", kRun},
    {"io.", kRead},
    {"os.execute", kRun},
    {"os.exit", "return from the runbook, or raise an error"},
    {"os.getenv", "declare a parameter or a secret"},
    {"os.remove", "use machine.here():remove(path), with permission write = {...}"},
    {"os.rename", kWrite},
    {"os.tmpname", kWrite},
    {"os.setlocale", "text is UTF-8 everywhere"},
    {"debug.traceback", "errors keep where they were raised; raise them on, or use error(value, 0)"},
    {"debug.", "print what you need to see, or run with --verbose"},
    {"package.", kModules},
    {"string.dump", "only source text can be loaded"},
    {"dofile", "use require"},
    {"loadfile", "use require, or load with text"},
    {"warn", "use require(\"log\")"},
    // of older versions of Lua
    {"loadstring", "use load"},
    {"unpack", "use table.unpack"},
    {"setfenv", "give load an environment"},
    {"getfenv", "give load an environment"},
    {"module", "return a table from the file"},
    {"bit32.", "use the operators & | ~ << >>"},
};

const Removed* find_removed(std::string_view name) {
  for (const Removed& entry : kRemoved) {
    if (name == entry.name) return &entry;
  }
  return nullptr;
}

[[noreturn]] void raise_removed(lua_State* L, const std::string& name, const Removed& entry) {
  raise(L, cat(name, " is not available in a runbook; ", entry.instead));
}

std::string text_at(lua_State* L, int index) {
  std::size_t length = 0;
  const char* text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : nullptr;
  return text != nullptr ? std::string(text, std::min<std::size_t>(length, 200)) : std::string(luaL_typename(L, index));
}

int call_removed(lua_State* L) {
  const char* name = lua_tostring(L, lua_upvalueindex(1));
  raise_removed(L, name, *find_removed(name));
}

/// The index of a library's stand-in, or of a library that lacks a function. Upvalue 1: "io."
int index_library(lua_State* L) {
  const std::string prefix = lua_tostring(L, lua_upvalueindex(1));
  const std::string name = prefix + text_at(L, 2);
  const Removed* entry = find_removed(name);
  if (entry == nullptr) entry = find_removed(prefix);
  if (entry != nullptr) raise_removed(L, name, *entry);
  return 0;
}

/// Gives the table on top a metatable that explains what it lacks.
void explain_missing(lua_State* L, const char* prefix, bool frozen) {
  lua_createtable(L, 0, 3);
  lua_pushstring(L, prefix);
  lua_pushcclosure(L, index_library, 1);
  lua_setfield(L, -2, "__index");
  if (frozen) {
    lua_pushstring(L, prefix);
    lua_pushcclosure(L, index_library, 1);
    lua_setfield(L, -2, "__newindex");
  }
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
}

std::vector<std::string> global_names(lua_State* L) {
  std::vector<std::string> out;
  lua_pushglobaltable(L);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) out.emplace_back(lua_tostring(L, -1));
  }
  lua_pop(L, 1);
  std::sort(out.begin(), out.end());
  return out;
}

int read_undeclared(lua_State* L) {
  const std::string name = text_at(L, 2);
  if (find_removed(name) != nullptr) {
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, call_removed, 1);
    return 1;
  }
  if (find_removed(name + ".") != nullptr) {
    lua_newtable(L);
    explain_missing(L, (name + ".").c_str(), true);
    return 1;
  }
  const std::string near = did_you_mean(name, global_names(L));
  raise(L, cat("undeclared global '", printable(name), "'", near.empty() ? "" : "; did you mean '" + near + "'?"));
}

int write_undeclared(lua_State* L) {
  raise(L, cat("undeclared global '", printable(text_at(L, 2)), "'; write 'local' before its first use"));
}

}  // namespace

void open_globals(lua_State* L) {
  lua_pushglobaltable(L);
  for (const char* library : {"os", "string"}) {
    lua_getfield(L, -1, library);
    explain_missing(L, cat(library, ".").c_str(), false);
    lua_pop(L, 1);
  }
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, read_undeclared);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, write_undeclared);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

}  // namespace runbook::script
