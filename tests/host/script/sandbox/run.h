// SPDX-License-Identifier: Apache-2.0
// Runs a script in a sandbox as the scheduler would: its body under lua_pcallk in a coroutine, its waits answered
// at once.
#pragma once

#include <string>

#include "host/script/sandbox/sandbox.h"
#include "tests/support/catch.h"

namespace runbook::script {

struct Ran {
  bool ok = false;
  std::string error;
  Verdict verdict = Verdict::kNone;
  std::string printed;
  int waits = 0;
};

class Runner {
 public:
  explicit Runner(const Limits& limits = {}) {
    auto made = Sandbox::create(limits);
    if (!made) return;
    sandbox_ = std::move(*made);
    sandbox_->set_user(this);
    sandbox_->set_print([this](std::string_view line) { printed_.append(line).append("\n"); });
    lua_State* L = sandbox_->state();
    lua_pushcfunction(L, [](lua_State* state) { return await(state, 0, finish_wait); });
    sandbox_->set_global(L, "wait");
  }

  Sandbox& sandbox() { return *sandbox_; }

  Ran run(std::string_view source, const std::string& name = "test.lua") {
    Ran out;
    printed_.clear();
    lua_State* main = sandbox_->state();
    const int top = lua_gettop(main);
    auto made = sandbox_->new_coroutine();
    if (!made) {
      out.error = made.error().message;
      return out;
    }
    lua_State* task = *made;
    lua_pushcfunction(task, body);
    if (Status loaded = sandbox_->load(task, source, name); !loaded) {
      lua_settop(main, top);
      out.error = loaded.error().message;
      return out;
    }
    int status = 0;
    int results = 0;
    int arguments = 1;
    for (;;) {
      const Sandbox::Slice slice(*sandbox_, task);
      status = lua_resume(task, main, arguments, &results);
      if (status != LUA_YIELD || !is_waiting(task)) break;
      ++out.waits;
      lua_pop(task, results);
      arguments = 0;
    }
    if (status == LUA_OK && lua_toboolean(task, 1) != 0) {
      out.ok = true;
    } else {
      out.verdict = sandbox_->classify(task, -1);
      out.error = describe_error(task, -1);
    }
    out.printed = printed_;
    lua_settop(main, top);
    return out;
  }

 private:
  static int finish_wait(lua_State* L, int, lua_KContext) {
    lua_pushliteral(L, "waited");
    return 1;
  }
  static int finish_body(lua_State* L, int status, lua_KContext) {
    const bool good = status == LUA_OK || status == LUA_YIELD;
    lua_pushboolean(L, good ? 1 : 0);
    lua_insert(L, 1);
    return lua_gettop(L);
  }
  static int body(lua_State* L) { return finish_body(L, lua_pcallk(L, 0, 0, 0, 0, finish_body), 0); }

  std::unique_ptr<Sandbox> sandbox_;
  std::string printed_;
};

}  // namespace runbook::script
