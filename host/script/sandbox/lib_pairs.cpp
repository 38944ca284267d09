// SPDX-License-Identifier: Apache-2.0
// pairs in an order that does not change from run to run: numbers, then strings, then booleans, then the rest as
// it comes. A sequence is walked by the stock `next`, which has that order by itself.
#include <algorithm>
#include <cstring>

#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

struct Key {
  enum Rank : unsigned char { kNumber, kString, kBoolean, kOther };
  Rank rank;
  bool is_integer;
  std::uint32_t index;  ///< in the table of keys
  union {
    lua_Integer integer;
    lua_Number number;
    const char* text;
  };
  std::size_t length;
};

struct Walk {
  std::uint32_t at;
  std::uint32_t count;
  std::uint32_t order[1];
};

/// Whether `next` gives the integers from small to large, and nothing else. Counts the keys.
bool is_sequence(lua_State* L, int table, std::size_t& count) {
  lua_Integer before = LUA_MININTEGER;
  bool ascending = true;
  count = 0;
  Ticker tick(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    tick();
    lua_pop(L, 1);
    ++count;
    if (!ascending) continue;
    const lua_Integer key = lua_isinteger(L, -1) != 0 ? lua_tointeger(L, -1) : LUA_MININTEGER;
    ascending = key > before;
    before = key;
  }
  return ascending;
}

void describe_key(lua_State* L, Key& key) {
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
      key.rank = Key::kNumber;
      key.is_integer = lua_isinteger(L, -1) != 0;
      if (key.is_integer) {
        key.integer = lua_tointeger(L, -1);
      } else {
        key.number = lua_tonumber(L, -1);
      }
      break;
    case LUA_TSTRING:
      key.rank = Key::kString;
      key.text = lua_tolstring(L, -1, &key.length);
      break;
    case LUA_TBOOLEAN:
      key.rank = Key::kBoolean;
      key.integer = lua_toboolean(L, -1);
      break;
    default: key.rank = Key::kOther; break;
  }
}

bool comes_before(const Key& a, const Key& b) {
  if (a.rank != b.rank) return a.rank < b.rank;
  switch (a.rank) {
    case Key::kNumber:
      if (a.is_integer && b.is_integer) return a.integer < b.integer;
      return (a.is_integer ? static_cast<lua_Number>(a.integer) : a.number) <
             (b.is_integer ? static_cast<lua_Number>(b.integer) : b.number);
    case Key::kString: {
      const int order = std::memcmp(a.text, b.text, std::min(a.length, b.length));
      return order != 0 ? order < 0 : a.length < b.length;
    }
    case Key::kBoolean: return a.integer < b.integer;
    default: return a.index < b.index;
  }
}

// Upvalues: the table, its keys, the Walk.
int next_in_order(lua_State* L) {
  auto* walk = static_cast<Walk*>(lua_touserdata(L, lua_upvalueindex(3)));
  while (walk->at < walk->count) {
    lua_rawgeti(L, lua_upvalueindex(2), walk->order[walk->at++]);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 2;  // not cleared since
    lua_settop(L, 0);
  }
  return 0;
}

/// Pushes the iterator over the table at 1.
void push_walk(lua_State* L, std::size_t count) {
  lua_pushvalue(L, 1);
  lua_createtable(L, static_cast<int>(count), 0);
  auto* walk = static_cast<Walk*>(lua_newuserdatauv(L, sizeof(Walk) + count * sizeof(std::uint32_t), 0));
  auto* keys = static_cast<Key*>(lua_newuserdatauv(L, (count + 1) * sizeof(Key), 0));
  const int names = lua_gettop(L) - 2;
  walk->at = 0;
  walk->count = static_cast<std::uint32_t>(count);
  std::uint32_t index = 0;
  Ticker tick(L);
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    tick();
    lua_pop(L, 1);
    Key& key = keys[index++];
    key.index = index;
    describe_key(L, key);
    lua_pushvalue(L, -1);
    lua_rawseti(L, names, index);
  }
  std::sort(keys, keys + count, [&tick](const Key& a, const Key& b) {
    tick();
    return comes_before(a, b);
  });
  for (std::size_t i = 0; i < count; ++i) walk->order[i] = keys[i].index;
  lua_pop(L, 1);
  lua_pushcclosure(L, next_in_order, 3);
}

int finish_pairs(lua_State*, int, lua_KContext) { return 3; }

int base_pairs(lua_State* L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_insert(L, 1);
    lua_callk(L, 1, 3, 0, finish_pairs);
    return finish_pairs(L, 0, 0);
  }
  std::size_t count = 0;
  if (lua_type(L, 1) != LUA_TTABLE || is_sequence(L, 1, count)) {
    lua_pushvalue(L, lua_upvalueindex(1));
  } else {
    push_walk(L, count);
  }
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

}  // namespace

void open_pairs(lua_State* L) {
  lua_getglobal(L, "next");
  lua_pushcclosure(L, base_pairs, 1);
  lua_setglobal(L, "pairs");
}

}  // namespace runbook::script
