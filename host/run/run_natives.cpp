// SPDX-License-Identifier: Apache-2.0
#include "host/run/run_natives.h"

#include <utility>

#include "host/core/text.h"
#include "host/gate/permission_text.h"
#include "host/script/errors.h"
#include "host/script/scheduler.h"
#include "host/script/values.h"

namespace runbook {
namespace {

RunNatives& natives_of(lua_State* L) { return *static_cast<RunNatives*>(lua_touserdata(L, lua_upvalueindex(1))); }

// core.secret(name) -> the secret, declared under that name
int core_secret(lua_State* L) {
  script::Scheduler::of(L).require_waitable(L);
  const std::string name = luaL_checkstring(L, 1);
  const auto& secrets = natives_of(L).secrets;
  const auto found = secrets.find(name);
  if (found == secrets.end()) {
    std::vector<std::string> names;
    for (const auto& [known, secret] : secrets) names.push_back(known);
    const std::string near = did_you_mean(name, names);
    return script::raise(L, Error("secret.undeclared", cat("secret '", printable(name), "' is not declared", near.empty() ? "" : cat(", did you mean '", near, "'?")),
                                  cat("secrets = { \"", printable(name), "\" }")));
  }
  script::push_value(L, found->second);
  return 1;
}

// core.ask(question) -> what the person typed, or nil
int core_ask(lua_State* L) {
  const std::string question = luaL_checkstring(L, 1);
  RunNatives& natives = natives_of(L);
  return script::Scheduler::of(L).await(L, [&](const script::Scheduler::Emit&, Done done) { return natives.ask(question, std::move(done)); });
}

// core.emit(event)
int core_emit(lua_State* L) {
  auto event = script::to_value(L, 1, "event");
  if (!event) return script::raise(L, std::move(event).error());
  RunNatives& natives = natives_of(L);
  if (natives.emit) natives.emit(std::move(*event));
  return 0;
}

// core.dry_run() -> whether changes are held back
int core_dry_run(lua_State* L) {
  lua_pushboolean(L, natives_of(L).dry_run);
  return 1;
}

// core.rehearse(): what the task calls from now on is only judged
int core_rehearse(lua_State* L) {
  script::Scheduler::of(L).current()->context.rehearsal = std::make_shared<Rehearsal>();
  return 0;
}

// core.rehearsed(what) -> the error that says all that is not permitted of it, or nil; calls are made again
int core_rehearsed(lua_State* L) {
  const std::string what = luaL_checkstring(L, 1);
  const auto rehearsal = std::exchange(script::Scheduler::of(L).current()->context.rehearsal, nullptr);
  if (!rehearsal || rehearsal->missing.empty()) {
    lua_pushnil(L);
  } else {
    script::push_error(L, permission_denied(what, *rehearsal->permissions, rehearsal->missing));
  }
  return 1;
}

// core.fleet([chooses]) -> see RunNatives::fleet
int core_fleet(lua_State* L) {
  if (lua_toboolean(L, 1)) natives_of(L).hosts_chosen = true;
  script::push_value(L, natives_of(L).fleet);
  return 1;
}

}  // namespace

void add_run_natives(lua_State* L, RunNatives& natives) {
  const luaL_Reg functions[] = {
      {"secret", core_secret}, {"ask", core_ask}, {"emit", core_emit}, {"dry_run", core_dry_run},
      {"rehearse", core_rehearse}, {"rehearsed", core_rehearsed}, {"fleet", core_fleet}, {nullptr, nullptr}};
  lua_pushlightuserdata(L, &natives);
  luaL_setfuncs(L, functions, 1);
}

}  // namespace runbook
