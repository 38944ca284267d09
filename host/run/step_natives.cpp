// SPDX-License-Identifier: Apache-2.0
#include "host/run/step_natives.h"

#include "host/core/text.h"
#include "host/script/errors.h"
#include "host/script/scheduler.h"
#include "host/script/values.h"

namespace runbook {
namespace {

using script::Scheduler;
using script::Task;
using script::TaskContext;

const char kRevertToken = 0;
constexpr char kScope[] = "runbook.scope";

StepHost& host_of(lua_State* L) { return *static_cast<StepHost*>(lua_touserdata(L, lua_upvalueindex(1))); }

Steps& steps_of(lua_State* L) {
  Scheduler::of(L).require_waitable(L);
  Steps* steps = host_of(L).steps;
  if (!steps) luaL_error(L, "no run");
  return *steps;
}

std::string text_at(lua_State* L, int index) {
  std::size_t length = 0;
  const char* text = luaL_checklstring(L, index, &length);
  return std::string(text, length);
}

// The path of a step that the running task begins.
std::string path_of(lua_State* L, const std::string& title, const std::string& key) {
  const std::string& prefix = Scheduler::of(L).current()->context.prefix;
  return cat(prefix, prefix.empty() ? "" : "/", title, key.empty() ? "" : cat("[", key, "]"));
}

// core.step_path(title, key) -> the path that such a step has here
int step_path(lua_State* L) {
  steps_of(L);
  std::string title = text_at(L, 1), key = text_at(L, 2);
  if (const auto& redact = host_of(L).redact) title = redact(std::move(title)), key = redact(std::move(key));
  const std::string path = path_of(L, title, key);
  lua_pushlstring(L, path.data(), path.size());
  return 1;
}

// core.steps_left(title, keys) -> the keys of such steps, and of earlier ones, that are not done: see Steps::left
int steps_left(lua_State* L) {
  Steps& steps = steps_of(L);
  std::string title = text_at(L, 1);
  auto keys = script::to_value(L, 2, "keys");
  if (!keys) return script::raise(L, std::move(keys).error());
  std::vector<std::string> others = keys->as_strings();
  if (const auto& redact = host_of(L).redact) {
    title = redact(std::move(title));
    for (std::string& key : others) key = redact(std::move(key));
  }
  script::push_value(L, Value::strings(steps.left(path_of(L, title, ""), others)));
  return 1;
}

// core.step_tally(path) -> how much was changed under it so far, and how much is planned
int step_tally(lua_State* L) {
  const Tally tally = steps_of(L).tally_in(text_at(L, 1));
  lua_pushinteger(L, tally.changed);
  lua_pushinteger(L, tally.planned);
  return 2;
}

// core.step_begin(title, key, {inputs, undo, doc, idempotent, check}) -> {path, state, result}
int step_begin(lua_State* L) {
  Steps& steps = steps_of(L);
  StepOptions options;
  options.title = text_at(L, 1);
  if (const auto* unknown = script::unknown_at(L, 2)) return script::raise_unknown(L, *unknown, "a step's key");
  if (lua_istable(L, 2) || lua_isfunction(L, 2) || lua_isboolean(L, 2)) {
    return script::raise(L, Error("argument.invalid", cat("rb.step '", options.title, "': 'key' must be text or a number, the same in every run")));
  }
  if (!lua_isnoneornil(L, 2)) options.key = luaL_tolstring(L, 2, nullptr);
  auto given = script::to_value(L, 3, "options");
  if (!given) return script::raise(L, std::move(given).error());
  options.inputs = (*given)["inputs"];
  options.doc = (*given)["doc"].as_string();
  options.undo = (*given)["undo"].as_bool();
  options.check = (*given)["check"].as_bool();
  options.idempotent = (*given)["idempotent"].as_bool();
  for (const std::string* part : {&options.title, &options.key}) {
    for (const char c : *part) {
      if (static_cast<unsigned char>(c) < 0x20) {
        return script::raise(L, Error("argument.invalid", "rb.step: titles and keys must not hold control characters"));
      }
    }
  }
  if (const auto& redact = host_of(L).redact) {
    options.title = redact(std::move(options.title));
    options.key = redact(std::move(options.key));
  }
  const std::string path = path_of(L, options.title, options.key);
  return Scheduler::of(L).await(L, [&](const Scheduler::Emit&, Done done) { return steps.begin(path, std::move(options), std::move(done)); });
}

int step_replay(lua_State* L) {
  steps_of(L).replay(text_at(L, 1));
  return 0;
}

int step_again(lua_State* L) {
  Steps& steps = steps_of(L);
  const std::string path = text_at(L, 1);
  return Scheduler::of(L).await(L, [&](const Scheduler::Emit&, Done done) { return steps.again(path, std::move(done)); });
}

// Whether the value, which has been found to be neither too deep nor a cycle, holds a handle.
bool holds_handle(lua_State* L, int index) {
  if (script::handle_at(L, index)) return true;
  if (!lua_istable(L, index)) return false;
  luaL_checkstack(L, 3, nullptr);
  const int table = lua_absindex(L, index);
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    if (!holds_handle(L, -1)) continue;
    lua_pop(L, 2);
    return true;
  }
  return false;
}

Result<Value> result_at(lua_State* L, int index, const std::string& path) {
  auto result = script::to_value(L, index, "result");
  if (result && holds_handle(L, index)) {
    return Error("step.result", cat("the result of step '", path, "' holds a handle, which a resumed run could not have back"),
                 "make the handle outside of the step; it connects when it is used");
  }
  if (result) return result;
  return Error("step.result", cat("the result of step '", path, "' cannot be kept: ", result.error().message),
               "return plain values: text, numbers, booleans and tables of them");
}

int step_adopt(lua_State* L) {
  Steps& steps = steps_of(L);
  const std::string path = text_at(L, 1);
  auto result = result_at(L, 2, path);
  if (!result) return script::raise(L, std::move(result).error());
  return Scheduler::of(L).await(L, [&](const Scheduler::Emit&, Done done) { return steps.adopt(path, std::move(*result), std::move(done)); });
}

// core.undo_stop(message): ends the telling of a run that is to be undone, past every pcall
int undo_stop(lua_State* L) {
  Scheduler::of(L).begin_unwinding(script::Unwinding::kStopped);
  return script::raise(L, Error("undo.stop", text_at(L, 1)));
}

// What a scope restores when it closes.
struct Scope {
  StepHost* host;
  std::string path;
  std::string step, prefix;
  bool undoing;
  bool finished = false;
};

Scope* open_scope(lua_State* L, StepHost& host, const std::string& path, bool undoing) {
  Task& task = *Scheduler::of(L).current();
  auto* scope = new (lua_newuserdatauv(L, sizeof(Scope), 0)) Scope{&host, path, task.context.step, task.context.prefix, undoing};
  luaL_setmetatable(L, kScope);
  task.context.step = path;
  task.context.prefix = path;
  return scope;
}

Scope* innermost(lua_State* L, const std::string& path) {
  lua_getfield(L, LUA_REGISTRYINDEX, "runbook.scopes");
  lua_getfield(L, -1, path.c_str());
  auto* scope = static_cast<Scope*>(luaL_testudata(L, -1, kScope));
  lua_pop(L, 2);
  return scope;
}

void remember_scope(lua_State* L, const std::string& path) {
  lua_getfield(L, LUA_REGISTRYINDEX, "runbook.scopes");
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, path.c_str());
  lua_pop(L, 1);
}

