// SPDX-License-Identifier: Apache-2.0
//
// Tasks: Lua coroutines that wait for operations. One thread; a library's callback only settles a value and puts the
// task on the ready queue, and Lua is resumed only from the top of the loop, never inside a callback.
//
// Each task's body runs under lua_pcallk inside its own coroutine, so that `<close>` variables are closed, and may
// wait, when an error leaves it. Cancelling raises at the point of waiting; scripts cannot catch it. What runs while
// the task unwinds may wait for a grace time, after which every wait raises at once.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/script/lua_api.h"
#include "runbook/gate.h"
#include "runbook/loop.h"

namespace runbook::script {

class Sandbox;

/// Why a task is being unwound past every pcall.
enum class Unwinding { kNone, kCancelled, kUnknown, kStopped };

/// What effects of a task are part of; children inherit it.
struct TaskContext {
  std::string step;                      ///< path of the enclosing step
  std::string prefix;                    ///< what the paths of steps inside begin with
  std::uint64_t composite = 0;           ///< the enclosing composite effect
  std::vector<Access> covered;           ///< what that composite may touch
  std::shared_ptr<int> changes;          ///< counts the changes made inside the composite
  std::shared_ptr<Rehearsal> rehearsal;  ///< what is called is only judged
};

class Task : public std::enable_shared_from_this<Task> {
 public:
  std::uint64_t id = 0;
  TaskContext context;
  Unwinding unwinding = Unwinding::kNone;  ///< set once the reason to unwind has been raised
  bool finished = false;
  int results_ref = LUA_NOREF;             ///< the list of results, where it finished without an error
  std::optional<Error> error;
  bool as_value = false;                   ///< the first result is wanted as a Value ...
  Value value;                             ///< ... and stands here when it has finished

 private:
  friend class Scheduler;
  lua_State* thread_ = nullptr;
  int thread_ref_ = LUA_NOREF;
  int arguments_ = 0;
  bool started_ = false;
  bool queued_ = false;

  std::weak_ptr<Task> parent_;
  std::vector<std::shared_ptr<Task>> children_;
  std::vector<std::function<void()>> on_finish_;

  std::uint64_t wait_ = 0;                 // counts waits: a late settle of an abandoned one is dropped
  bool waiting_ = false;
  Cancel pending_;
  std::optional<Result<Value>> settled_;
  std::deque<Value> events_;
  std::function<int(lua_State*)> more_;    // pushes further results of the wait
  int handlers_ref_ = LUA_NOREF;

  Unwinding requested_ = Unwinding::kNone; // to be raised at the next wait
  bool grace_over_ = false;
  Cancel grace_timer_;
};

class Scheduler {
 public:
  Scheduler(Loop& loop, Sandbox& sandbox);
  ~Scheduler();

  static Scheduler& of(lua_State* L);

  /// Makes a task of the function and its arguments on top of L's stack (which it pops), as a child of the running
  /// task. Raises where the task limit is reached. A held task waits for release().
  std::shared_ptr<Task> spawn(lua_State* L, int arguments, bool held = false);
  void release(const std::shared_ptr<Task>& task) { enqueue(task); }
  /// Cancels a task and everything it started.
  void cancel(Task& task, Unwinding why = Unwinding::kCancelled);
  /// Raises in the middle of what computes, where it has been cancelled: it does not come to its next wait.
  void interrupt(lua_State* L);
  std::shared_ptr<Task> find(std::uint64_t id) const;
  void forget(std::uint64_t id);

  /// The running task, or null while a file loads.
  Task* current() const { return current_.get(); }
  Loop& loop() { return loop_; }

  /// Waits for an operation, from inside a Lua C function: `return scheduler.await(L, start)`. The result is returned
  /// to the script, an Error raised. `start` may settle at once. `handlers` refers to a table of on_<event> functions
  /// that events are handed to while the wait lasts, or is LUA_NOREF; the wait releases it.
  using Emit = std::function<void(Value)>;
  using Start = std::function<Cancel(Emit, Done)>;
  /// `more` pushes further results behind the first.
  int await(lua_State* L, const Start& start, int handlers = LUA_NOREF, std::function<int(lua_State*)> more = {});

  /// Calls `done` when the task has finished, at once if it has.
  void when_finished(Task& task, std::function<void()> done);

  /// Marks the running task as unwinding: pcall lets the error that follows through.
  void begin_unwinding(Unwinding why);
  bool is_unwinding() const { return current_ && current_->unwinding != Unwinding::kNone; }
  /// Raises where the running task may not wait: while a file loads, or inside a callback that cannot yield.
  void require_waitable(lua_State* L) const;

  /// The error on top of the stack: the limit that was met, or what was raised.
  Error limit_error(lua_State* L);

  /// Resumes what is ready. True when anything was.
  bool run_ready();
  std::size_t task_count() const { return tasks_.size(); }

  Duration grace = seconds(30);  ///< how long what runs while a cancelled task unwinds may wait

 private:
  static int task_body(lua_State* L);
  static int task_done(lua_State* L, int status, lua_KContext context);
  static int wait_over(lua_State* L, int status, lua_KContext context);
  int raise_requested(lua_State* L, Task& task);
  void enqueue(const std::shared_ptr<Task>& task);
  void resume(const std::shared_ptr<Task>& task);
  void finish(const std::shared_ptr<Task>& task);
  void wake_if_alone(const std::shared_ptr<Task>& task);

  Loop& loop_;
  Sandbox& sandbox_;
  std::shared_ptr<Task> current_;
  std::map<std::uint64_t, std::shared_ptr<Task>> tasks_;
  std::deque<std::shared_ptr<Task>> ready_;
  std::uint64_t last_id_ = 0;
};

}  // namespace runbook::script
