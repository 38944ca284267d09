// SPDX-License-Identifier: Apache-2.0
#include "host/script/binding.h"

#include <cstring>

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/script/errors.h"
#include "host/script/host_environment.h"
#include "host/script/lua_sink.h"
#include "host/script/scheduler.h"
#include "host/script/values.h"

namespace runbook::script {
namespace {

// A bound export: the upvalue of its Lua function. Lives in a full userdata, so that it ends with the state.
struct Bound {
  BindingHost* host;
  const Module* module;
  const Export* exported;
  std::string function;  // "docker.container_create"
  int body = LUA_NOREF;  // a composite's Lua body
};

Bound& bound(lua_State* L, int upvalue = 1) { return *static_cast<Bound*>(lua_touserdata(L, lua_upvalueindex(upvalue))); }

EffectCall effect_call(lua_State* L, const Bound& callee, Value args) {
  const TaskContext& context = callee.host->scheduler.current()->context;
  EffectCall call;
  call.operation = callee.exported->operation;
  call.timeout = args["timeout"].as_number(0);
  call.args = std::move(args);
  call.parent = context.composite;
  call.covered = context.covered;
  call.step = context.step;
  call.where = script_position(L);
  call.rehearsal = context.rehearsal;
  callee.host->gate.aim(call);
  return call;
}

int run_operation(lua_State* L, Bound& callee, Arguments arguments, std::string diff) {
  Scheduler& scheduler = callee.host->scheduler;
  scheduler.require_waitable(L);
  EffectCall call = effect_call(L, callee, std::move(arguments.args));
  call.diff = std::move(diff);
  const auto changes = call.rehearsal ? nullptr : scheduler.current()->context.changes;
  return scheduler.await(
      L,
      [&](Scheduler::Emit emit, Done done) {
        call.on_event = std::move(emit);
        const Operation* operation = call.operation;
        return callee.host->gate.run(std::move(call), [changes, operation, done = std::move(done)](Result<Value> result) mutable {
          if (changes && result && operation->effect != Effect::kRead && (*result)["changed"].as_bool(true)) ++*changes;
          done(std::move(result));
        });
      },
      arguments.handlers);
}

// Runs a composite: its body is Lua, in a task of its own that the filters let start.
int run_composite(lua_State* L, Bound& callee, Arguments arguments) {
  Scheduler& scheduler = callee.host->scheduler;
  scheduler.require_waitable(L);
  if (callee.body == LUA_NOREF) luaL_error(L, "%s has no body", callee.function.c_str());
  EffectCall call = effect_call(L, callee, arguments.args);
  call.changes = std::make_shared<int>(0);

  lua_rawgeti(L, LUA_REGISTRYINDEX, callee.body);
  const bool method = callee.exported->handle != nullptr;
  if (method) lua_pushvalue(L, 1);
  const auto& fields = callee.exported->operation->fields;
  const int count = push_arguments(L, fields, arguments) + (method ? 1 : 0);
  luaL_unref(L, LUA_REGISTRYINDEX, arguments.handlers);
  const auto task = scheduler.spawn(L, count, true);
  task->as_value = true;
  task->context.changes = call.changes;
  task->context.covered = call.access();
  const auto outer = scheduler.current()->context.changes;
  const auto inner = call.changes;

  call.body = [&scheduler, task](const Invocation& invocation, Done done) -> Cancel {
    task->context.composite = invocation.effect_id;
    auto slot = std::make_shared<Done>(std::move(done));
    scheduler.when_finished(*task, [&scheduler, task, slot] {
      Result<Value> result = task->error ? Result<Value>(*task->error) : Result<Value>(task->value);
      scheduler.forget(task->id);
      (*slot)(std::move(result));
    });
    scheduler.release(task);
    return [&scheduler, task, slot] {
      slot->reset();
      scheduler.cancel(*task);
    };
  };
  return scheduler.await(
      L,
      [&](const Scheduler::Emit&, Done done) {
        return callee.host->gate.run(std::move(call), [&scheduler, task, outer, inner, done = std::move(done)](Result<Value> result) mutable {
          scheduler.cancel(*task);  // where a filter refused, the body never started
          if (outer && *inner > 0) ++*outer;
          done(std::move(result));
        });
      },
      LUA_NOREF,
      [inner](lua_State* state) {
        lua_pushboolean(state, *inner > 0);
        return 1;
      });
}

int run_pure(lua_State* L, Bound& callee, const Value& args) {
  const Value::Secret* tainted = nullptr;
  const auto find_secret = [&](const Value& value, auto&& self) -> void {
    if (value.is_secret()) tainted = value.secret();
    for (const Value& item : value.items()) self(item, self);
    for (const auto& [key, member] : value.members()) self(member, self);
  };
  find_secret(args, find_secret);
  for (const auto& [key, member] : args.members()) {
    if (member.has_unknown()) {
      push_value(L, member.is_unknown() ? member : Value(Value::Unknown{cat("an argument of ", callee.function)}));
      return 1;
    }
  }
  const PureFunction& function = *callee.exported->function;
  if (function.stream) {
    const std::string name = tainted ? tainted->name : "";
    LuaSink sink(L, tainted ? &name : nullptr);
    if (auto read = function.stream(args, sink); !read) return raise(L, std::move(read).error());
    return 1;
  }
  auto result = function.call(args);
  if (!result) return raise(L, std::move(result).error());
  if (tainted) {
    const std::string name = tainted->name;
    const auto taint = [&](Value& value, auto&& self) -> void {
      if (value.is_string()) value = Value(Value::Secret{value.as_string(), name});
      if (value.is_array()) {
        for (Value& item : value.mutable_items()) self(item, self);
      }
      if (value.is_object()) {
        for (auto& [key, member] : value.mutable_members()) self(member, self);
      }
    };
    taint(*result, taint);
  }
  push_value(L, *result, Nulls::kKept);
  return 1;
}

const std::vector<Field>& fields_of(const Export& exported) {
  return exported.operation ? exported.operation->fields : exported.function->fields;
}

int call_export(lua_State* L) {
  Bound& callee = bound(L);
  const Export& exported = *callee.exported;
  ArgumentContext context{callee.function.c_str(), exported.handle != nullptr, callee.host->base};
  const HandleInfo* handle = nullptr;
  if (exported.handle) {
    handle = handle_at(L, 1);
    if (const auto* unknown = unknown_at(L, 1)) return raise_unknown(L, *unknown, "used as a handle");
    const std::string wanted = cat(callee.module->name, ".", exported.handle);
    if (!handle || handle->class_name != wanted) {
      return raise(L, Error("argument.invalid", cat(callee.function, ": call it as a method: handle:", exported.lua_name, "(...)")));
    }
  }
  Arguments arguments = read_arguments(L, fields_of(exported), context);
  if (exported.function) return run_pure(L, callee, arguments.args);
  if (handle) arguments.args.set("target", handle->target);
  if (exported.operation->perform == nullptr) return run_composite(L, callee, std::move(arguments));
  return run_operation(L, callee, std::move(arguments), {});
}

void push_bound(lua_State* L, BindingHost& host, const Module& module, const Export& exported) {
  new (lua_newuserdatauv(L, sizeof(Bound), 0)) Bound{&host, &module, &exported, cat(module.name, ".", exported.lua_name)};
  if (luaL_newmetatable(L, "runbook.bound")) {
    lua_pushcfunction(L, [](lua_State* state) {
      static_cast<Bound*>(lua_touserdata(state, 1))->~Bound();
      return 0;
    });
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
}

struct ModuleContext {
  BindingHost* host;
  const Module* module;
};

const Export* find_export(const Module& module, const char* name) {
  for (const Export& exported : module.exports) {
    if (std::strcmp(exported.lua_name, name) == 0) return &exported;
  }
  return nullptr;
}

ModuleContext& module_context(lua_State* L) { return *static_cast<ModuleContext*>(lua_touserdata(L, lua_upvalueindex(1))); }

std::string class_name(const Module& module, const char* name) { return cat(module.name, ".", name); }

// A method that is not there names the nearest one that is.
int missing_method(lua_State* L) {
  const char* key = lua_tostring(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  std::vector<std::string> names;
  lua_pushnil(L);
  while (lua_next(L, lua_upvalueindex(1)) != 0) {
    if (lua_type(L, -2) == LUA_TSTRING) names.emplace_back(lua_tostring(L, -2));
    lua_pop(L, 1);
  }
  const char* owner = lua_tostring(L, lua_upvalueindex(2));
  const std::string near = key ? did_you_mean(key, names) : "";
  return raise(L, Error("argument.unknown", cat(owner, " has no '", key ? printable(key) : "?", "'", near.empty() ? "" : cat(", did you mean '", near, "'?"))));
}

// Pushes the table of methods of a handle class, made on first use.
void push_class(lua_State* L, BindingHost& host, const Module& module, const char* name) {
  const std::string full = class_name(module, name);
  if (luaL_getmetatable(L, full.c_str()) == LUA_TTABLE) {
    lua_getfield(L, -1, "methods");
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  new_handle_class(L, full);
  lua_newtable(L);
  for (const Export& exported : module.exports) {
    if (!exported.handle || std::strcmp(exported.handle, name) != 0) continue;
    push_bound(L, host, module, exported);
    lua_pushcclosure(L, call_export, 1);
    lua_setfield(L, -2, exported.lua_name);
  }
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
  lua_pushvalue(L, -1);
  lua_pushlstring(L, full.data(), full.size());
  lua_pushcclosure(L, missing_method, 2);
  lua_setfield(L, -3, "__index");
  lua_pushvalue(L, -1);
  lua_pushcclosure(
      L,
      [](lua_State* state) {
        lua_getfield(state, lua_upvalueindex(1), "close");
        if (lua_isnil(state, -1)) return 0;
        lua_pushvalue(state, 1);
        lua_callk(state, 1, 0, 0, [](lua_State*, int, lua_KContext) { return 0; });
        return 0;
      },
      1);
  lua_setfield(L, -3, "__close");
  lua_remove(L, -2);
}

// internal.class(name) -> methods
int internal_class(lua_State* L) {
  ModuleContext& self = module_context(L);
  push_class(L, *self.host, *self.module, luaL_checkstring(L, 1));
  return 1;
}

// internal.handle(class, target) -> handle
int internal_handle(lua_State* L) {
  ModuleContext& self = module_context(L);
  const char* name = luaL_checkstring(L, 1);
  auto target = to_value(L, 2, "target");
  if (!target) return raise(L, std::move(target).error());
  push_class(L, *self.host, *self.module, name);
  push_handle(L, {class_name(*self.module, name), std::move(*target)});
  return 1;
}

// internal.target(handle) -> target
int internal_target(lua_State* L) {
  const HandleInfo* handle = handle_at(L, 1);
  if (!handle) return luaL_error(L, "expected a handle");
  push_value(L, handle->target);
  return 1;
}

// internal.compose(export, body): gives a composite its body
int internal_compose(lua_State* L) {
  ModuleContext& self = module_context(L);
  const char* name = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  const Export* exported = find_export(*self.module, name);
  if (!exported || !exported->operation || exported->operation->perform) return luaL_error(L, "'%s' is no composite", name);
  lua_settop(L, 2);
  if (exported->handle) {
    push_class(L, *self.host, *self.module, exported->handle);
  } else {
    lua_pushvalue(L, lua_upvalueindex(2));
  }
  lua_getfield(L, -1, name);
  lua_getupvalue(L, -1, 1);
  auto* callee = static_cast<Bound*>(lua_touserdata(L, -1));
  lua_pushvalue(L, 2);
  callee->body = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

// internal.call(export, target, args, {diff=}): an operation with explicit arguments
int internal_call(lua_State* L) {
  ModuleContext& self = module_context(L);
  const char* name = luaL_checkstring(L, 1);
  const Export* exported = find_export(*self.module, name);
  if (!exported || !exported->operation || !exported->operation->perform) return luaL_error(L, "'%s' is no operation", name);
  Arguments arguments;
  auto args = to_value(L, 3, "args");
  if (!args) return raise(L, std::move(args).error());
  arguments.args = args->is_object() ? std::move(*args) : Value(Value::Object{});
  if (!lua_isnoneornil(L, 2)) {
    auto target = to_value(L, 2, "target");
    if (!target) return raise(L, std::move(target).error());
    arguments.args.set("target", std::move(*target));
  }
  std::string diff;
  if (lua_istable(L, 4)) {
    lua_getfield(L, 4, "diff");
    if (lua_type(L, -1) == LUA_TSTRING) diff = lua_tostring(L, -1);
    lua_pop(L, 1);
    lua_getfield(L, 4, "handlers");
    if (lua_istable(L, -1)) {
      arguments.handlers = luaL_ref(L, LUA_REGISTRYINDEX);
    }
  }
  push_bound(L, *self.host, *self.module, *exported);
  Bound& callee = *static_cast<Bound*>(lua_touserdata(L, -1));
  return run_operation(L, callee, std::move(arguments), std::move(diff));
}

// internal.fail(code, message, {hint=, context=, retryable=})
int internal_fail(lua_State* L) {
  Error error(luaL_checkstring(L, 1), luaL_checkstring(L, 2));
  if (lua_istable(L, 3)) {
    auto options = to_value(L, 3, "options");
    if (!options) return raise(L, std::move(options).error());
    options->set("code", error.code);
    options->set("message", error.message);
    error = error_from_value(*options);
  }
  return raise(L, std::move(error));
}

int internal_is_unknown(lua_State* L) {
  lua_pushboolean(L, unknown_at(L, 1) != nullptr);
  return 1;
}

int internal_emit(lua_State* L) {
  auto event = to_value(L, 1, "event");
  if (!event) return raise(L, std::move(event).error());
  ModuleContext& self = module_context(L);
  if (self.host->emit) self.host->emit(std::move(*event));
  return 0;
}

// internal.pure.<name>(args): a pure function with an explicit table of arguments
int internal_pure(lua_State* L) {
  Bound& callee = bound(L);
  auto args = to_value(L, 1, "args");
  if (!args) return raise(L, std::move(args).error());
  return run_pure(L, callee, *args);
}

void push_internal(lua_State* L, BindingHost& host, const Module& module, int module_table) {
  lua_newtable(L);
  auto* context = static_cast<ModuleContext*>(lua_newuserdatauv(L, sizeof(ModuleContext), 0));
  *context = {&host, &module};
  const int upvalue = lua_gettop(L);
  const luaL_Reg functions[] = {{"class", internal_class},     {"handle", internal_handle}, {"target", internal_target},
                                {"compose", internal_compose}, {"call", internal_call},     {"fail", internal_fail},
                                {"is_unknown", internal_is_unknown}, {"emit", internal_emit}};
  for (const auto& [name, function] : functions) {
    lua_pushvalue(L, upvalue);
    lua_pushvalue(L, module_table);
    lua_pushcclosure(L, function, 2);
    lua_setfield(L, upvalue - 1, name);
  }
  lua_pop(L, 1);
  lua_pushboolean(L, host.dry_run);
  lua_setfield(L, -2, "dry_run");
  lua_pushlstring(L, host.base.data(), host.base.size());
  lua_setfield(L, -2, "base");
  lua_newtable(L);
  for (const Export& exported : module.exports) {
    if (!exported.function) continue;
    push_bound(L, host, module, exported);
    lua_pushcclosure(L, internal_pure, 1);
    lua_setfield(L, -2, exported.lua_name);
  }
  lua_setfield(L, -2, "pure");
}

}  // namespace

void seal_table(lua_State* L, const char* name) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, -3);
  lua_pushstring(L, name);
  lua_pushcclosure(L, missing_method, 2);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_pushcclosure(
      L,
      [](lua_State* state) {
        return raise(state, Error("argument.readonly", cat("'", lua_tostring(state, lua_upvalueindex(1)), "' cannot be changed")));
      },
      1);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

void push_chunk(lua_State* L, const EmbeddedLua& chunk) {
  const std::string name = cat("=[", chunk.name, "]");
  if (luaL_loadbufferx(L, chunk.bytecode.data(), chunk.bytecode.size(), name.c_str(), "b") != LUA_OK) lua_error(L);
  use_host_environment(L);
}

void push_module(lua_State* L, BindingHost& host, const Module& module) {
  lua_newtable(L);
  const int table = lua_gettop(L);
  for (const Export& exported : module.exports) {
    if (exported.handle) continue;
    push_bound(L, host, module, exported);
    lua_pushcclosure(L, call_export, 1);
    lua_setfield(L, table, exported.lua_name);
  }
  if (module.lua) {
    push_internal(L, host, module, table);
    const std::string further = cat(module.name, ".lua.");
    for (const EmbeddedLua& chunk : *module.lua) {
      const std::string_view name = chunk.name;
      if (name != module.name && !name.starts_with(further)) continue;
      push_chunk(L, chunk);
      lua_pushvalue(L, table);
      lua_pushvalue(L, table + 1);
      lua_call(L, 2, 0);
    }
    lua_pop(L, 1);
  }
  seal_table(L, module.name);
}

}  // namespace runbook::script
