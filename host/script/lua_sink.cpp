// SPDX-License-Identifier: Apache-2.0
#include "host/script/lua_sink.h"

#include <algorithm>
#include <cstring>

#include "host/script/values.h"

namespace runbook::script {
namespace {

constexpr int kMostWaiting = 32;
constexpr int kRoom = 6;                   // slots that one piece takes at most
constexpr std::size_t kLongestShort = 40;  // of the strings that Lua keeps once

}  // namespace

void LuaSink::room() { luaL_checkstack(L_, kRoom, "value nested too deeply"); }

void LuaSink::null() {
  room();
  lua_pushlightuserdata(L_, nullptr);
  added();
}

void LuaSink::boolean(bool value) {
  room();
  lua_pushboolean(L_, value);
  added();
}

void LuaSink::integer(std::int64_t value) {
  room();
  lua_pushinteger(L_, value);
  added();
}

void LuaSink::number(double value) {
  room();
  lua_pushnumber(L_, value);
  added();
}

void LuaSink::string(std::string_view text) {
  room();
  if (secret_)
    push_secret(L_, {std::string(text), *secret_});
  else
    lua_pushlstring(L_, text.data(), text.size());
  added();
}

void LuaSink::begin(bool object) {
  room();
  lua_pushnil(L_);
  levels_.push_back({lua_gettop(L_), object, false, 0, 0, keys_.size()});
}

bool LuaSink::key(std::string_view name) {
  room();
  const Level& level = levels_.back();
  const char* text = lua_pushlstring(L_, name.data(), name.size());
  if (level.made) {
    lua_pushvalue(L_, -1);
    const bool fresh = lua_rawget(L_, level.table) == LUA_TNIL;
    lua_pop(L_, 1);
    return fresh;
  }
  const bool taken =
      std::any_of(keys_.begin() + static_cast<std::ptrdiff_t>(level.first_key), keys_.end(), [&](const Key& other) {
        return other.text == text || (name.size() > kLongestShort && other.size == name.size() &&
                                      std::memcmp(other.text, text, name.size()) == 0);
      });
  keys_.push_back({text, name.size()});
  return !taken;
}

// A value stands on top of the stack; in an object its key is below it.
void LuaSink::added() {
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.made) {
    if (++level.waiting == kMostWaiting) make(level);
  } else if (level.object) {
    lua_rawset(L_, level.table);
  } else {
    lua_rawseti(L_, level.table, ++level.size);
  }
}

void LuaSink::make(Level& level) {
  lua_createtable(L_, level.object ? 0 : level.waiting, level.object ? level.waiting : 0);
  lua_replace(L_, level.table);
  for (int i = level.waiting; i > 0; --i) {
    if (level.object)
      lua_rawset(L_, level.table);
    else
      lua_rawseti(L_, level.table, i);
  }
  level.size = level.waiting;
  level.made = true;
  keys_.resize(level.first_key);
}

void LuaSink::end() {
  Level& level = levels_.back();
  if (!level.made) make(level);
  if (!level.object && level.size == 0) mark_list(L_);
  levels_.pop_back();
  added();
}

}  // namespace runbook::script