// core.step_scope(path, [told_again]) -> a value to close; told again, the step's record stays as it is
int step_scope(lua_State* L) {
  steps_of(L);
  const std::string path = text_at(L, 1);
  const bool told_again = lua_toboolean(L, 2);
  open_scope(L, host_of(L), path, false)->finished = told_again;
  remember_scope(L, path);
  return 1;
}

int undo_scope(lua_State* L) {
  Steps& steps = steps_of(L);
  const std::string path = text_at(L, 1);
  steps.undo_begin(path);
  open_scope(L, host_of(L), path, true);
  remember_scope(L, path);
  return 1;
}

int step_end(lua_State* L) {
  Steps& steps = steps_of(L);
  const std::string path = text_at(L, 1);
  auto result = result_at(L, 2, path);
  if (!result) return script::raise(L, std::move(result).error());
  if (Scope* scope = innermost(L, path)) scope->finished = true;
  return Scheduler::of(L).await(L, [&](const Scheduler::Emit&, Done done) { return steps.finish(path, std::move(*result), std::move(done)); });
}

int undo_end(lua_State* L) {
  Steps& steps = steps_of(L);
  const std::string path = text_at(L, 1);
  if (Scope* scope = innermost(L, path)) scope->finished = true;
  return Scheduler::of(L).await(L, [&](const Scheduler::Emit&, Done done) { return steps.undo_end(path, std::move(done)); });
}

