// SPDX-License-Identifier: Apache-2.0
#include "runbook/loop.h"

#include <uv.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>

namespace runbook {

// libuv before 1.45 runs due timers at the start of a turn and then waits all the same: what those timers made ready
// would lie there until something else happens. `prepare` runs between the two, and an active `idle` makes libuv not
// wait.
struct Loop::State {
  uv_loop_t loop{};
  uv_prepare_t prepare{};
  uv_idle_t idle{};
  std::uint64_t next_timer = UINT64_MAX;  ///< when the first timer was due as the turn began
};

namespace {

// libuv memory must outlive uv_close, whatever happens to the C++ owner: each request deletes itself.
struct Timer {
  uv_timer_t handle{};
  Callback<void()> done;
  std::shared_ptr<Timer*> alive = std::make_shared<Timer*>(this);  // tells a late Cancel that the timer is gone

  static void close(Timer* timer) {
    *timer->alive = nullptr;
    uv_timer_stop(&timer->handle);
    uv_close(reinterpret_cast<uv_handle_t*>(&timer->handle),
             [](uv_handle_t* handle) { delete reinterpret_cast<Timer*>(handle); });
  }
};
static_assert(offsetof(Timer, handle) == 0);

struct Job {
  uv_work_t request{};
  std::function<void()> work;
  Callback<void()> done;
};

}  // namespace

Loop::Loop() : state_(std::make_unique<State>()) {
  // File and name look-ups share these threads; libuv's default of four makes one slow disk stop them all.
  setenv("UV_THREADPOOL_SIZE", "16", 0);
  // A peer that hangs up is an error to report, not a reason to die. (libuv gives children the default back.)
  std::signal(SIGPIPE, SIG_IGN);
  if (uv_loop_init(&state_->loop) != 0) std::abort();
  uv_prepare_init(&state_->loop, &state_->prepare);
  uv_idle_init(&state_->loop, &state_->idle);
  state_->prepare.data = state_.get();
  uv_prepare_start(&state_->prepare, [](uv_prepare_t* handle) {
    auto* state = static_cast<State*>(handle->data);
    if (uv_now(&state->loop) >= state->next_timer) uv_idle_start(&state->idle, [](uv_idle_t*) {});
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(&state_->prepare));
  uv_unref(reinterpret_cast<uv_handle_t*>(&state_->idle));
}

Loop::~Loop() {
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->prepare), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->idle), nullptr);
  uv_walk(
      &state_->loop,
      [](uv_handle_t* handle, void*) {
        if (!uv_is_closing(handle) && handle->type == UV_TIMER) Timer::close(reinterpret_cast<Timer*>(handle));
      },
      nullptr);
  while (uv_run(&state_->loop, UV_RUN_DEFAULT) != 0) {
  }
  uv_loop_close(&state_->loop);
}

uv_loop_s* Loop::uv() const { return &state_->loop; }

Cancel Loop::after(Duration delay, Callback<void()> done) {
  auto* timer = new Timer;
  timer->done = std::move(done);
  uv_timer_init(&state_->loop, &timer->handle);
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(delay).count();
  uv_update_time(&state_->loop);
  uv_timer_start(
      &timer->handle,
      [](uv_timer_t* handle) {
        auto* self = reinterpret_cast<Timer*>(handle);
        Callback<void()> callback = std::move(self->done);
        Timer::close(self);
        callback();
      },
      milliseconds < 0 ? 0 : static_cast<std::uint64_t>(milliseconds), 0);
  return [alive = timer->alive] {
    if (*alive) Timer::close(*alive);
  };
}

Cancel Loop::queue_work(std::function<void()> work, Callback<void()> done) {
  auto* job = new Job{{}, std::move(work), {}};
  auto alive = std::make_shared<bool>(true);
  job->done = [alive, done = std::move(done)]() mutable {
    if (*alive) done();
  };
  uv_queue_work(
      &state_->loop, &job->request, [](uv_work_t* request) { reinterpret_cast<Job*>(request)->work(); },
      [](uv_work_t* request, int) {
        std::unique_ptr<Job> self(reinterpret_cast<Job*>(request));
        self->done();
      });
  return [alive] { *alive = false; };
}

bool Loop::turn(bool wait) {
  uv_loop_t* loop = &state_->loop;
  uv_update_time(loop);
  const int timeout = uv_backend_timeout(loop);
  state_->next_timer = timeout < 0 ? UINT64_MAX : uv_now(loop) + static_cast<std::uint64_t>(timeout);
  const bool more = uv_run(loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT) != 0;
  uv_idle_stop(&state_->idle);
  return more;
}

Duration Loop::now() const { return std::chrono::milliseconds(uv_now(&state_->loop)); }

int Loop::open_handles() const {
  int count = 0;
  uv_walk(
      &state_->loop,
      [](uv_handle_t* handle, void* total) {
        const bool own = handle->type == UV_PREPARE || handle->type == UV_IDLE;
        if (!own && !uv_is_closing(handle)) ++*static_cast<int*>(total);
      },
      &count);
  return count;
}

}  // namespace runbook
