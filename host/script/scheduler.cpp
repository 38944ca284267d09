// SPDX-License-Identifier: Apache-2.0
#include "host/script/scheduler.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/script/errors.h"
#include "host/script/sandbox/sandbox.h"

namespace runbook::script {
namespace {

const char* reason(Unwinding why) { return why == Unwinding::kStopped ? "the run is being stopped" : "cancelled"; }

bool alive(const std::shared_ptr<Task>& task) { return !task->finished; }

}  // namespace

Scheduler::Scheduler(Loop& loop, Sandbox& sandbox) : loop_(loop), sandbox_(sandbox) {
  sandbox.set_user(this);
  sandbox.set_must_reraise([this](lua_State*) { return is_unwinding(); });
}

Scheduler::~Scheduler() {
  for (auto& [id, task] : tasks_) {
    task->waiting_ = false;
    ++task->wait_;
    if (task->pending_) task->pending_();
    if (task->grace_timer_) task->grace_timer_();
  }
  // What unfinished tasks of a machine that is ended in the middle hold of one another.
  for (auto& [id, task] : tasks_) {
    task->children_.clear();
    task->on_finish_.clear();
    task->pending_.reset();
    task->more_ = {};
  }
}

Scheduler& Scheduler::of(lua_State* L) {
  return *static_cast<Scheduler*>(Sandbox::of(L).user());
}

std::shared_ptr<Task> Scheduler::spawn(lua_State* L, int arguments, bool held) {
  sandbox_.begin_task(L);
  auto task = std::make_shared<Task>();
  task->thread_ = lua_newthread(L);
  prepare_coroutine(task->thread_);
  task->thread_ref_ = luaL_ref(L, LUA_REGISTRYINDEX);
  task->id = ++last_id_;
  lua_pushcfunction(task->thread_, task_body);
  luaL_checkstack(task->thread_, arguments + 1, "too many arguments");
  lua_xmove(L, task->thread_, arguments + 1);
  task->arguments_ = arguments + 1;
  if (current_) {
    task->context = current_->context;
    task->parent_ = current_;
    current_->children_.push_back(task);
  }
  tasks_.emplace(task->id, task);
  if (!held) enqueue(task);
  return task;
}

std::shared_ptr<Task> Scheduler::find(std::uint64_t id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : found->second;
}

void Scheduler::forget(std::uint64_t id) {
  const auto found = tasks_.find(id);
  if (found == tasks_.end() || alive(found->second)) return;
  luaL_unref(sandbox_.state(), LUA_REGISTRYINDEX, found->second->results_ref);
  tasks_.erase(found);
}

void Scheduler::enqueue(const std::shared_ptr<Task>& task) {
  if (task->queued_ || task->finished) return;
  task->queued_ = true;
  ready_.push_back(task);
}

bool Scheduler::run_ready() {
  bool any = false;
  while (!ready_.empty()) {
    any = true;
    const std::shared_ptr<Task> task = std::move(ready_.front());
    ready_.pop_front();
    task->queued_ = false;
    if (!task->finished) resume(task);
  }
  return any;
}

void Scheduler::resume(const std::shared_ptr<Task>& task) {
  if (!task->started_ && task->requested_ != Unwinding::kNone) {
    task->error = Error("cancelled", reason(task->requested_));
    finish(task);
    return;
  }
  lua_State* L = task->thread_;
  const int arguments = task->started_ ? 0 : task->arguments_;
  if (task->started_) lua_pop(L, 1);  // the sentinel stayed on the stack while the task waited
  task->started_ = true;
  current_ = task;
  int results = 0;
  sandbox_.enter(L);
  const int status = lua_resume(L, nullptr, arguments, &results);
  sandbox_.leave();
  current_ = nullptr;
  if (status == LUA_YIELD) {
    if (is_waiting(L)) return;
    task->error = Error("lua.error", "attempt to yield outside a coroutine");
    lua_resetthread(L);
  } else if (status != LUA_OK) {
    // Only what no pcall may catch comes this far: a limit.
    task->error = limit_error(L);
  }
  finish(task);
}

int Scheduler::task_body(lua_State* L) {
  const int handler = Sandbox::push_error_handler(L) ? 1 : 0;
  if (handler != 0) lua_insert(L, handler);
  return task_done(L, lua_pcallk(L, lua_gettop(L) - 1 - handler, LUA_MULTRET, handler, handler, task_done), handler);
}

int Scheduler::task_done(lua_State* L, int status, lua_KContext handler) {
  if (handler != 0) lua_remove(L, static_cast<int>(handler));
  Scheduler& scheduler = of(L);
  Task& task = *scheduler.current();
  if (status == LUA_OK || status == LUA_YIELD) {
    const int count = lua_gettop(L);
    if (task.as_value && count > 0) {
      auto value = to_value(L, 1, "result");
      if (!value) {
        task.error = std::move(value).error();
        return 0;
      }
      task.value = std::move(*value);
    }
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; --i) lua_rawseti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    task.results_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  } else {
    task.error = scheduler.limit_error(L);
  }
  return 0;
}