int step_revert(lua_State* L) {
  steps_of(L);
  StepHost& host = host_of(L);
  const std::string path = text_at(L, 1);
  return Scheduler::of(L).await(L, [&](const Scheduler::Emit&, Done done) { return host.revert(path, std::move(done)); });
}

// core.revert_newer([path]): puts back what was changed outside any step since the step finished; without one, all of it
int revert_newer(lua_State* L) {
  steps_of(L);
  StepHost& host = host_of(L);
  const std::optional<std::string> path = lua_isnoneornil(L, 1) ? std::nullopt : std::optional(text_at(L, 1));
  return Scheduler::of(L).await(L, [&](const Scheduler::Emit&, Done done) { return host.revert_newer(path, std::move(done)); });
}

// __close(scope, error): what is left without having finished has failed, and that is recorded before going on.
int close_scope(lua_State* L) {
  auto* scope = static_cast<Scope*>(luaL_checkudata(L, 1, kScope));
  Scheduler& scheduler = Scheduler::of(L);
  Task& task = *scheduler.current();
  task.context.step = scope->step;
  task.context.prefix = scope->prefix;
  if (scope->finished) return 0;
  scope->finished = true;
  Error error = lua_isnoneornil(L, 2) ? Error("cancelled", "cancelled") : script::to_error(L, 2);
  const bool cancelled = error.code == "cancelled" || error.code == "undo.stop";
  const auto state = cancelled ? journal::State::kCancelled : journal::State::kFailed;
  Steps& steps = *scope->host->steps;
  if (scope->undoing) {
    steps.undo_fail(scope->path, error, state);
    return 0;
  }
  const std::string path = scope->path;
  return scheduler.await(L, [&](const Scheduler::Emit&, Done done) { return steps.fail(path, error, state, std::move(done)); });
}

int collect_scope(lua_State* L) {
  static_cast<Scope*>(lua_touserdata(L, 1))->~Scope();
  return 0;
}

int set_undo(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  host_of(L).undo_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

// core.did_you_mean(word, words) -> ", did you mean 'x'?" or ""
int suggest(lua_State* L) {
  auto words = script::to_value(L, 2, "words");
  const std::string near = words ? did_you_mean(luaL_tolstring(L, 1, nullptr), words->as_strings()) : "";
  const std::string text = near.empty() ? "" : cat(", did you mean '", near, "'?");
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

}  // namespace

void push_undo(lua_State* L, StepHost& host) {
  if (host.undo_ref != LUA_NOREF) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, host.undo_ref);
    return;
  }
  lua_pushlightuserdata(L, &host);
  lua_pushcclosure(L, [](lua_State* state) {
    lua_settop(state, 0);
    return revert_newer(state);
  }, 1);
}

void add_step_natives(lua_State* L, StepHost& host) {
  if (luaL_newmetatable(L, kScope)) {
    lua_pushcfunction(L, close_scope);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, collect_scope);
    lua_setfield(L, -2, "__gc");
  }
  lua_pop(L, 1);
  lua_newtable(L);
  lua_setfield(L, LUA_REGISTRYINDEX, "runbook.scopes");
  const luaL_Reg functions[] = {{"step_begin", step_begin}, {"step_replay", step_replay}, {"step_again", step_again},
                                {"step_adopt", step_adopt}, {"step_scope", step_scope},   {"step_end", step_end},
                                {"step_revert", step_revert}, {"revert_newer", revert_newer}, {"undo_scope", undo_scope}, {"undo_end", undo_end},
                                {"set_undo", set_undo},       {"undo_stop", undo_stop},
                                {"step_path", step_path},     {"steps_left", steps_left}, {"step_tally", step_tally}, {"did_you_mean", suggest}, {nullptr, nullptr}};
  lua_pushlightuserdata(L, &host);
  luaL_setfuncs(L, functions, 1);
  lua_pushlightuserdata(L, const_cast<char*>(&kRevertToken));
  lua_setfield(L, -2, "revert_token");
}

}  // namespace runbook
