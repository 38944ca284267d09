// SPDX-License-Identifier: Apache-2.0
#include "host/script/arguments.h"

#include <algorithm>
#include <cmath>

#include "host/core/text.h"
#include "host/script/errors.h"
#include "host/script/values.h"

namespace runbook::script {
namespace {

const char* expected(Type type) {
  switch (type) {
    case Type::kAny: return "a value";
    case Type::kBoolean: return "a boolean";
    case Type::kInteger: return "a whole number";
    case Type::kNumber: return "a number";
    case Type::kString: return "a string";
    case Type::kPath: return "a path";
    case Type::kSecret: return "a string or a secret";
    case Type::kDuration: return "a duration: seconds, or text like \"5m\"";
    case Type::kSize: return "a size: bytes, or text like \"10MiB\"";
    case Type::kStrings: return "a list of strings";
    case Type::kMap: return "a table of names and values";
    case Type::kTable: return "a table";
    case Type::kList: return "a list";
    case Type::kFunction: return "a function";
  }
  return "?";
}

std::string absolute_path(const std::string& path, const std::string& base) {
  if (path.empty() || path[0] == '/' || base.empty()) return path;
  return cat(base, "/", path);
}

bool is_scalar(const Value& value) {
  return value.is_string() || value.is_number() || value.is_boolean() || value.is_secret() || value.is_unknown();
}

class Checker {
 public:
  Checker(lua_State* L, const ArgumentContext& context) : L_(L), context_(context) {}

  void take(const Field& field, int index) {
    if (lua_isnoneornil(L_, index)) {
      if (field.flags & Field::kRequired) problems.push_back(cat("'", field.name, "' is missing, expected ", expected(field.type)));
      return;
    }
    if (field.type == Type::kFunction) {
      if (const auto* unknown = unknown_at(L_, index)) raise_unknown(L_, *unknown, "to be called");
      if (!lua_isfunction(L_, index)) return wrong(field, index);
      if (out.handlers == LUA_NOREF) {
        lua_newtable(L_);
        out.handlers = luaL_ref(L_, LUA_REGISTRYINDEX);
      }
      index = lua_absindex(L_, index);
      lua_rawgeti(L_, LUA_REGISTRYINDEX, out.handlers);
      lua_pushvalue(L_, index);
      lua_setfield(L_, -2, field.name);
      lua_pop(L_, 1);
      return;
    }
    auto value = to_value(L_, index, field.name);
    if (!value && value.error().code == "plan.unknown") raise(L_, std::move(value).error());
    if (!value) {
      problems.push_back(value.error().message);
      return;
    }
    if (value->is_unknown() || convert(field, *value)) {
      check_choice(field, *value);
      if ((field.flags & Field::kHidden) && value->is_string()) *value = Value::Secret{value->as_string(), field.name};
      out.args.set(field.name, std::move(*value));
    } else {
      wrong(field, index);
    }
  }

  std::vector<std::string> problems;
  Arguments out;

 private:
  void wrong(const Field& field, int index) {
    std::string got = luaL_typename(L_, index);
    if (lua_type(L_, index) == LUA_TSTRING) got = cat("'", printable(lua_tostring(L_, index)), "'");
    if (lua_type(L_, index) == LUA_TNUMBER) got = to_json(to_value(L_, index, "").value());
    problems.push_back(cat("'", field.name, "' must be ", expected(field.type), ", got ", got));
  }

  void check_choice(const Field& field, const Value& value) {
    if (!field.choices || !value.is_string()) return;
    for (const std::string& choice : *field.choices) {
      if (choice == value.as_string()) return;
    }
    problems.push_back(cat("'", field.name, "' must be one of ", join(*field.choices, ", "), ", got '", printable(value.as_string()), "'"));
  }

  // Brings the value to the field's type; false where it is of another one.
  bool convert(const Field& field, Value& value) {
    switch (field.type) {
      case Type::kAny: return true;
      case Type::kBoolean: return value.is_boolean();
      case Type::kInteger:
        if (value.kind() == Value::Kind::kNumber && value.as_number() == std::floor(value.as_number())) value = value.as_int();
        return value.is_integer();
      case Type::kNumber: return value.is_number();
      case Type::kString: return value.is_string();
      case Type::kPath:
        if (!value.is_string() || value.as_string().empty() || value.as_string().find('\0') != std::string::npos) return false;
        value = absolute_path(value.as_string(), context_.base);
        return true;
      case Type::kSecret: return value.is_string() || value.is_secret();
      case Type::kDuration: return quantity(value, parse_duration, false);
      case Type::kSize: return quantity(value, parse_size, true);
      case Type::kStrings:
        if (value.is_object() && value.members().empty()) value = Value::Array{};
        for (const Value& item : value.items()) {
          if (!item.is_string() && !item.is_secret() && !item.is_unknown()) return false;
        }
        return value.is_array();
      case Type::kMap:
        if (value.is_array() && value.items().empty()) value = Value::Object{};
        for (const auto& [key, member] : value.members()) {
          if (!is_scalar(member)) return false;
        }
        return value.is_object();
      case Type::kTable:
        if (value.is_array() && value.items().empty()) value = Value::Object{};
        return value.is_object();
      case Type::kList:
        if (value.is_object() && value.members().empty()) value = Value::Array{};
        return value.is_array();
      case Type::kFunction: return false;
    }
    return false;
  }

