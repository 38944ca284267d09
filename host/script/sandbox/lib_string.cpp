// SPDX-License-Identifier: Apache-2.0
// Strings: the stock library without dump, with a rep and a format that end soon, behind one metatable that
// scripts cannot reach. And the stock math and utf8, which need nothing.
#include <cstring>
#include <limits>

#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

constexpr int kMaxConversions = 10000;
lua_CFunction stock_format = nullptr;  // the same in every virtual machine

int string_rep(lua_State* L) {
  std::size_t text_length = 0;
  std::size_t separator_length = 0;
  const char* text = luaL_checklstring(L, 1, &text_length);
  const lua_Integer times = luaL_checkinteger(L, 2);
  const char* separator = luaL_optlstring(L, 3, "", &separator_length);
  const std::size_t unit = text_length + separator_length;
  if (times <= 0 || unit == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  const auto count = static_cast<std::size_t>(times);
  if (count > static_cast<std::size_t>(std::numeric_limits<int>::max()) / unit) {
    return luaL_error(L, "resulting string too large");
  }
  const std::size_t total = count * unit - separator_length;
  luaL_Buffer buffer;
  char* out = luaL_buffinitsize(L, &buffer, total);
  std::memcpy(out, text, text_length);
  if (count > 1) std::memcpy(out + text_length, separator, separator_length);
  for (std::size_t done = unit; done < total;) {
    const std::size_t next = std::min(done, total - done);
    std::memcpy(out + done, out, next);
    done += next;
  }
  luaL_pushresultsize(&buffer, total);
  return 1;
}

/// Shows the arguments of %s without addresses, then leaves the work to the stock function, in the same frame.
int string_format(lua_State* L) {
  std::size_t length = 0;
  const char* p = luaL_checklstring(L, 1, &length);
  const char* const end = p + length;
  int argument = 1;
  int conversions = 0;
  while ((p = static_cast<const char*>(std::memchr(p, '%', static_cast<std::size_t>(end - p)))) != nullptr) {
    ++p;
    p += std::strspn(p, "-+ #0123456789.");
    if (p >= end) break;
    if (*p++ == '%') continue;
    if (++conversions > kMaxConversions) return luaL_error(L, "too many conversions in a format");
    ++argument;
    if (p[-1] == 'p') return luaL_error(L, "'%%p' is not available in a runbook; use %%s");
    if (p[-1] != 's' || argument > lua_gettop(L)) continue;
    const int type = lua_type(L, argument);
    if (type == LUA_TSTRING || type == LUA_TNUMBER) continue;
    push_display(L, argument, nullptr);
    lua_replace(L, argument);
  }
  return stock_format(L);
}

void open_stock(lua_State* L, lua_CFunction open, const char* name) {
  lua_pushcfunction(L, open);
  lua_call(L, 0, 1);
  publish(L, name);
}

}  // namespace

void open_string(lua_State* L) {
  lua_pushcfunction(L, luaopen_string);
  lua_call(L, 0, 1);
  lua_getfield(L, -1, "format");
  stock_format = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
  const luaL_Reg own[] = {{"rep", string_rep}, {"format", string_format}, {nullptr, nullptr}};
  luaL_setfuncs(L, own, 0);
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
  publish(L, "string");
  open_stock(L, luaopen_math, "math");
  open_stock(L, luaopen_utf8, "utf8");
}

}  // namespace runbook::script
