// SPDX-License-Identifier: Apache-2.0
//
// Named locks that runs on this machine exclude each other by. flock on locks/<name>.lock decides, and the kernel lets go
// of it when the holder dies; locks/<name>.json beside it tells people who holds it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/journal/run_lock.h"
#include "runbook/loop.h"

namespace runbook::journal {

struct LockRecord {
  std::string name;        ///< "deploy/nmpi"
  std::string user, host;  ///< filled in where empty
  std::int64_t pid = 0;    ///< filled in where 0
  std::string run, file;
  double since = 0;        ///< Unix seconds; filled in where 0
};

/// A lock that this process holds; released at the latest with this object.
class Lock {
 public:
  Lock(Lock&&) noexcept = default;
  Lock& operator=(Lock&& other) noexcept;
  ~Lock() { release(); }
  const LockRecord& record() const { return record_; }
  void release();

 private:
  friend Result<Lock> try_lock(const std::string& directory, LockRecord record);
  Lock(HeldFile file, std::string note, LockRecord record)
      : file_(std::move(file)), note_(std::move(note)), record_(std::move(record)) {}
  HeldFile file_;
  std::string note_;
  LockRecord record_;
};

/// Takes the lock or says who has it: "lock.held", with holder, run, file and since in its context.
Result<Lock> try_lock(const std::string& directory, LockRecord record);

/// The same, waiting up to `wait` seconds for the holder to let go. The loop goes on meanwhile.
Cancel acquire_lock(Loop& loop, std::string directory, LockRecord record, double wait, Callback<void(Result<Lock>)> done);

/// The locks that are held now, by name.
Result<std::vector<LockRecord>> list_locks(const std::string& directory);

/// A file name for any lock name, and back: what is not a letter, digit, "-" or "_" becomes %XX.
std::string lock_file_name(std::string_view name);
std::string lock_name_of(std::string_view file_name);

}  // namespace runbook::journal