  static bool quantity(Value& value, double (*parse)(std::string_view), bool whole) {
    double amount = -1;
    if (value.is_string()) amount = parse(value.as_string());
    if (value.is_number()) amount = value.as_number();
    if (!(amount >= 0) || amount > 9e18) return false;
    value = whole ? Value(static_cast<std::int64_t>(amount)) : Value(amount);
    return true;
  }

  lua_State* L_;
  const ArgumentContext& context_;
};

bool positional(const Field& field) { return (field.flags & Field::kPositional) != 0; }

}  // namespace

Arguments read_arguments(lua_State* L, const std::vector<Field>& fields, const ArgumentContext& context) {
  Checker checker(L, context);
  int index = context.method ? 2 : 1;
  for (const Field& field : fields) {
    if (positional(field)) checker.take(field, index++);
  }
  std::vector<std::string> options;
  for (const Field& field : fields) {
    if (!positional(field)) options.emplace_back(field.name);
  }
  const bool given = !lua_isnoneornil(L, index);
  if (const auto* unknown = unknown_at(L, index)) raise_unknown(L, *unknown, "needed for its options");
  if (given && options.empty()) {
    checker.problems.push_back(cat("takes ", index - (context.method ? 2 : 1), " arguments"));
  } else if (given && lua_type(L, index) != LUA_TTABLE) {
    checker.problems.push_back(cat("the options must be a table, got ", luaL_typename(L, index)));
  } else {
    if (given) {
      lua_pushnil(L);
      while (lua_next(L, index) != 0) {
        lua_pop(L, 1);
        if (const auto* unknown = unknown_at(L, -1)) raise_unknown(L, *unknown, "a key");
        if (lua_type(L, -1) != LUA_TSTRING) {
          checker.problems.push_back(cat("options are named, got an entry with a ", luaL_typename(L, -1), " key"));
          continue;
        }
        const std::string key = lua_tostring(L, -1);
        if (std::find(options.begin(), options.end(), key) != options.end()) continue;
        const std::string near = did_you_mean(key, options);
        checker.problems.push_back(cat("unknown option '", printable(key), "'", near.empty() ? "" : cat(", did you mean '", near, "'?")));
      }
      if (!lua_isnoneornil(L, index + 1)) checker.problems.push_back("more arguments than it takes");
    }
    for (const Field& field : fields) {
      if (positional(field)) continue;
      given ? lua_getfield(L, index, field.name) : static_cast<int>((lua_pushnil(L), 0));
      checker.take(field, lua_gettop(L));
      lua_pop(L, 1);
    }
  }
  if (!checker.out.args.is_object()) checker.out.args = Value::Object{};
  if (!checker.problems.empty()) {
    raise(L, Error("argument.invalid", cat(context.function, ": ", join(checker.problems, "; ")),
                   cat("runbook help ", context.function)));
  }
  return std::move(checker.out);
}

int push_arguments(lua_State* L, const std::vector<Field>& fields, const Arguments& arguments) {
  int pushed = 0;
  bool any_option = false;
  for (const Field& field : fields) {
    any_option = any_option || !positional(field);
    if (!positional(field)) continue;
    push_value(L, arguments.args[field.name]);
    ++pushed;
  }
  if (!any_option) return pushed;
  lua_newtable(L);
  const int table = lua_gettop(L);
  for (const Field& field : fields) {
    if (positional(field)) continue;
    if (field.type == Type::kFunction && arguments.handlers != LUA_NOREF) {
      lua_rawgeti(L, LUA_REGISTRYINDEX, arguments.handlers);
      lua_getfield(L, -1, field.name);
      lua_remove(L, -2);
    } else {
      push_value(L, arguments.args[field.name]);
    }
    lua_setfield(L, table, field.name);
  }
  return pushed + 1;
}

}  // namespace runbook::script
