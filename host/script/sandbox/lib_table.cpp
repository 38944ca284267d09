// SPDX-License-Identifier: Apache-2.0
// The table functions that loop as long as a lying __len tells them to: here a kill stops them.
#include <climits>

#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

enum Access : unsigned { kRead = 1, kWrite = 2, kLength = 4 };

bool has_metamethod(lua_State* L, int metatable, const char* name) {
  lua_pushstring(L, name);
  const bool has = lua_rawget(L, metatable) != LUA_TNIL;
  lua_pop(L, 1);
  return has;
}

/// A table, or something that behaves as one as far as `access` goes.
void check_table(lua_State* L, int index, unsigned access) {
  if (lua_type(L, index) == LUA_TTABLE) return;
  if (lua_getmetatable(L, index) != 0) {
    const int metatable = lua_gettop(L);
    const bool fit = ((access & kRead) == 0 || has_metamethod(L, metatable, "__index")) &&
                     ((access & kWrite) == 0 || has_metamethod(L, metatable, "__newindex")) &&
                     ((access & kLength) == 0 || has_metamethod(L, metatable, "__len"));
    lua_pop(L, 1);
    if (fit) return;
  }
  luaL_checktype(L, index, LUA_TTABLE);
}

lua_Integer length_of(lua_State* L, int index, unsigned access) {
  if (lua_type(L, index) == LUA_TTABLE) {
    if (lua_getmetatable(L, index) == 0) return static_cast<lua_Integer>(lua_rawlen(L, index));
    lua_pop(L, 1);
  }
  check_table(L, index, access | kLength);
  return luaL_len(L, index);
}

int table_insert(lua_State* L) {
  const auto end = static_cast<lua_Integer>(static_cast<lua_Unsigned>(length_of(L, 1, kRead | kWrite)) + 1);
  lua_Integer position = end;
  switch (lua_gettop(L)) {
    case 2: break;
    case 3: {
      position = luaL_checkinteger(L, 2);
      luaL_argcheck(L, static_cast<lua_Unsigned>(position) - 1U < static_cast<lua_Unsigned>(end), 2,
                    "position out of bounds");
      Ticker tick(L);
      for (lua_Integer i = end; i > position; --i) {
        tick();
        lua_geti(L, 1, i - 1);
        lua_seti(L, 1, i);
      }
      break;
    }
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, position);
  return 0;
}

int table_remove(lua_State* L) {
  const lua_Integer size = length_of(L, 1, kRead | kWrite);
  lua_Integer position = luaL_optinteger(L, 2, size);
  if (position != size) {
    luaL_argcheck(L, static_cast<lua_Unsigned>(position) - 1U <= static_cast<lua_Unsigned>(size), 2,
                  "position out of bounds");
  }
  lua_geti(L, 1, position);
  Ticker tick(L);
  for (; position < size; ++position) {
    tick();
    lua_geti(L, 1, position + 1);
    lua_seti(L, 1, position);
  }
  lua_pushnil(L);
  lua_seti(L, 1, position);
  return 1;
}

int table_move(lua_State* L) {
  const lua_Integer from = luaL_checkinteger(L, 2);
  const lua_Integer last = luaL_checkinteger(L, 3);
  const lua_Integer to = luaL_checkinteger(L, 4);
  const int target = lua_isnoneornil(L, 5) ? 1 : 5;
  check_table(L, 1, kRead);
  check_table(L, target, kWrite);
  if (last >= from) {
    luaL_argcheck(L, from > 0 || last < LUA_MAXINTEGER + from, 3, "too many elements to move");
    const lua_Integer count = last - from + 1;
    luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    const bool forward = to > last || to <= from || (target != 1 && lua_compare(L, 1, target, LUA_OPEQ) == 0);
    Ticker tick(L);
    for (lua_Integer i = 0; i < count; ++i) {
      tick();
      const lua_Integer offset = forward ? i : count - 1 - i;
      lua_geti(L, 1, from + offset);
      lua_seti(L, target, to + offset);
    }
  }
  lua_pushvalue(L, target);
  return 1;
}

