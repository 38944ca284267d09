// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "host/journal/store.h"
#include "runbook/loop.h"

namespace runbook::journal {

/// Writes to a Store from a thread of its own. Everything that was submitted while the last transaction was being
/// synced, and everything submitted within one turn of the loop, shares one transaction: group commit.
class Writer {
 public:
  using Job = std::function<Status(Store&)>;
  using Written = Callback<void(Status)>;
  /// What a record has to outlive before it counts as written.
  enum class Outlives { kProcess, kMachine };

  Writer(Loop& loop, std::unique_ptr<Store> store);
  ~Writer();  ///< writes what is left, unless nothing was ever submitted with `submit`

  /// `done` is called on the loop once the job's transaction is committed, or has failed. One for kMachine is synced to the
  /// disk, and with it all before it; where the machine goes down, what was committed since the last of them may be missing.
  Cancel submit(Job job, Outlives what, Written done);
  /// Goes with the next transaction, a quarter of a second later at most; kept for the one after where that fails.
  /// Before the first `submit` it only waits: by itself it touches no disk.
  void submit_later(Job job);
  /// Waits, here, until everything submitted has been tried. False when that takes longer than `limit`.
  bool flush(Duration limit);

  const Store& store() const { return *store_; }
  /// Transactions so far, and how many of them were synced.
  std::uint64_t commits() const;
  std::uint64_t syncs() const;

 private:
  struct Entry;
  struct Shared;
  struct Port;
  void start();
  void deliver();
  static std::vector<Entry> next_batch(std::vector<Entry>& queue, bool all);
  static void work(Shared& shared, Store& store);
  static void write(Shared& shared, Store& store, std::vector<Entry>& batch);

  Loop& loop_;
  std::unique_ptr<Store> store_;
  std::shared_ptr<Shared> shared_;
  Port* port_ = nullptr;
  std::thread thread_;
  Cancel kick_;
  bool kicked_ = false;
  int pending_ = 0;
};

}  // namespace runbook::journal
