// SPDX-License-Identifier: Apache-2.0
// require, by what the host resolves. A module's top level runs in a C call, so it cannot wait.
#include "host/core/text.h"
#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

class Loading {
 public:
  Loading(Core& core, const std::string& name) : core_(core) { core_.loading.push_back(name); }
  ~Loading() { core_.loading.pop_back(); }
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

 private:
  Core& core_;
};

void refuse_cycle(lua_State* L, const Core& core, const std::string& name) {
  for (std::size_t i = 0; i < core.loading.size(); ++i) {
    if (core.loading[i] != name) continue;
    std::vector<std::string> cycle(core.loading.begin() + static_cast<std::ptrdiff_t>(i), core.loading.end());
    cycle.push_back(name);
    raise(L, cat("modules require each other in a cycle: ", join(cycle, " -> ")));
  }
}

/// Runs the module and leaves its value on the stack.
void load_module(lua_State* L, Core& core, const std::string& name) {
  const Loading loading(core, name);
  const int top = lua_gettop(L);
  Resolved found = core.resolver ? core.resolver(L, name) : Resolved{};
  switch (found.kind) {
    case Resolved::Kind::kPushed: return;
    case Resolved::Kind::kMissing:
      raise(L, cat("module '", printable(name), "' not found", found.detail.empty() ? "" : ": " + found.detail));
    case Resolved::Kind::kSource: break;
  }
  if (Status status = core.owner->load(L, found.source, found.chunk); !status) {
    raise(L, cat("module '", name, "' cannot be loaded: ", status.error().message));
  }
  found.source = {};
  lua_pushlstring(L, name.data(), name.size());
  lua_pushlstring(L, found.chunk.data(), found.chunk.size());
  lua_call(L, 2, 1);
  if (lua_isnil(L, -1)) {
    lua_settop(L, top);
    lua_pushboolean(L, 1);
  }
}

int base_require(lua_State* L) {
  const std::string name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, "runbook.modules");
  lua_pushvalue(L, 1);
  if (lua_rawget(L, 2) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  Core& core = core_of(L);
  refuse_cycle(L, core, name);
  load_module(L, core, name);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, 2);
  return 1;
}

}  // namespace

void open_require(lua_State* L) {
  lua_pushcfunction(L, base_require);
  lua_setglobal(L, "require");
}

}  // namespace runbook::script