void add_item(lua_State* L, luaL_Buffer* out, lua_Integer index) {
  lua_geti(L, 1, index);
  if (lua_isstring(L, -1) == 0) {
    luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1),
               static_cast<LUAI_UACINT>(index));
  }
  luaL_addvalue(out);
}

int table_concat(lua_State* L) {
  lua_Integer last = length_of(L, 1, kRead);
  std::size_t length = 0;
  const char* separator = luaL_optlstring(L, 2, "", &length);
  const lua_Integer first = luaL_optinteger(L, 3, 1);
  last = luaL_optinteger(L, 4, last);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  Ticker tick(L);
  for (lua_Integer i = first; i <= last; ++i) {
    tick();
    add_item(L, &out, i);
    if (i == last) break;  // it may be the largest integer there is
    luaL_addlstring(&out, separator, length);
  }
  luaL_pushresult(&out);
  return 1;
}

// --- sort: a stable merge sort between two tables of our own, so that no comparator can confuse it ---

bool less(lua_State* L, int a, int b) {
  if (lua_isnil(L, 2)) return lua_compare(L, a, b, LUA_OPLT) != 0;
  lua_pushvalue(L, 2);
  lua_pushvalue(L, a);
  lua_pushvalue(L, b);
  lua_call(L, 2, 1);
  const bool out = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return out;
}

/// Merges source[low..middle) and source[middle..high) into target; both are stack indices.
void merge(lua_State* L, int source, int target, lua_Integer low, lua_Integer middle, lua_Integer high, Ticker& tick) {
  lua_Integer left = low;
  lua_Integer right = middle;
  lua_Integer out = low;
  if (left < middle && right < high) {
    const int a = lua_gettop(L) + 1;
    lua_rawgeti(L, source, left);
    lua_rawgeti(L, source, right);
    for (;;) {
      tick();
      const bool take_right = less(L, a + 1, a);
      const int slot = take_right ? a + 1 : a;
      lua_pushvalue(L, slot);
      lua_rawseti(L, target, out++);
      if (take_right ? ++right >= high : ++left >= middle) break;
      lua_rawgeti(L, source, take_right ? right : left);
      lua_replace(L, slot);
    }
    lua_settop(L, a - 1);
  }
  for (; left < middle; ++left) {
    lua_rawgeti(L, source, left);
    lua_rawseti(L, target, out++);
  }
  for (; right < high; ++right) {
    lua_rawgeti(L, source, right);
    lua_rawseti(L, target, out++);
  }
}

int table_sort(lua_State* L) {
  const lua_Integer count = length_of(L, 1, kRead | kWrite);
  if (count < 2) return 0;
  luaL_argcheck(L, count < INT_MAX, 1, "array too big");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  // a length that a metamethod made up must not cost memory before there are items
  const int room = lua_getmetatable(L, 1) == 0 ? static_cast<int>(count) : 0;
  lua_settop(L, 2);
  lua_createtable(L, room, 0);
  lua_createtable(L, room, 0);
  Ticker tick(L);
  for (lua_Integer i = 1; i <= count; ++i) {
    tick();
    lua_geti(L, 1, i);
    lua_rawseti(L, 3, i);
  }
  int source = 3;
  for (lua_Integer width = 1; width < count; width *= 2) {
    const int target = 7 - source;
    for (lua_Integer low = 1; low <= count; low += 2 * width) {
      tick();
      merge(L, source, target, low, std::min(low + width, count + 1), std::min(low + 2 * width, count + 1), tick);
    }
    source = target;
  }
  for (lua_Integer i = 1; i <= count; ++i) {
    tick();
    lua_rawgeti(L, source, i);
    lua_seti(L, 1, i);
  }
  return 0;
}

}  // namespace

void open_table(lua_State* L) {
  lua_pushcfunction(L, luaopen_table);
  lua_call(L, 0, 1);
  const luaL_Reg own[] = {{"insert", table_insert}, {"remove", table_remove}, {"move", table_move},
                          {"concat", table_concat}, {"sort", table_sort},     {nullptr, nullptr}};
  luaL_setfuncs(L, own, 0);
  publish(L, "table");
}

}  // namespace runbook::script
