// SPDX-License-Identifier: Apache-2.0
#include "host/script/errors.h"

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/script/scheduler.h"

namespace runbook::script {
namespace {

constexpr char kError[] = "runbook.error";

int error_tostring(lua_State* L) {
  lua_settop(L, 1);
  lua_getfield(L, 1, "where");
  lua_getfield(L, 1, "message");
  lua_getfield(L, 1, "code");
  const auto text = [L](int index) { return lua_type(L, index) == LUA_TSTRING ? std::string(lua_tostring(L, index)) : std::string(); };
  const std::string line = cat(text(2), text(2).empty() ? "" : ": ", text(3), " (", text(4), ")");
  lua_pushlstring(L, line.data(), line.size());
  return 1;
}

}  // namespace

void open_errors(lua_State* L) {
  luaL_newmetatable(L, kError);
  lua_pushcfunction(L, error_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "error");
  lua_setfield(L, -2, "__name");
  lua_pop(L, 1);
}

void push_error(lua_State* L, const Error& error) {
  push_value(L, error_to_value(error));
  luaL_setmetatable(L, kError);
}

Error to_error(lua_State* L, int index) {
  index = lua_absindex(L, index);
  if (lua_type(L, index) == LUA_TTABLE) {
    lua_getfield(L, index, "code");
    const bool coded = lua_type(L, -1) == LUA_TSTRING;
    lua_pop(L, 1);
    if (coded) {
      if (auto value = to_value(L, index, "error")) return error_from_value(*value);
    }
  }
  // A plain message carries its place in front: "deploy.lua:3: text".
  Error error("lua.error", "");
  if (lua_type(L, index) == LUA_TSTRING) {
    std::size_t length = 0;
    const char* raw = lua_tolstring(L, index, &length);
    std::string text(raw, length);
    const auto colon = text.find(": ");
    const auto digits = text.rfind(':', colon == std::string::npos ? colon : colon - 1);
    const bool placed = colon != std::string::npos && digits != std::string::npos && digits + 1 < colon && digits < colon &&
                        text.find_first_not_of("0123456789", digits + 1) == colon;
    if (placed) {
      error.where = text.substr(0, colon);
      text.erase(0, colon + 2);
    }
    error.message = std::move(text);
  } else if (secret_at(L, index)) {
    error.message = "***";
  } else {
    error.message = cat("an error that is a ", luaL_typename(L, index), " value");
  }
  return error;
}

int raise(lua_State* L, Error error) {
  if (error.code == "plan.unknown") Scheduler::of(L).begin_unwinding(Unwinding::kUnknown);
  if (error.where.empty()) error.where = script_position(L);
  push_error(L, error);
  return lua_error(L);
}

int raise_unknown(lua_State* L, const Value::Unknown& unknown, const char* use) {
  return raise(L, unknown_error(unknown, use));
}

Error unknown_error(const Value::Unknown& unknown, const char* use) {
  return {"plan.unknown", cat(unknown.origin, " is not known before it is done, and it is ", use, " here")};
}

std::string script_position(lua_State* L) {
  lua_Debug info;
  for (int level = 0; lua_getstack(L, level, &info); ++level) {
    lua_getinfo(L, "Sl", &info);
    if (info.source[0] == '@' && info.currentline > 0) return cat(info.source + 1, ":", info.currentline);
  }
  return {};
}

}  // namespace runbook::script
