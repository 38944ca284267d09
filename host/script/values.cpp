// SPDX-License-Identifier: Apache-2.0
#include "host/script/values.h"

#include <algorithm>
#include <new>
#include <vector>

#include "host/core/text.h"
#include "host/script/errors.h"

namespace runbook::script {
namespace {

constexpr int kMaxDepth = 200;
constexpr int kShownKeys = 3;
constexpr char kList[] = "runbook.list";

class Reader {
 public:
  Reader(lua_State* L, const std::string& root) : L_(L), root_(root.size()) {}

  Result<Value> read(int index, const std::string& path, int depth) {
    index = lua_absindex(L_, index);
    switch (lua_type(L_, index)) {
      case LUA_TNONE:
      case LUA_TNIL: return Value();
      case LUA_TBOOLEAN: return Value(lua_toboolean(L_, index) != 0);
      case LUA_TNUMBER:
        if (lua_isinteger(L_, index)) return Value(static_cast<std::int64_t>(lua_tointeger(L_, index)));
        return Value(static_cast<double>(lua_tonumber(L_, index)));
      case LUA_TSTRING: {
        std::size_t length = 0;
        const char* text = lua_tolstring(L_, index, &length);
        return Value(std::string(text, length));
      }
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L_, index) == nullptr) return Value();
        break;
      case LUA_TUSERDATA:
        if (const auto* secret = secret_at(L_, index)) return Value(*secret);
        if (const auto* unknown = unknown_at(L_, index)) return Value(*unknown);
        if (const auto* handle = handle_at(L_, index)) {
          return Value::object({{"handle", handle->class_name}, {"target", handle->target}});
        }
        break;
      case LUA_TTABLE: return table(index, path, depth);
      default: break;
    }
    return Error("argument.type", cat(path, ": a ", luaL_typename(L_, index), " cannot be passed on"));
  }

 private:
  Result<Value> table(int index, const std::string& path, int depth) {
    const void* identity = lua_topointer(L_, index);
    if (std::find(around_.begin(), around_.end(), identity) != around_.end()) {
      return Error("argument.depth", cat(beginning(path), ": contains itself"));
    }
    if (depth > kMaxDepth) return Error("argument.depth", cat(beginning(path), ": nested deeper than ", kMaxDepth, " levels"));
    if (!lua_checkstack(L_, 6)) return Error("argument.depth", cat(beginning(path), ": nested too deeply"));
    around_.push_back(identity);
    auto value = entries(index, path, depth);
    around_.pop_back();
    return value;
  }

  // As many keys of the path as help to find the place.
  std::string beginning(const std::string& path) const {
    std::size_t end = root_;
    for (int keys = 0; keys < kShownKeys && end < path.size(); ++keys) end = std::min(path.find_first_of(".[", end + 1), path.size());
    return end < path.size() ? cat(path.substr(0, end), "...") : path;
  }

  Result<Value> entries(int index, const std::string& path, int depth) {
    const auto length = static_cast<lua_Integer>(lua_rawlen(L_, index));
    lua_Integer counted = 0;
    Value::Object members;
    lua_pushnil(L_);
    while (lua_next(L_, index) != 0) {
      if (lua_isinteger(L_, -2)) {
        ++counted;
      } else if (lua_type(L_, -2) == LUA_TSTRING) {
        std::size_t size = 0;
        const char* text = lua_tolstring(L_, -2, &size);
        std::string key(text, size);
        auto member = read(-1, cat(path, ".", printable(key)), depth + 1);
        if (!member) {
          lua_pop(L_, 2);
          return member;
        }
        members.emplace(std::move(key), std::move(*member));
      } else {
        if (const auto* unknown = unknown_at(L_, -2)) {
          Error error = unknown_error(*unknown, "a key");
          lua_pop(L_, 2);
          return error;
        }
        Error error("argument.type", cat(path, ": a key is a ", luaL_typename(L_, -2), ", expected strings, or numbers from 1 on"));
        lua_pop(L_, 2);
        return error;
      }
      lua_pop(L_, 1);
    }
    if (counted == 0) {
      if (members.empty() && is_list(index)) return Value(Value::Array{});
      return Value(std::move(members));
    }
    if (!members.empty()) return Error("argument.type", cat(path, ": has both numbered and named entries"));
    if (counted != length) return Error("argument.type", cat(path, ": a list must not have holes"));
    Value::Array items;
    items.reserve(static_cast<std::size_t>(length));
    for (lua_Integer i = 1; i <= length; ++i) {
      lua_rawgeti(L_, index, i);
      auto item = read(-1, cat(path, "[", i, "]"), depth + 1);
      lua_pop(L_, 1);
      if (!item) return item;
      items.push_back(std::move(*item));
    }
    return Value(std::move(items));
  }

  bool is_list(int index) {
    if (!lua_getmetatable(L_, index)) return false;
    luaL_getmetatable(L_, kList);
    const bool same = lua_rawequal(L_, -1, -2) != 0;
    lua_pop(L_, 2);
    return same;
  }

  lua_State* L_;
  std::size_t root_;                  // length of the path that the value itself has
  std::vector<const void*> around_;   // the tables that the one being read stands in, outermost first
};

}  // namespace

void open_list_metatable(lua_State* L) {
  luaL_newmetatable(L, kList);
  lua_pushliteral(L, "list");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

void mark_list(lua_State* L) { luaL_setmetatable(L, kList); }

Result<Value> to_value(lua_State* L, int index, const std::string& path) { return Reader(L, path).read(index, path, 0); }

void push_value(lua_State* L, const Value& value, Nulls nulls) {
  luaL_checkstack(L, 4, "value nested too deeply");
  switch (value.kind()) {
    case Value::Kind::kNull: nulls == Nulls::kKept ? lua_pushlightuserdata(L, nullptr) : lua_pushnil(L); break;
    case Value::Kind::kBoolean: lua_pushboolean(L, value.as_bool()); break;
    case Value::Kind::kInteger: lua_pushinteger(L, value.as_int()); break;
    case Value::Kind::kNumber: lua_pushnumber(L, value.as_number()); break;
    case Value::Kind::kString: lua_pushlstring(L, value.as_string().data(), value.as_string().size()); break;
    case Value::Kind::kSecret: push_secret(L, *value.secret()); break;
    case Value::Kind::kUnknown: push_unknown(L, *value.unknown()); break;
    case Value::Kind::kArray: {
      lua_createtable(L, static_cast<int>(value.items().size()), 0);
      lua_Integer i = 0;
      for (const Value& item : value.items()) {
        push_value(L, item, Nulls::kKept);
        lua_rawseti(L, -2, ++i);
      }
      if (value.items().empty()) mark_list(L);
      break;
    }
    case Value::Kind::kObject:
      lua_createtable(L, 0, static_cast<int>(value.members().size()));
      for (const auto& [key, member] : value.members()) {
        if (member.is_null() && nulls == Nulls::kAbsent) continue;
        lua_pushlstring(L, key.data(), key.size());
        push_value(L, member, nulls);
        lua_rawset(L, -3);
      }
      break;
  }
}

}  // namespace runbook::script
