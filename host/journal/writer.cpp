// SPDX-License-Identifier: Apache-2.0
#include "host/journal/writer.h"

#include <signal.h>
#include <uv.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <mutex>

namespace runbook::journal {

using namespace std::chrono_literals;

struct Writer::Entry {
  Job job;
  Written done;  ///< touched on the loop's thread only
  std::shared_ptr<void> held;  ///< the same
  std::shared_ptr<bool> wanted;
  Outlives what = Outlives::kProcess;
  Status outcome = Unit{};
  bool later() const { return !wanted; }
};

struct Writer::Shared {
  std::mutex mutex;
  std::condition_variable wake, idle;
  std::vector<Entry> queue, finished;
  bool go = false, stop = false, busy = false;
  bool more = false;  // was left for the next transaction
  bool closed = false;  // the loop's thread only
  std::atomic<std::uint64_t> commits{0}, syncs{0};
  Port* port = nullptr;
};

// libuv's memory outlives uv_close: the port deletes itself.
struct Writer::Port {
  uv_async_t handle{};
  Writer* writer = nullptr;
};

Writer::Writer(Loop& loop, std::unique_ptr<Store> store)
    : loop_(loop), store_(std::move(store)), shared_(std::make_shared<Shared>()) {}

Writer::~Writer() {
  kick_();
  shared_->closed = true;
  if (!port_) return;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop = true;
  }
  shared_->wake.notify_one();
  thread_.join();
  port_->writer = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&port_->handle),
           [](uv_handle_t* handle) { delete reinterpret_cast<Port*>(handle); });
}

void Writer::start() {
  static_assert(offsetof(Port, handle) == 0);
  port_ = new Port;
  port_->writer = this;
  shared_->port = port_;
  uv_async_init(loop_.uv(), &port_->handle, [](uv_async_t* handle) {
    if (Writer* writer = reinterpret_cast<Port*>(handle)->writer) writer->deliver();
  });
  // Signals are for the loop's thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([shared = shared_, store = store_.get()] { work(*shared, *store); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Cancel Writer::submit(Job job, Outlives what, Written done) {
  if (!port_) start();
  auto wanted = std::make_shared<bool>(true);
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->queue.push_back({std::move(job), std::move(done), loop_.hold(), wanted, what});
  }
  if (++pending_ == 1) uv_ref(reinterpret_cast<uv_handle_t*>(&port_->handle));
  if (!kicked_) {
    kicked_ = true;
    kick_ = loop_.post([this] {
      kicked_ = false;
      const std::lock_guard lock(shared_->mutex);
      shared_->go = true;
      shared_->wake.notify_one();
    });
  }
  return [wanted] { *wanted = false; };
}

void Writer::submit_later(Job job) {
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.push_back({std::move(job), {}, {}, nullptr, Outlives::kProcess});
  if (shared_->queue.size() == 1 && port_) shared_->wake.notify_one();
}

bool Writer::flush(Duration limit) {
  if (!port_) return true;
  std::unique_lock lock(shared_->mutex);
  shared_->go = true;
  shared_->wake.notify_one();
  return shared_->idle.wait_for(lock, limit, [this] { return !shared_->go && !shared_->busy && !shared_->more; });
}

std::uint64_t Writer::commits() const { return shared_->commits; }
std::uint64_t Writer::syncs() const { return shared_->syncs; }

void Writer::deliver() {
  std::vector<Entry> finished;
  {
    const std::lock_guard lock(shared_->mutex);
    finished.swap(shared_->finished);
  }
  pending_ -= static_cast<int>(finished.size());
  if (pending_ == 0) uv_unref(reinterpret_cast<uv_handle_t*>(&port_->handle));
  const auto shared = shared_;  // a callback may end the writer
  for (Entry& entry : finished) {
    if (!shared->closed && *entry.wanted) entry.done(std::move(entry.outcome));
  }
}

// All that waits, but of what nobody waits for only so much: what a transaction writes is kept until it is committed.
std::vector<Writer::Entry> Writer::next_batch(std::vector<Entry>& queue, bool all) {
  constexpr int kMostLater = 16;
  int later = 0;
  const auto too_much = [&](const Entry& entry) { return !all && entry.later() && ++later > kMostLater; };
  const auto end = std::find_if(queue.begin(), queue.end(), too_much);
  std::vector<Entry> batch(std::make_move_iterator(queue.begin()), std::make_move_iterator(end));
  queue.erase(queue.begin(), end);
  return batch;
}

void Writer::work(Shared& shared, Store& store) {
  std::unique_lock lock(shared.mutex);
  // What could not be written is tried again with all that waits behind it: somebody may wait to be told.
  bool failed = false;
  while (true) {
    const auto due = [&] { return shared.go || shared.stop || shared.more; };
    if (shared.queue.empty()) {
      shared.wake.wait(lock, [&] { return due() || !shared.queue.empty(); });
    }
    if (!due()) shared.wake.wait_for(lock, 250ms, due);
    const bool last = shared.stop;
    std::vector<Entry> batch = next_batch(shared.queue, failed);
    shared.go = false;
    const bool all = shared.queue.empty();
    shared.more = !all;
    if (!batch.empty()) {
      shared.busy = true;
      lock.unlock();
      write(shared, store, batch);
      lock.lock();
      shared.busy = false;
      bool deliver = false;
      std::vector<Entry> again;
      for (Entry& entry : batch) {
        if (!entry.later()) {
          deliver = true;
          shared.finished.push_back(std::move(entry));
        } else if (!entry.outcome) {
          again.push_back(std::move(entry));
        }
      }
      failed = !again.empty();
      if (failed) shared.more = false;  // in a while
      shared.queue.insert(shared.queue.begin(), std::make_move_iterator(again.begin()), std::make_move_iterator(again.end()));
      if (deliver) uv_async_send(&shared.port->handle);
    }
    shared.idle.notify_all();
    if (last && all) return;
  }
}

void Writer::write(Shared& shared, Store& store, std::vector<Entry>& batch) {
  const bool to_disk =
      std::any_of(batch.begin(), batch.end(), [](const Entry& entry) { return entry.what == Outlives::kMachine; });
  Status status = store.begin(to_disk);
  for (Entry& entry : batch) {
    if (!status) break;
    entry.outcome = entry.job(store);
    if (!entry.outcome && !store.in_transaction()) status = entry.outcome;
    // What cannot be written whatever the disk does would be tried for ever.
    if (!entry.outcome && entry.later() && status) entry.outcome = Unit{};
  }
  if (status) status = store.commit();
  if (status) {
    ++shared.commits;
    if (to_disk) ++shared.syncs;
    return;
  }
  store.rollback();
  for (Entry& entry : batch) entry.outcome = status;
}

}  // namespace runbook::journal