Error Scheduler::limit_error(lua_State* L) {
  if (sandbox_.classify(L, -1) == Verdict::kNone) return to_error(L, -1);
  return Error(cat("limit.", to_string(sandbox_.verdict())), sandbox_.explain());
}

void Scheduler::finish(const std::shared_ptr<Task>& task) {
  // Nothing outlives its parent: what it left running is cancelled and waited for.
  const auto living = std::find_if(task->children_.begin(), task->children_.end(), alive);
  if (living != task->children_.end()) {
    for (const auto& child : task->children_) cancel(*child);
    auto left = std::make_shared<std::size_t>(0);
    for (const auto& child : task->children_) *left += child->finished ? 0 : 1;
    for (const auto& child : task->children_) {
      if (child->finished) continue;
      when_finished(*child, [this, task, left] {
        if (--*left == 0) finish(task);
      });
    }
    if (*left > 0) return;
  }
  if (task->finished) return;
  task->finished = true;
  sandbox_.end_task();
  task->children_.clear();
  if (task->grace_timer_) task->grace_timer_();
  luaL_unref(sandbox_.state(), LUA_REGISTRYINDEX, task->thread_ref_);
  task->thread_ = nullptr;
  if (const auto parent = task->parent_.lock()) {
    auto& siblings = parent->children_;
    siblings.erase(std::remove(siblings.begin(), siblings.end(), task), siblings.end());
    if (parent->requested_ != Unwinding::kNone && parent->unwinding == Unwinding::kNone) wake_if_alone(parent);
  }
  for (auto& callback : std::exchange(task->on_finish_, {})) callback();
}

void Scheduler::when_finished(Task& task, std::function<void()> done) {
  if (task.finished) return done();
  task.on_finish_.push_back(std::move(done));
}

void Scheduler::cancel(Task& task, Unwinding why) {
  if (task.finished || task.requested_ != Unwinding::kNone) return;
  task.requested_ = why;
  const auto self = task.shared_from_this();
  task.grace_timer_ = loop_.after(grace, [this, weak = std::weak_ptr<Task>(self)] {
    const auto late = weak.lock();
    if (!late || late->finished) return;
    late->grace_over_ = true;
    wake_if_alone(late);
  });
  const auto children = task.children_;
  for (const auto& child : children) cancel(*child, why);
  wake_if_alone(self);
}

void Scheduler::wake_if_alone(const std::shared_ptr<Task>& task) {
  if (!task->started_) return enqueue(task);
  if (std::any_of(task->children_.begin(), task->children_.end(), alive) && !task->grace_over_) return;
  if (!task->waiting_) return;
  if (task->pending_) task->pending_();
  enqueue(task);
}

void Scheduler::begin_unwinding(Unwinding why) {
  if (current_ && current_->unwinding == Unwinding::kNone) current_->unwinding = why;
}

