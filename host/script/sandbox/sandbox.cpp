// SPDX-License-Identifier: Apache-2.0
#include "host/script/sandbox/sandbox.h"

#include <sys/random.h>

#include "host/core/text.h"
#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

/// The error value of a kill: the script never gets to see it.
constexpr char kKillMark = 0;
constexpr std::string_view kMemoryMessage = "not enough memory";

/// Chunks that are built in, and functions in C, have names in brackets.
bool in_own_code(lua_State* L) {
  lua_Debug at{};
  if (lua_getstack(L, 0, &at) == 0) return false;
  lua_getinfo(L, "S", &at);
  return std::string_view(at.source).starts_with("=[");
}

void on_hook(lua_State* L, lua_Debug*) {
  Core& core = core_of(L);
  if (core.watchdog.killed()) raise_kill(L);
  const bool counting = core.limits.instructions > 0;
  if (counting && lua_gethookcount(L) == kInstructionGrain) return count_instructions(L, kInstructionGrain);
  // A tick armed it. Our own Lua is not interrupted between two of its instructions: it goes on until it is the script's turn.
  if (core.interrupt_flag && core.interrupt_flag->load() && in_own_code(L)) return;
  lua_sethook(L, counting ? on_hook : nullptr, counting ? LUA_MASKCOUNT : 0, counting ? kInstructionGrain : 0);
  check_interrupt(L);
}

/// Where in a script L is, for the message.
std::string position(lua_State* L) {
  lua_Debug at{};
  for (int level = 0; lua_getstack(L, level, &at) != 0; ++level) {
    lua_getinfo(L, "Sl", &at);
    if (at.currentline > 0) return cat(std::string_view(at.short_src), ':', at.currentline);
  }
  return {};
}

std::string show_size(std::size_t bytes) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  return bytes % kMiB == 0 ? cat(bytes / kMiB, " MiB") : cat(bytes, " bytes");
}

int open_libraries(lua_State* L) {
  open_base(L);
  open_pairs(L);
  open_string(L);
  open_pattern(L);
  open_table(L);
  open_coroutine(L);
  open_os(L);
  open_require(L);
  open_globals(L);
  return 0;
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone: return "no";
    case Verdict::kCpu: return "cpu";
    case Verdict::kMemory: return "memory";
    case Verdict::kOutput: return "output";
    case Verdict::kTasks: return "tasks";
    case Verdict::kInstructions: return "instructions";
  }
  return "";
}

int exit_status(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone: return 0;
    case Verdict::kCpu: return 10;
    case Verdict::kMemory: return 11;
    default: return 12;
  }
}

Sandbox::Sandbox(const Limits& limits) : core_(std::make_unique<Core>(limits)) { core_->owner = this; }

Result<std::unique_ptr<Sandbox>> Sandbox::create(const Limits& limits) {
  std::unique_ptr<Sandbox> out(new Sandbox(limits));
  Core& core = *out->core_;
  if (::getrandom(&core.salt, sizeof core.salt, GRND_NONBLOCK) < 0) core.salt = reinterpret_cast<std::uintptr_t>(&core);
  const Error no_memory("limit.memory", cat("the memory limit of ", limits.memory_bytes, " bytes is too low to start"));
  lua_State* L = lua_newstate(&Account::allocate, &core.account);
  if (L == nullptr) return no_memory;
  core.main = L;
  *static_cast<Core**>(lua_getextraspace(L)) = &core;
  core.watchdog.configure(limits.cpu_seconds, on_hook);
  lua_gc(L, LUA_GCSTOP);
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) return no_memory;
  lua_gc(L, LUA_GCRESTART);
  if (limits.instructions > 0) lua_sethook(L, on_hook, LUA_MASKCOUNT, kInstructionGrain);
  return out;
}

Sandbox::~Sandbox() {
  if (core_->main != nullptr) lua_close(core_->main);
}

Sandbox& Sandbox::of(lua_State* L) { return *core_of(L).owner; }
lua_State* Sandbox::state() const { return core_->main; }
Account& Sandbox::account() { return core_->account; }
const Limits& Sandbox::limits() const { return core_->limits; }
void Sandbox::set_print(std::function<void(std::string_view)> sink) { core_->print = std::move(sink); }
void Sandbox::set_resolver(Resolver resolver) { core_->resolver = std::move(resolver); }
void Sandbox::set_must_reraise(std::function<bool(lua_State*)> asked) { core_->must_reraise = std::move(asked); }
void Sandbox::set_on_error(void (*on_error)(lua_State*, int)) { core_->on_error = on_error; }
bool Sandbox::push_error_handler(lua_State* L) {
  if (core_of(L).on_error == nullptr) return false;
  lua_pushcfunction(L, [](lua_State* state) {
    lua_settop(state, 1);
    core_of(state).on_error(state, 1);
    return 1;
  });
  return true;
}
void Sandbox::set_interrupt(std::atomic<bool>* flag, std::function<void(lua_State*)> interrupt) {
  core_->interrupt_flag = flag;
  core_->interrupt = std::move(interrupt);
  core_->watchdog.set_interrupt(flag);
}
void Sandbox::set_fatal(void (*fatal)(Verdict)) { core_->watchdog.set_fatal(fatal); }
void Sandbox::enter(lua_State* L) { core_->watchdog.enter(L); }
void Sandbox::leave() { core_->watchdog.leave(); }
void Sandbox::check(lua_State* L) { check_kill(L); }
void Sandbox::end_task() { --core_->tasks; }

