// SPDX-License-Identifier: Apache-2.0
#include "host/script/core_natives.h"

#include <chrono>

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/script/errors.h"
#include "host/script/scheduler.h"
#include "host/script/values.h"

namespace runbook::script {
namespace {

std::shared_ptr<Task> task_at(lua_State* L, int index) {
  auto task = Scheduler::of(L).find(static_cast<std::uint64_t>(luaL_checkinteger(L, index)));
  if (!task) luaL_error(L, "no such task");
  return task;
}

// core.spawn(fn [, key]) -> id; the key is added to the paths of the steps inside
int core_spawn(lua_State* L) {
  const std::string key = luaL_optstring(L, 2, "");
  lua_settop(L, 1);
  Scheduler& scheduler = Scheduler::of(L);
  scheduler.require_waitable(L);
  const auto task = scheduler.spawn(L, 0);
  if (!key.empty()) task->context.prefix += cat("[", key, "]");
  lua_pushinteger(L, static_cast<lua_Integer>(task->id));
  return 1;
}

// core.wait_any(ids [, seconds]) -> the id of one that has ended, or nil when the time is over
int core_wait_any(lua_State* L) {
  Scheduler& scheduler = Scheduler::of(L);
  std::vector<std::shared_ptr<Task>> tasks;
  luaL_checktype(L, 1, LUA_TTABLE);
  for (lua_Integer i = 1; lua_rawgeti(L, 1, i) != LUA_TNIL; ++i) {
    tasks.push_back(task_at(L, -1));
    lua_pop(L, 1);
  }
  const double limit = luaL_optnumber(L, 2, -1);
  return scheduler.await(L, [&](const Scheduler::Emit&, Done done) -> Cancel {
    struct Wait {
      Done done;
      Cancel timer;
    };
    auto wait = std::make_shared<Wait>();
    wait->done = std::move(done);
    const auto settle = [wait](const Value& value) {
      if (wait->timer) wait->timer();
      wait->done(value);
    };
    if (limit >= 0) {
      wait->timer = scheduler.loop().after(seconds(limit), [wait] {
        wait->timer.reset();
        wait->done(Value());
      });
    }
    for (const auto& task : tasks) {
      scheduler.when_finished(*task, [settle, id = task->id] { settle(static_cast<std::int64_t>(id)); });
    }
    return [wait] {
      wait->done.reset();
      if (wait->timer) wait->timer();
    };
  });
}

// core.outcome(id [, aside]) -> { ok = true, n = , ... } or { ok = false, error = }; forgets the task. Where its plan
// ended, so does that of who asks; asked aside, it is only told so, and may ask once more.
int core_outcome(lua_State* L) {
  Scheduler& scheduler = Scheduler::of(L);
  const auto task = task_at(L, 1);
  if (!task->finished) return luaL_error(L, "task has not finished");
  bool kept = false;
  if (task->error) {
    const bool unknown = task->error->code == "plan.unknown";
    kept = unknown && lua_toboolean(L, 2);
    if (unknown && !kept) scheduler.begin_unwinding(Unwinding::kUnknown);
    lua_newtable(L);
    push_error(L, *task->error);
    lua_setfield(L, -2, "error");
  } else {
    lua_rawgeti(L, LUA_REGISTRYINDEX, task->results_ref);
  }
  lua_pushboolean(L, !task->error);
  lua_setfield(L, -2, "ok");
  if (!kept) scheduler.forget(task->id);
  return 1;
}

int core_cancel(lua_State* L) {
  Scheduler::of(L).cancel(*task_at(L, 1));
  return 0;
}

int core_sleep(lua_State* L) {
  const double delay = luaL_checknumber(L, 1);
  Scheduler& scheduler = Scheduler::of(L);
  return scheduler.await(L, [&](const Scheduler::Emit&, Done done) {
    return scheduler.loop().after(seconds(delay), [done = std::move(done)]() mutable { done(Value()); });
  });
}

// core.duration(function, value) -> seconds
int core_duration(lua_State* L) {
  if (const Value::Unknown* unknown = unknown_at(L, 2)) return raise_unknown(L, *unknown, "waited for");
  double amount = -1;
  if (lua_type(L, 2) == LUA_TSTRING) amount = parse_duration(lua_tostring(L, 2));
  if (lua_type(L, 2) == LUA_TNUMBER) amount = lua_tonumber(L, 2);
  if (!(amount >= 0) || amount > 1e9) {
    return raise(L, Error("argument.invalid", cat(luaL_checkstring(L, 1), ": expected a duration: seconds, or text like \"5m\"")));
  }
  lua_pushnumber(L, amount);
  return 1;
}

int core_show_duration(lua_State* L) {
  const std::string text = show_duration(luaL_checknumber(L, 1));
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

// core.fail(code, message [, options])
int core_fail(lua_State* L) {
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

// core.as_error(value) -> an error table, whatever was raised
int core_as_error(lua_State* L) {
  push_error(L, to_error(L, 1));
  return 1;
}

int core_typename(lua_State* L) {
  if (secret_at(L, 1)) {
    lua_pushliteral(L, "a secret");
  } else if (unknown_at(L, 1)) {
    lua_pushliteral(L, "an unknown");
  } else if (const HandleInfo* handle = handle_at(L, 1)) {
    lua_pushstring(L, handle->class_name.c_str());
  } else {
    lua_pushstring(L, luaL_typename(L, 1));
  }
  return 1;
}

int core_is_handle(lua_State* L) {
  lua_pushboolean(L, handle_at(L, 1) != nullptr);
  return 1;
}

// core.handle_name(handle) -> what the handle's target is called
int core_handle_name(lua_State* L) {
  const HandleInfo* handle = handle_at(L, 1);
  if (!handle) return luaL_error(L, "expected a handle");
  const Value& target = handle->target;
  const std::string name = target.is_string() ? target.as_string() : target.has("name") ? target["name"].as_string() : to_json(target);
  lua_pushlstring(L, name.data(), name.size());
  return 1;
}

int core_is_unknown(lua_State* L) {
  lua_pushboolean(L, unknown_at(L, 1) != nullptr);
  return 1;
}

// core.unknown(origin) -> an unknown, for what a dry run does not do
int core_unknown(lua_State* L) {
  push_unknown(L, {luaL_checkstring(L, 1)});
  return 1;
}

// core.monotonic() -> seconds of the loop's clock, as of now
int core_monotonic(lua_State* L) {
  lua_pushnumber(L, std::chrono::duration<double>(Scheduler::of(L).loop().now()).count());
  return 1;
}

// core.copy(table) -> a plain copy by value; raises where it holds what cannot be kept
int core_copy(lua_State* L) {
  auto value = to_value(L, 1, luaL_optstring(L, 2, "value"));
  if (!value) return raise(L, std::move(value).error());
  push_value(L, *value);
  return 1;
}

}  // namespace

void push_core(lua_State* L) {
  const luaL_Reg functions[] = {{"spawn", core_spawn},         {"wait_any", core_wait_any},
                                {"outcome", core_outcome},     {"cancel", core_cancel},
                                {"sleep", core_sleep},         {"duration", core_duration},
                                {"show_duration", core_show_duration}, {"fail", core_fail},
                                {"as_error", core_as_error},   {"typename", core_typename},
                                {"is_handle", core_is_handle}, {"handle_name", core_handle_name},
                                {"is_unknown", core_is_unknown}, {"copy", core_copy}, {"unknown", core_unknown}, {"monotonic", core_monotonic},
                                {nullptr, nullptr}};
  luaL_newlib(L, functions);
}

}  // namespace runbook::script
