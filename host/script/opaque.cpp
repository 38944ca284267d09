// SPDX-License-Identifier: Apache-2.0
//
// The three values that scripts hold without seeing inside: secrets, unknowns and handles.
#include <new>

#include "host/core/text.h"
#include "host/script/errors.h"
#include "host/script/values.h"

namespace runbook::script {

void open_list_metatable(lua_State* L);

namespace {

constexpr char kSecret[] = "runbook.secret";
constexpr char kUnknown[] = "runbook.unknown";

// Every handle class has its own metatable; this key, present in each, tells them from other userdata.
const char kHandleMark = 0;

template <class T>
int collect(lua_State* L) {
  static_cast<T*>(lua_touserdata(L, 1))->~T();
  return 0;
}

template <class T>
void push_object(lua_State* L, T object, const char* metatable) {
  new (lua_newuserdatauv(L, sizeof(T), 0)) T(std::move(object));
  luaL_setmetatable(L, metatable);
}

// The text of a string, number or secret operand of a concatenation.
std::string operand(lua_State* L, int index) {
  if (const auto* secret = secret_at(L, index)) return secret->text;
  std::size_t length = 0;
  const char* text = luaL_checklstring(L, index, &length);
  return std::string(text, length);
}

int secret_concat(lua_State* L) {
  if (unknown_at(L, 1)) return raise_unknown(L, *unknown_at(L, 1), "joined");
  if (unknown_at(L, 2)) return raise_unknown(L, *unknown_at(L, 2), "joined");
  const auto* left = secret_at(L, 1);
  const auto* right = secret_at(L, 2);
  push_secret(L, {operand(L, 1) + operand(L, 2), left ? left->name : right->name});
  return 1;
}

int secret_tostring(lua_State* L) {
  lua_pushliteral(L, "***");
  return 1;
}

int secret_equal(lua_State* L) {
  const auto* left = secret_at(L, 1);
  const auto* right = secret_at(L, 2);
  lua_pushboolean(L, left && right && left->text == right->text);
  return 1;
}

int secret_refuse(lua_State* L) {
  return raise(L, Error("secret.opaque", "a secret cannot be looked into; pass it to a primitive, join it with .., or encode it"));
}

int unknown_use(lua_State* L) {
  const Value::Unknown* unknown = unknown_at(L, 1);
  if (!unknown) unknown = unknown_at(L, 2);
  return raise_unknown(L, *unknown, lua_tostring(L, lua_upvalueindex(1)));
}

int unknown_tostring(lua_State* L) {
  lua_pushliteral(L, "(unknown)");
  return 1;
}

void lock_metatable(lua_State* L) {
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}

}  // namespace

void push_secret(lua_State* L, Value::Secret secret) { push_object(L, std::move(secret), kSecret); }
void push_unknown(lua_State* L, Value::Unknown unknown) { push_object(L, std::move(unknown), kUnknown); }

const Value::Secret* secret_at(lua_State* L, int index) {
  return static_cast<const Value::Secret*>(luaL_testudata(L, index, kSecret));
}
const Value::Unknown* unknown_at(lua_State* L, int index) {
  return static_cast<const Value::Unknown*>(luaL_testudata(L, index, kUnknown));
}

const HandleInfo* handle_at(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return nullptr;
  const bool marked = lua_rawgetp(L, -1, &kHandleMark) == LUA_TBOOLEAN;
  lua_pop(L, 2);
  return marked ? static_cast<const HandleInfo*>(lua_touserdata(L, index)) : nullptr;
}

void push_handle(lua_State* L, HandleInfo handle) {
  const std::string class_name = handle.class_name;
  push_object(L, std::move(handle), class_name.c_str());
}

void new_handle_class(lua_State* L, const std::string& class_name) {
  luaL_newmetatable(L, class_name.c_str());
  lua_pushcfunction(L, collect<HandleInfo>);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, [](lua_State* state) {
    const HandleInfo* handle = handle_at(state, 1);
    const std::string target = handle->target.is_string() ? handle->target.as_string() : to_json(handle->target);
    const std::string text = cat(handle->class_name, " ", target);
    lua_pushlstring(state, text.data(), text.size());
    return 1;
  });
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, [](lua_State* state) {
    const HandleInfo* left = handle_at(state, 1);
    const HandleInfo* right = handle_at(state, 2);
    lua_pushboolean(state, left && right && left->class_name == right->class_name && left->target == right->target);
    return 1;
  });
  lua_setfield(L, -2, "__eq");
  lua_pushboolean(L, 1);
  lua_rawsetp(L, -2, &kHandleMark);
  lock_metatable(L);
}

