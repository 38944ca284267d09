// SPDX-License-Identifier: Apache-2.0
// string.find, match, gmatch and gsub on the matcher that can be stopped.
#include <cstring>

#include "host/script/sandbox/core.h"
#include "host/script/sandbox/pattern.h"

namespace runbook::script {
namespace {

std::string_view check_text(lua_State* L, int index) {
  std::size_t length = 0;
  const char* text = luaL_checklstring(L, index, &length);
  return {text, length};
}

/// The 0-based offset that an `init` argument means.
std::size_t start_offset(lua_State* L, int index, std::size_t length) {
  const lua_Integer init = luaL_optinteger(L, index, 1);
  if (init > 0) return static_cast<std::size_t>(init) - 1;
  if (init == 0 || init < -static_cast<lua_Integer>(length)) return 0;
  return length - static_cast<std::size_t>(-init);
}

bool is_plain(std::string_view pattern) { return pattern.find_first_of("^$*+?.([%-") == std::string_view::npos; }

int find_plain(lua_State* L, std::string_view subject, std::string_view wanted, std::size_t from) {
  // memmem takes linear time whatever the texts
  const void* found = wanted.empty() ? subject.data() + from
                                     : ::memmem(subject.data() + from, subject.size() - from, wanted.data(), wanted.size());
  if (found == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  const auto at = static_cast<const char*>(found) - subject.data();
  lua_pushinteger(L, at + 1);
  lua_pushinteger(L, at + static_cast<std::ptrdiff_t>(wanted.size()));
  return 2;
}

template <bool find>
int find_or_match(lua_State* L) {
  const std::string_view subject = check_text(L, 1);
  std::string_view pattern = check_text(L, 2);
  const std::size_t from = start_offset(L, 3, subject.size());
  if (from > subject.size()) {
    lua_pushnil(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) != 0 || is_plain(pattern))) return find_plain(L, subject, pattern, from);
  const bool anchored = !pattern.empty() && pattern.front() == '^';
  if (anchored) pattern.remove_prefix(1);
  Matcher matcher(L, subject, pattern);
  const char* const end = subject.data() + subject.size();
  for (const char* at = subject.data() + from; at <= end; ++at) {
    if (const char* to = matcher.match(at, pattern.data())) {
      if (!find) return matcher.push_captures(at, to);
      lua_pushinteger(L, at - subject.data() + 1);
      lua_pushinteger(L, to - subject.data());
      return 2 + matcher.push_only_captures();
    }
    if (anchored) break;
  }
  lua_pushnil(L);
  return 1;
}

// Upvalues: the subject, the pattern, the offset to go on from, the offset where the last match ended (or -1).
int next_match(lua_State* L) {
  const std::string_view subject = check_text(L, lua_upvalueindex(1));
  const std::string_view pattern = check_text(L, lua_upvalueindex(2));
  const lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  Matcher matcher(L, subject, pattern);
  const char* const end = subject.data() + subject.size();
  for (const char* at = subject.data() + lua_tointeger(L, lua_upvalueindex(3)); at <= end; ++at) {
    const char* to = matcher.match(at, pattern.data());
    if (to == nullptr || to - subject.data() == last) continue;
    lua_pushinteger(L, to - subject.data());
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return matcher.push_captures(at, to);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(subject.size()) + 1);
  lua_replace(L, lua_upvalueindex(3));
  return 0;
}

int string_gmatch(lua_State* L) {
  const std::size_t length = check_text(L, 1).size();
  check_text(L, 2);
  const std::size_t from = std::min(start_offset(L, 3, length), length + 1);
  lua_settop(L, 2);
  lua_pushinteger(L, static_cast<lua_Integer>(from));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

void add_template(lua_State* L, luaL_Buffer* out, Matcher& matcher, const char* from, const char* to) {
  const std::string_view text = check_text(L, 3);
  Ticker tick(L);
  for (std::size_t i = 0; i < text.size(); ++i) {
    tick();
    if (text[i] != '%') {
      luaL_addchar(out, text[i]);
      continue;
    }
    const char c = ++i < text.size() ? text[i] : '\0';
    if (c == '%') {
      luaL_addchar(out, '%');
    } else if (c == '0') {
      luaL_addlstring(out, from, static_cast<std::size_t>(to - from));
    } else if (c >= '1' && c <= '9') {
      matcher.push_capture(c - '1', from, to);
      luaL_addvalue(out);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
  }
}

/// Whether the text has changed.
bool add_replacement(lua_State* L, luaL_Buffer* out, Matcher& matcher, const char* from, const char* to) {
  switch (lua_type(L, 3)) {
    case LUA_TFUNCTION:
      lua_pushvalue(L, 3);
      lua_call(L, matcher.push_captures(from, to), 1);
      break;
    case LUA_TTABLE:
      matcher.push_capture(0, from, to);
      lua_gettable(L, 3);
      break;
    default: add_template(L, out, matcher, from, to); return true;
  }
  if (lua_toboolean(L, -1) == 0) {
    lua_pop(L, 1);
    luaL_addlstring(out, from, static_cast<std::size_t>(to - from));
    return false;
  }
  if (lua_isstring(L, -1) == 0) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(out);
  return true;
}

int string_gsub(lua_State* L) {
  const std::string_view subject = check_text(L, 1);
  std::string_view pattern = check_text(L, 2);
  const int type = lua_type(L, 3);
  luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                   "string/function/table");
  const lua_Integer most = luaL_optinteger(L, 4, static_cast<lua_Integer>(subject.size()) + 1);
  const bool anchored = !pattern.empty() && pattern.front() == '^';
  if (anchored) pattern.remove_prefix(1);
  Matcher matcher(L, subject, pattern);
  const char* const end = subject.data() + subject.size();
  const char* at = subject.data();
  const char* last = nullptr;
  lua_Integer count = 0;
  bool changed = false;
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  while (count < most) {
    const char* to = matcher.match(at, pattern.data());
    if (to != nullptr && to != last) {
      ++count;
      changed = add_replacement(L, &out, matcher, at, to) || changed;
      at = last = to;
    } else if (at < end) {
      luaL_addchar(&out, *at++);
    } else {
      break;
    }
    if (anchored) break;
  }
  if (changed) {
    luaL_addlstring(&out, at, static_cast<std::size_t>(end - at));
    luaL_pushresult(&out);
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, count);
  return 2;
}

}  // namespace

void open_pattern(lua_State* L) {
  lua_getglobal(L, "string");
  const luaL_Reg own[] = {{"find", find_or_match<true>}, {"match", find_or_match<false>}, {"gmatch", string_gmatch},
                          {"gsub", string_gsub},         {nullptr, nullptr}};
  luaL_setfuncs(L, own, 0);
  lua_pop(L, 1);
}

}  // namespace runbook::script