void Scheduler::require_waitable(lua_State* L) const {
  if (!current_) {
    raise(L, Error("load.effect", "a primitive cannot be used while the file loads",
                   "move the call into run = function(p) ... end"));
  }
  if (!can_wait(L)) raise_cannot_wait(L);
}

int Scheduler::raise_requested(lua_State* L, Task& task) {
  begin_unwinding(task.requested_);
  return raise(L, Error("cancelled", reason(task.requested_)));
}

void Scheduler::interrupt(lua_State* L) {
  if (!current_) raise(L, Error("cancelled", "cancelled"));
  if (current_->requested_ != Unwinding::kNone && current_->unwinding == Unwinding::kNone) raise_requested(L, *current_);
}

int Scheduler::await(lua_State* L, const Start& start, int handlers, std::function<int(lua_State*)> more) {
  require_waitable(L);
  Task& task = *current_;
  const bool fresh_request = task.requested_ != Unwinding::kNone && task.unwinding == Unwinding::kNone;
  if (fresh_request || task.grace_over_) return raise_requested(L, task);
  const std::uint64_t wait = ++task.wait_;
  task.waiting_ = true;
  task.settled_.reset();
  task.events_.clear();
  task.handlers_ref_ = handlers;
  task.more_ = std::move(more);
  const std::weak_ptr<Task> weak = current_;
  const auto waiting = [weak, wait]() -> std::shared_ptr<Task> {
    auto locked = weak.lock();
    return locked && locked->wait_ == wait && locked->waiting_ && !locked->settled_ ? locked : nullptr;
  };
  Emit emit;
  if (handlers != LUA_NOREF) {
    emit = [this, waiting](Value event) {
      if (const auto locked = waiting()) {
        locked->events_.push_back(std::move(event));
        enqueue(locked);
      }
    };
  }
  Cancel pending = start(std::move(emit), [this, waiting](Result<Value> result) {
    if (const auto locked = waiting()) {
      locked->pending_.reset();
      locked->settled_ = std::move(result);
      enqueue(locked);
    }
  });
  if (!task.settled_) task.pending_ = std::move(pending);
  return script::await(L, 0, wait_over);
}

int Scheduler::wait_over(lua_State* L, int, lua_KContext) {
  Scheduler& scheduler = of(L);
  Task& task = *scheduler.current();
  while (!task.events_.empty()) {
    const Value event = std::move(task.events_.front());
    task.events_.pop_front();
    lua_rawgeti(L, LUA_REGISTRYINDEX, task.handlers_ref_);
    const std::string name = "on_" + event["event"].as_string();
    lua_getfield(L, -1, name.c_str());
    if (lua_isfunction(L, -1)) {
      push_value(L, event);
      if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        // The script's own function failed: the operation is of no use any more.
        task.waiting_ = false;
        if (task.pending_) task.pending_();
        luaL_unref(L, LUA_REGISTRYINDEX, std::exchange(task.handlers_ref_, LUA_NOREF));
        return lua_error(L);
      }
      lua_pop(L, 1);
    } else {
      lua_pop(L, 2);
    }
  }
  const bool interrupted = task.requested_ != Unwinding::kNone && task.unwinding == Unwinding::kNone;
  if (!task.settled_ && !interrupted && !task.grace_over_) {
    return script::await(L, 0, wait_over);
  }
  task.waiting_ = false;
  luaL_unref(L, LUA_REGISTRYINDEX, std::exchange(task.handlers_ref_, LUA_NOREF));
  if (!task.settled_) return scheduler.raise_requested(L, task);
  Result<Value> result = *std::exchange(task.settled_, std::nullopt);
  if (result) {
    push_value(L, *result);
    const auto more = std::exchange(task.more_, {});
    return more ? 1 + more(L) : 1;
  }
  // What stopped a child's dry run, or cancelled it, stops this task past every pcall as well.
  if (result.error().code == "plan.unknown") scheduler.begin_unwinding(Unwinding::kUnknown);
  if (result.error().code == "undo.stop") scheduler.begin_unwinding(Unwinding::kStopped);
  return raise(L, std::move(result).error());
}

}  // namespace runbook::script