void open_values(lua_State* L) {
  luaL_newmetatable(L, kSecret);
  const luaL_Reg secret_methods[] = {{"__gc", collect<Value::Secret>}, {"__concat", secret_concat}, {"__tostring", secret_tostring},
                                     {"__eq", secret_equal},           {"__index", secret_refuse},  {"__len", secret_refuse},
                                     {"__call", secret_refuse},        {nullptr, nullptr}};
  luaL_setfuncs(L, secret_methods, 0);
  lock_metatable(L);
  luaL_newmetatable(L, kUnknown);
  lua_pushcfunction(L, collect<Value::Unknown>);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, unknown_tostring);
  lua_setfield(L, -2, "__tostring");
  // What a variable holds that will be closed: there is nothing to close yet.
  lua_pushcfunction(L, [](lua_State*) { return 0; });
  lua_setfield(L, -2, "__close");
  const std::pair<const char*, const char*> uses[] = {
      {"__index", "indexed"},   {"__newindex", "indexed"}, {"__call", "called"},    {"__concat", "joined"},  {"__len", "measured"},
      {"__lt", "compared"},     {"__le", "compared"},      {"__eq", "compared"},    {"__add", "calculated"}, {"__sub", "calculated"},
      {"__mul", "calculated"},  {"__div", "calculated"},   {"__mod", "calculated"}, {"__pow", "calculated"}, {"__unm", "calculated"},
      {"__idiv", "calculated"}, {"__band", "calculated"},  {"__bor", "calculated"}, {"__bxor", "calculated"}, {"__bnot", "calculated"},
      {"__shl", "calculated"},  {"__shr", "calculated"},   {"__pairs", "listed"}};
  for (const auto& [event, use] : uses) {
    lua_pushstring(L, use);
    lua_pushcclosure(L, unknown_use, 1);
    lua_setfield(L, -2, event);
  }
  lock_metatable(L);
  lua_pop(L, 2);
  open_list_metatable(L);
}

namespace {

// Calls the function in upvalue 1 with secrets replaced by their text; the result is a secret again where one was.
int tainted_format(lua_State* L) {
  std::string name;
  const int count = lua_gettop(L);
  for (int i = 1; i <= count; ++i) {
    if (const auto* unknown = unknown_at(L, i)) return raise_unknown(L, *unknown, "formatted");
    if (const auto* secret = secret_at(L, i)) {
      name = secret->name;
      lua_pushlstring(L, secret->text.data(), secret->text.size());
      lua_replace(L, i);
    }
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, count, 1);
  if (name.empty()) return 1;
  std::size_t length = 0;
  const char* text = lua_tolstring(L, -1, &length);
  push_secret(L, {std::string(text, length), name});
  return 1;
}

int tainted_concat(lua_State* L) {
  if (lua_type(L, 1) != LUA_TTABLE) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
  }
  lua_settop(L, 4);
  std::string name;
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, 1));
  int copy = 0;
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(L, 1, i);
    if (const auto* unknown = unknown_at(L, -1)) return raise_unknown(L, *unknown, "joined");
    if (const auto* secret = secret_at(L, -1)) {
      if (!copy) {
        name = secret->name;
        lua_createtable(L, static_cast<int>(length), 0);
        copy = lua_gettop(L);
        for (lua_Integer j = 1; j <= length; ++j) {
          lua_rawgeti(L, 1, j);
          lua_rawseti(L, copy, j);
        }
      }
      lua_pushlstring(L, secret->text.data(), secret->text.size());
      lua_rawseti(L, copy, i);
      lua_settop(L, copy);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, copy ? copy : 1);
  for (int i = 2; i <= 4; ++i) lua_pushvalue(L, i);
  lua_call(L, 4, 1);
  if (!copy) return 1;
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  push_secret(L, {std::string(text, size), name});
  return 1;
}

void wrap(lua_State* L, const char* library, const char* function, lua_CFunction wrapper) {
  lua_getglobal(L, library);
  lua_getfield(L, -1, function);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, function);
  lua_pop(L, 1);
}

}  // namespace

void install_taint(lua_State* L) {
  wrap(L, "string", "format", tainted_format);
  wrap(L, "table", "concat", tainted_concat);
}

}  // namespace runbook::script
