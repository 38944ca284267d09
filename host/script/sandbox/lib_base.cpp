// SPDX-License-Identifier: Apache-2.0
// The basic functions: the stock ones from an allow-list, and our own where the stock one would let a script out.
#include <cstring>

#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

lua_CFunction stock_setmetatable = nullptr;  // the same in every virtual machine

// --- pcall, xpcall: a kill goes through them ---

int finish_pcall(lua_State* L, int status, lua_KContext skip) {
  if (status != LUA_OK && status != LUA_YIELD) {
    if (core_of(L).watchdog.killed()) raise_kill(L);
    if (passes_on(L)) return lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  return lua_gettop(L) - static_cast<int>(skip);
}

int base_pcall(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  const int handler = Sandbox::push_error_handler(L) ? 1 : 0;
  if (handler != 0) lua_insert(L, handler);
  return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2 - handler, LUA_MULTRET, handler, handler, finish_pcall), handler);
}

/// The script's message handler, which must not run once the script is killed: hooks are off in it then.
int guarded_handler(lua_State* L) {
  if (core_of(L).watchdog.killed()) return 1;
  lua_settop(L, 1);
  if (const Core& core = core_of(L); core.on_error) core.on_error(L, 1);
  if (passes_on(L)) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

int base_xpcall(lua_State* L) {
  const int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, guarded_handler, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return finish_pcall(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_pcall), 2);
}

// --- print, tostring ---

int base_print(lua_State* L) {
  const int count = lua_gettop(L);
  Core& core = core_of(L);
  std::string line;
  for (int i = 1; i <= count; ++i) {
    std::size_t length = 0;
    const char* text = push_display(L, i, &length);
    core.owner->charge_output(L, length + 1);
    if (i > 1) line += '\t';
    line.append(text, length);
    lua_pop(L, 1);
  }
  if (count == 0) core.owner->charge_output(L, 1);
  if (core.print) core.print(line);
  return 0;
}

int base_tostring(lua_State* L) {
  luaL_checkany(L, 1);
  push_display(L, 1, nullptr);
  return 1;
}

// --- load ---

int load_failed(lua_State* L, const std::string& message) {
  lua_pushnil(L);
  lua_pushlstring(L, message.data(), message.size());
  return 2;
}

/// Gives the pieces that the function at 1 returns, joined.
int collect_pieces(lua_State* L) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  std::size_t total = 0;
  for (;;) {
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) break;
    if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "reader function must return a string");
    const std::size_t length = lua_rawlen(L, -1);
    if (length == 0) break;
    total += length;
    if (total > kMaxChunk) luaL_error(L, "the source is longer than %d bytes", static_cast<int>(kMaxChunk));
    luaL_addvalue(&buffer);
  }
  lua_pop(L, 1);
  luaL_pushresult(&buffer);
  return 1;
}

int base_load(lua_State* L) {
  const bool has_env = !lua_isnone(L, 4);
  lua_settop(L, 4);
  const char* mode = luaL_optstring(L, 3, "t");
  const bool text = lua_type(L, 1) == LUA_TSTRING;
  if (text) {
    lua_pushvalue(L, 1);
  } else {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushcfunction(L, collect_pieces);
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
      if (passes_on(L)) return lua_error(L);
      lua_pushnil(L);
      lua_insert(L, -2);
      return 2;
    }
  }
  std::size_t length = 0;
  const char* source = lua_tolstring(L, 5, &length);
  const char* name = luaL_optstring(L, 2, text ? source : "=(load)");
  if (std::strchr(mode, 't') == nullptr) return load_failed(L, "only source text can be loaded (mode must have 't')");
  if (const std::string refusal = refuse_source({source, length}); !refusal.empty()) return load_failed(L, refusal);
  if (luaL_loadbufferx(L, source, length, name, "t") != LUA_OK) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (has_env) {
    lua_pushvalue(L, 4);
    if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);
  }
  return 1;
}

// --- setmetatable, collectgarbage ---

int base_setmetatable(lua_State* L) {
  if (lua_type(L, 2) == LUA_TTABLE) {
    lua_pushvalue(L, lua_upvalueindex(1));
    if (lua_rawget(L, 2) != LUA_TNIL) {
      return luaL_error(L, "'__gc' is not available in a runbook; use a <close> variable");
    }
    lua_pop(L, 1);
  }
  return stock_setmetatable(L);
}

int base_collectgarbage(lua_State* L) {
  const char* what = luaL_optstring(L, 1, "collect");
  if (std::strcmp(what, "count") == 0) {
    lua_pushnumber(L, lua_gc(L, LUA_GCCOUNT) + lua_gc(L, LUA_GCCOUNTB) / 1024.0);
  } else if (std::strcmp(what, "collect") == 0) {
    lua_gc(L, LUA_GCCOLLECT);
    lua_pushinteger(L, 0);
  } else if (std::strcmp(what, "step") == 0) {
    lua_pushboolean(L, lua_gc(L, LUA_GCSTEP, 0));
  } else {
    return luaL_error(L, "collectgarbage '%s' is not available in a runbook; only 'collect', 'step' and 'count' are", what);
  }
  return 1;
}

constexpr const char* kRemoved[] = {"dofile", "loadfile", "warn"};

}  // namespace

const char* push_display(lua_State* L, int index, std::size_t* length) {
  index = lua_absindex(L, index);
  const int type = lua_type(L, index);
  const bool has_address = type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA ||
                           type == LUA_TLIGHTUSERDATA || type == LUA_TTHREAD;
  if (!has_address || luaL_callmeta(L, index, "__tostring") != 0) {
    if (!has_address) return luaL_tolstring(L, index, length);
    if (lua_isstring(L, -1) == 0) luaL_error(L, "'__tostring' must return a string");
    return lua_tolstring(L, -1, length);
  }
  // as good as an address for telling values apart, and says nothing about the process
  std::uint64_t mixed = reinterpret_cast<std::uintptr_t>(lua_topointer(L, index)) ^ core_of(L).salt;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
  char id[24];
  std::snprintf(id, sizeof id, "%08x", static_cast<unsigned>(mixed >> 32));
  const int named = luaL_getmetafield(L, index, "__name");
  const char* name = named == LUA_TSTRING ? lua_tostring(L, -1) : lua_typename(L, type);
  lua_pushfstring(L, "%s: %s", name, id);
  if (named != LUA_TNIL) lua_remove(L, -2);
  return lua_tolstring(L, -1, length);
}

void publish(lua_State* L, const char* name) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
  lua_setglobal(L, name);
}

void open_base(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);  // names functions in tracebacks
  lua_pushcfunction(L, luaopen_base);
  lua_call(L, 0, 1);
  for (const char* name : kRemoved) {
    lua_pushnil(L);
    lua_setfield(L, -2, name);
  }
  lua_getfield(L, -1, "setmetatable");
  stock_setmetatable = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  const luaL_Reg own[] = {{"pcall", base_pcall},       {"xpcall", base_xpcall}, {"print", base_print},
                          {"tostring", base_tostring}, {"load", base_load},     {"collectgarbage", base_collectgarbage},
                          {nullptr, nullptr}};
  luaL_setfuncs(L, own, 0);
  lua_pushliteral(L, "__gc");
  lua_pushcclosure(L, base_setmetatable, 1);
  lua_setfield(L, -2, "setmetatable");
  lua_setfield(L, -2, LUA_GNAME);
  lua_pop(L, 1);
}

}  // namespace runbook::script
