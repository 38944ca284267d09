// SPDX-License-Identifier: Apache-2.0
// What stdlib/runbook/simulate.lua is built on.
#include <cstring>

#include "host/core/text.h"
#include "host/run/run.h"
#include "host/run/spec.h"
#include "host/script/binding.h"
#include "host/script/errors.h"
#include "host/script/values.h"

namespace runbook {
namespace {

SpecNatives& natives_of(lua_State* L) { return *static_cast<SpecNatives*>(lua_touserdata(L, lua_upvalueindex(1))); }

Simulation& simulation_of(lua_State* L) {
  SpecNatives& natives = natives_of(L);
  if (!natives.simulation) script::raise(L, Error("test.no_simulation", "nothing is simulated", "call simulate { ... } first"));
  return *natives.simulation;
}

// core.simulation_begin(answer, start): the effects of this spec go to a simulated world from now on
int simulation_begin(lua_State* L) {
  SpecNatives& natives = natives_of(L);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  const double start = luaL_checknumber(L, 2);
  natives.end_simulation();
  lua_pushvalue(L, 1);
  const int answer = luaL_ref(L, LUA_REGISTRYINDEX);
  auto begun = Simulation::begin(*natives.vm, *natives.modules, answer, start);
  if (!begun) return script::raise(L, std::move(begun).error());
  natives.simulation = std::move(*begun);
  natives.gate->set_world(natives.simulation->world());
  natives.permissions->set_mode(PermissionFilter::Mode::kLifted);
  return 0;
}

int simulation_end(lua_State* L) {
  natives_of(L).end_simulation();
  return 0;
}

// core.simulated() -> whether a simulation is under way
int simulated(lua_State* L) {
  lua_pushboolean(L, natives_of(L).simulation != nullptr);
  return 1;
}

// core.simulation_files(machine) -> {path = {type, mode, owner, group, content}}, of this computer where none is named
int simulation_files(lua_State* L) {
  auto files = simulation_of(L).files(luaL_optstring(L, 1, ""));
  if (!files) return script::raise(L, std::move(files).error());
  script::push_value(L, *files);
  return 1;
}

// core.simulation_machine(here, machine) -> a handle of the class of `here`: the machine as root, by no connection
int simulation_machine(lua_State* L) {
  const script::HandleInfo* here = script::handle_at(L, 1);
  if (!here) return luaL_error(L, "expected a handle");
  script::push_handle(L, {here->class_name, Value::object({{"kind", "simulated"}, {"name", luaL_checkstring(L, 2)}})});
  return 1;
}

// core.simulation_answers(operation): the operation is asked of the spec, as {kind = "operation"}
int simulation_answers(lua_State* L) {
  SpecNatives& natives = natives_of(L);
  const std::string name = luaL_checkstring(L, 1);
  std::vector<std::string> known;
  for (const Module* module : *natives.modules) {
    for (const Export& exported : module->exports) {
      if (exported.operation && exported.operation->perform) known.emplace_back(exported.operation->name);
    }
  }
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    const std::string near = did_you_mean(name, known);
    return script::raise(L, Error("argument.invalid", cat("there is no operation '", printable(name), "'", near.empty() ? "" : cat(", did you mean '", near, "'?"))));
  }
  natives.answered->insert(name);
  return 0;
}

// core.simulator(module, part) -> its simulator as a function, or a part of it, or nil
int simulator(lua_State* L) {
  const std::string name = luaL_checkstring(L, 1);
  const std::string wanted = cat(name, ".sim", lua_isnoneornil(L, 2) ? "" : cat(".", luaL_checkstring(L, 2)));
  for (const Module* module : *natives_of(L).modules) {
    if (name != module->name) continue;
    for (const EmbeddedLua& chunk : *module->lua) {
      if (wanted == chunk.name) {
        script::push_chunk(L, chunk);
        return 1;
      }
    }
  }
  lua_pushnil(L);
  return 1;
}

// core.simulation_leak(events, secrets) -> nil, or { name, place } of a secret that can be read in what runs told, or in
// what they left in the state directory
int simulation_leak(lua_State* L) {
  auto events = script::to_value(L, 1, "events");
  auto secrets = script::to_value(L, 2, "secrets");
  if (!events) return script::raise(L, std::move(events).error());
  if (!secrets) return script::raise(L, std::move(secrets).error());
  auto leak = simulation_of(L).find_leak(*events, *secrets);
  if (!leak) return script::raise(L, std::move(leak).error());
  script::push_value(L, *leak);
  return 1;
}

// core.run(options) -> what came of the run
int run(lua_State* L) {
  SpecNatives& natives = natives_of(L);
  simulation_of(L);
  auto options = script::to_value(L, 1, "options");
  if (!options) return script::raise(L, std::move(options).error());
  return script::Scheduler::of(L).await(L, [&](const script::Scheduler::Emit&, Done done) -> Cancel {
    const std::uint64_t id = ++natives.last_run;
    natives.runs.push_back({id, std::move(*options), std::move(done)});
    // Nobody waits for it any more: it is not begun, or cancelled.
    return [&natives, id] {
      std::erase_if(natives.runs, [id](const TestRun& run) { return run.id == id; });
      if (natives.running && natives.running_id == id) natives.running->cancel();
    };
  });
}

}  // namespace

void SpecNatives::end_simulation() {
  if (!simulation) return;
  gate->set_world(nullptr);
  permissions->set_mode(PermissionFilter::Mode::kEnforce);
  answered->clear();
  simulation.reset();
}

Simulate SpecNatives::asker() {
  return [this](Value request, std::function<void(Value)> on_event, Done done) -> Cancel {
    return simulation->ask(std::move(request), std::move(on_event), std::move(done));
  };
}

void add_simulation_natives(lua_State* L, SpecNatives& natives) {
  const luaL_Reg functions[] = {{"simulation_begin", simulation_begin}, {"simulation_end", simulation_end},
                                {"simulated", simulated},               {"simulation_files", simulation_files},
                                {"simulation_machine", simulation_machine},
                                {"simulation_answers", simulation_answers}, {"simulation_leak", simulation_leak}, {"simulator", simulator},
                                {"run", run},                           {nullptr, nullptr}};
  lua_pushlightuserdata(L, &natives);
  luaL_setfuncs(L, functions, 1);
}

}  // namespace runbook
