// SPDX-License-Identifier: Apache-2.0
#include "runbook/loop.h"

#include <uv.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <map>

namespace runbook {

// libuv before 1.45 runs due timers at the start of a turn and then waits all the same: what those timers made ready
// would lie there until something else happens. `prepare` runs between the two, and an active `idle` makes libuv not
// wait.
struct Loop::State {
  uv_loop_t loop{};
  uv_prepare_t prepare{};
  uv_idle_t idle{};
  std::uint64_t next_timer = UINT64_MAX;  ///< when the first timer was due as the turn began

  struct Later {
    Callback<void()> done;
    std::shared_ptr<bool> wanted;
  };
  bool is_virtual = false;
  Duration clock{};                    ///< virtual time, since it began
  double wall_start = 0;
  std::multimap<Duration, Later> later;  ///< equal times in the order in which they were set
  std::shared_ptr<int> holds = std::make_shared<int>(0);
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
  if (state_->is_virtual) {
    auto wanted = std::make_shared<bool>(true);
    state_->later.emplace(state_->clock + std::max(delay, Duration::zero()), State::Later{std::move(done), wanted});
    return [wanted] { *wanted = false; };
  }
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
  job->done = [alive, held = hold(), done = std::move(done)]() mutable {
    held.reset();
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

// What a cancelled timer held is let go of when its time comes, or here, when the clock passes it.
bool Loop::leap(bool only_due) {
  auto& later = state_->later;
  while (!later.empty() && !(only_due && later.begin()->first > state_->clock)) {
    auto first = later.extract(later.begin());
    if (!*first.mapped().wanted) continue;
    state_->clock = std::max(state_->clock, first.key());
    first.mapped().done();
    return true;
  }
  return false;
}

bool Loop::turn(bool wait) {
  uv_loop_t* loop = &state_->loop;
  if (state_->is_virtual) {
    if (leap(true)) return true;
    if (*state_->holds == 0) {
      uv_run(loop, UV_RUN_NOWAIT);
      return *state_->holds > 0 || leap(false);
    }
  }
  uv_update_time(loop);
  const int timeout = uv_backend_timeout(loop);
  state_->next_timer = timeout < 0 ? UINT64_MAX : uv_now(loop) + static_cast<std::uint64_t>(timeout);
  const bool more = uv_run(loop, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT) != 0;
  uv_idle_stop(&state_->idle);
  return more;
}

Duration Loop::now() const {
  if (state_->is_virtual) return state_->clock;
  return std::chrono::milliseconds(uv_now(&state_->loop));
}

double Loop::wall_clock() const {
  if (state_->is_virtual) return state_->wall_start + std::chrono::duration<double>(state_->clock).count();
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void Loop::begin_virtual_time(double start) {
  state_->is_virtual = true;
  state_->clock = Duration::zero();
  state_->wall_start = start;
}

void Loop::end_virtual_time() {
  state_->is_virtual = false;
  state_->later.clear();
}

bool Loop::virtual_time() const { return state_->is_virtual; }

std::shared_ptr<void> Loop::hold() {
  ++*state_->holds;
  return {nullptr, [holds = state_->holds](void*) { --*holds; }};
}

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
