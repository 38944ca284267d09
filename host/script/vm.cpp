// SPDX-License-Identifier: Apache-2.0
#include "host/script/vm.h"

#include <algorithm>
#include <cstring>

#include "host/core/text.h"
#include "host/script/core_natives.h"
#include "host/script/errors.h"
#include "host/script/host_environment.h"
#include "host/script/source_file.h"
#include "host/script/unknown_errors.h"

namespace runbook {
extern const std::vector<EmbeddedLua> stdlib_embedded;
}

namespace runbook::script {
namespace {

const EmbeddedLua* find_chunk(const std::string& name) {
  for (const EmbeddedLua& chunk : stdlib_embedded) {
    if (name == chunk.name) return &chunk;
  }
  return nullptr;
}

bool is_module_name(const std::string& name) {
  if (name.empty() || name.front() == '.' || name.back() == '.') return false;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!plain) return false;
  }
  return name.find("..") == std::string::npos;
}

}  // namespace

bool is_standard_library(const std::string& name) { return name.find('/') == std::string::npos && find_chunk(name) != nullptr; }

Vm::Vm(Loop& loop, VmOptions options) : loop_(loop), options_(std::move(options)) {}

Result<std::unique_ptr<Vm>> Vm::create(Loop& loop, Gate& gate, VmOptions options) {
  std::unique_ptr<Vm> vm(new Vm(loop, std::move(options)));
  auto sandbox = Sandbox::create(vm->options_.limits);
  if (!sandbox) return std::move(sandbox).error();
  vm->sandbox_ = std::move(*sandbox);
  vm->scheduler_ = std::make_unique<Scheduler>(loop, *vm->sandbox_);
  vm->binding_ = std::make_unique<BindingHost>(
      BindingHost{gate, *vm->scheduler_, vm->options_.base, vm->options_.dry_run, vm->options_.emit});
  RUNBOOK_TRY(vm->open());
  return vm;
}

Status Vm::open() {
  sandbox_->set_resolver([this](lua_State* L, const std::string& name) { return resolve(L, name); });
  sandbox_->set_print([this](std::string_view line) {
    if (options_.emit) options_.emit(Value::object({{"event", "print"}, {"text", line}}));
  });
  if (options_.interrupted) {
    sandbox_->set_interrupt(options_.interrupted, [this](lua_State* L) {
      if (options_.on_interrupt) options_.on_interrupt();
      scheduler_->interrupt(L);
    });
  }
  if (options_.dry_run) sandbox_->set_on_error(explain_unknown);
  return call([this](lua_State* L) {
    if (options_.coverage) add_counting(L, *options_.coverage);
    open_values(L);
    open_errors(L);
    install_taint(L);
    if (options_.dry_run) refuse_unknowns(L);
    keep_host_environment(L);
  });
}

Resolved Vm::resolve(lua_State* L, const std::string& name) {
  Resolved resolved;
  const std::string local = find_source(options_.base, name);
  // A module's own source beside its spec is the module, not another one.
  const auto is_own = [&](const EmbeddedLua* chunk) {
    if (!chunk) return false;
    const auto source = read_source(local);
    return source && *source == chunk->source;
  };
  const auto taken = [&](const char* what, const EmbeddedLua* chunk) {
    if (!local.empty() && !is_own(chunk)) {
      raise(L, Error("require.ambiguous", cat("'", name, "' is both ", what, " and the file ", local), "rename the file"));
    }
    resolved.kind = Resolved::Kind::kPushed;
  };
  if (name == "runbook") {
    taken("built in", find_chunk("runbook/init"));
    push_runbook(L);
    return resolved;
  }
  for (const Module* module : options_.modules) {
    if (name != module->name) continue;
    const auto& chunks = *module->lua;
    const auto own = std::find_if(chunks.begin(), chunks.end(), [&](const EmbeddedLua& chunk) { return name == chunk.name; });
    taken("a module", own == chunks.end() ? nullptr : &*own);
    push_module(L, *binding_, *module);
    return resolved;
  }
  if (const EmbeddedLua* chunk = is_standard_library(name) ? find_chunk(name) : nullptr) {
    taken("in the standard library", chunk);
    push_library(L, *chunk, local.empty() ? cat("stdlib/", name, ".lua") : local);
    push_core_table(L);
    lua_call(L, 1, 1);
    return resolved;
  }
  if (!is_module_name(name)) {
    resolved.detail = "a module's name has letters, digits, '_', '-' and '.'";
    return resolved;
  }
  if (local.empty()) {
    std::vector<std::string> names = {"runbook"};
    for (const Module* module : options_.modules) names.emplace_back(module->name);
    for (const EmbeddedLua& chunk : stdlib_embedded) {
      if (std::strchr(chunk.name, '/') == nullptr) names.emplace_back(chunk.name);
    }
    const std::string near = did_you_mean(name, names);
    resolved.detail = cat("not built in, and no file ", join(source_candidates(name), ", "), " beside the runbook",
                          near.empty() ? "" : cat("; did you mean '", near, "'?"));
    return resolved;
  }
  auto source = read_source(local);
  if (!source) {
    resolved.detail = source.error().message;
    return resolved;
  }
  resolved.kind = Resolved::Kind::kSource;
  resolved.source = options_.coverage ? options_.coverage->instrument(local, *source) : std::move(*source);
  resolved.chunk = local.substr(options_.base.empty() ? 0 : options_.base.size() + 1);
  return resolved;
}