Status Sandbox::load(lua_State* L, std::string_view source, const std::string& name) {
  if (source.substr(0, 3) == "\xEF\xBB\xBF") source.remove_prefix(3);
  if (!source.empty() && source.front() == '#') source.remove_prefix(std::min(source.find('\n'), source.size()));
  if (std::string refusal = refuse_source(source); !refusal.empty()) {
    return Error("lua.syntax", cat(name, ": ", refusal));
  }
  const std::string chunk = "@" + name;
  if (luaL_loadbufferx(L, source.data(), source.size(), chunk.c_str(), "t") == LUA_OK) return Unit{};
  Error error("lua.syntax", describe_error(L, -1));
  lua_pop(L, 1);
  return error;
}

void Sandbox::set_global(lua_State* L, const char* name) {
  lua_pushglobaltable(L);
  lua_insert(L, -2);
  lua_pushstring(L, name);
  lua_insert(L, -2);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

void raise_kill(lua_State* L) {
  Core& core = core_of(L);
  if (core.where.empty()) core.where = position(L);
  lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
  lua_checkstack(L, 1);
  lua_pushlightuserdata(L, const_cast<char*>(&kKillMark));
  lua_error(L);
  __builtin_unreachable();
}

void count_instructions(lua_State* L, int extra) {
  Core& core = core_of(L);
  if (core.limits.instructions <= 0) return;
  core.instructions += extra;
  if (core.instructions > core.limits.instructions) core.owner->kill(L, Verdict::kInstructions);
}

void Sandbox::kill(lua_State* L, Verdict verdict) {
  core_->watchdog.kill(verdict);
  raise_kill(L);
}

void Sandbox::charge_output(lua_State* L, std::size_t bytes) {
  const std::size_t limit = core_->limits.output_bytes;
  if (limit != 0 && (bytes > limit || core_->output > limit - bytes)) kill(L, Verdict::kOutput);
  core_->output += bytes;
}

void Sandbox::begin_task(lua_State* L) {
  if (core_->limits.tasks != 0 && core_->tasks >= core_->limits.tasks) kill(L, Verdict::kTasks);
  ++core_->tasks;
}

Verdict Sandbox::verdict() const {
  return core_->watchdog.killed() ? core_->watchdog.verdict() : core_->soft_verdict;
}

Verdict Sandbox::classify(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TSTRING) return verdict();
  std::size_t length = 0;
  const char* text = lua_tolstring(L, index, &length);
  return classify({text, length});
}

Verdict Sandbox::classify(std::string_view message) {
  // coroutine.wrap puts a position before it
  const bool is_memory = message.size() >= kMemoryMessage.size() &&
                         message.substr(message.size() - kMemoryMessage.size()) == kMemoryMessage;
  if (is_memory && core_->account.refusals() > 0) core_->soft_verdict = Verdict::kMemory;
  return verdict();
}

Result<lua_State*> Sandbox::new_coroutine() {
  lua_State* main = core_->main;
  const Error no_memory("limit.memory", "not enough memory for another coroutine");
  if (lua_checkstack(main, 2) == 0) return no_memory;
  lua_pushcfunction(main, [](lua_State* L) {
    prepare_coroutine(lua_newthread(L));
    return 1;
  });
  if (lua_pcall(main, 0, 1, 0) == LUA_OK) return lua_tothread(main, -1);
  lua_pop(main, 1);
  return no_memory;
}

std::string Sandbox::explain() const {
  const Limits& limits = core_->limits;
  const std::string at = core_->where.empty() ? std::string() : core_->where + ": ";
  switch (verdict()) {
    case Verdict::kNone: return {};
    case Verdict::kCpu:
      return cat(at, "the cpu limit was met: the script computed for ", show_duration(limits.cpu_seconds),
                 " without waiting");
    case Verdict::kMemory: return cat(at, "the memory limit of ", show_size(limits.memory_bytes), " was met");
    case Verdict::kOutput: return cat(at, "the output limit of ", show_size(limits.output_bytes), " was met");
    case Verdict::kTasks: return cat(at, "the limit of ", limits.tasks, " tasks was met");
    case Verdict::kInstructions: return cat(at, "the limit of ", limits.instructions, " instructions was met");
  }
  return {};
}

bool is_kill(lua_State* L, int index) { return lua_touserdata(L, index) == &kKillMark; }

void raise(lua_State* L, const std::string& message) {
  luaL_where(L, 1);
  lua_pushlstring(L, message.data(), message.size());
  lua_concat(L, 2);
  lua_error(L);
  __builtin_unreachable();
}

bool lua_unwinds_destructors() {
  static thread_local bool ran = false;
  ran = false;
  lua_State* L = luaL_newstate();
  if (L == nullptr) return false;
  lua_pushcfunction(L, [](lua_State* state) -> int {
    struct Guard {
      ~Guard() { ran = true; }
    } guard;
    return luaL_error(state, "unwind");
  });
  lua_pcall(L, 0, 0, 0);
  lua_close(L);
  return ran;
}

}  // namespace runbook::script