// From its source where it is counted.
void Vm::push_library(lua_State* L, const EmbeddedLua& chunk, const std::string& path) {
  if (!options_.coverage) return push_chunk(L, chunk);
  const std::string text = options_.coverage->instrument(path, chunk.source);
  if (luaL_loadbufferx(L, text.data(), text.size(), cat("=[", chunk.name, "]").c_str(), "t") != LUA_OK) lua_error(L);
  use_host_environment(L);
}

Status Vm::load(lua_State* L, const std::string& source, const std::string& name) {
  if (!options_.coverage) return sandbox_->load(L, source, name);
  return sandbox_->load(L, options_.coverage->instrument(cat(options_.base, "/", name), source), name);
}

void Vm::push_part(lua_State* L, const char* name) { push_chunk(L, *find_chunk(name)); }

void Vm::push_core_table(lua_State* L) {
  push_core(L);
  // core.part(name) -> a part of the standard library, as a function
  lua_pushlightuserdata(L, this);
  lua_pushcclosure(L, [](lua_State* state) {
    static_cast<Vm*>(lua_touserdata(state, lua_upvalueindex(1)))->push_part(state, luaL_checkstring(state, 1));
    return 1;
  }, 1);
  lua_setfield(L, -2, "part");
  lua_pushlightuserdata(L, nullptr);
  lua_setfield(L, -2, "null");
  if (options_.extend_core) options_.extend_core(L);
}

// The library is one table, made by its files in order; `core` is theirs alone.
void Vm::push_runbook(lua_State* L) {
  lua_newtable(L);
  const int library = lua_gettop(L);
  push_core_table(L);
  const int core = lua_gettop(L);
  for (const char* part : {"runbook/init", "runbook/tasks", "runbook/retry", "runbook/manual", "runbook/wait", "runbook/step"}) {
    push_part(L, part);
    lua_pushvalue(L, core);
    lua_pushvalue(L, library);
    lua_call(L, 2, 0);
  }
  lua_settop(L, library);
  seal_table(L, "runbook");
}

Status Vm::call(const std::function<void(lua_State*)>& body) {
  lua_State* L = state();
  const int top = lua_gettop(L);
  if (!lua_checkstack(L, 4)) return Error("limit.memory", "not enough memory");
  Sandbox::Slice slice(*sandbox_, L);
  lua_pushcfunction(L, [](lua_State* inner) {
    (*static_cast<const std::function<void(lua_State*)>*>(lua_touserdata(inner, 1)))(inner);
    return 0;
  });
  lua_pushlightuserdata(L, const_cast<std::function<void(lua_State*)>*>(&body));
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return Unit{};
  Error error = scheduler_->limit_error(L);
  lua_settop(L, top);
  return error;
}

Result<std::shared_ptr<Task>> Vm::start(const std::function<int(lua_State*)>& push) {
  std::shared_ptr<Task> task;
  RUNBOOK_TRY(call([&](lua_State* L) {
    lua_settop(L, 0);
    const int arguments = push(L);
    task = scheduler_->spawn(L, arguments);
  }));
  return task;
}

bool Vm::run_until_finished(Task& task) {
  bool more = true;
  while (!task.finished && !halted_) {
    if (scheduler_->run_ready() || (options_.run_others && options_.run_others())) {
      more = true;
      continue;
    }
    if (!more && loop_.virtual_time()) return false;
    more = loop_.turn();
  }
  return task.finished;
}

}  // namespace runbook::script
