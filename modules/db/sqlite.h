// SPDX-License-Identifier: Apache-2.0
//
// An SQLite database: statements and backups. Everything here blocks, for Loop::blocking.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "runbook/value.h"

namespace runbook::db {

/// How long a call may take, and whether anybody still waits for it. Shared between the loop and the worker.
class Patience {
 public:
  explicit Patience(double seconds_allowed)
      : until_(std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<long long>(seconds_allowed * 1000))) {}
  void cancel() { cancelled_ = true; }
  bool over() const { return cancelled_ || std::chrono::steady_clock::now() >= until_; }

 private:
  std::chrono::steady_clock::time_point until_;
  std::atomic<bool> cancelled_{false};
};
using PatiencePtr = std::shared_ptr<Patience>;

enum class Access { kRead, kWrite, kCreate };

/// An open database. It cannot reach other files: ATTACH is refused.
class Sqlite {
 public:
  /// `path` is resolved: no component of it is a link. Codes: db.not_found, db.corrupt, db.permission, db.open.
  static Result<Sqlite> open(const std::string& path, Access access, PatiencePtr patience);

  /// The rows of one statement, as objects; a NULL is an absent member.
  Result<Value> query(const std::string& sql, const Value& parameters);
  /// Runs statements; several are one transaction, and take no parameters. Gives {changes, last_id, changed}.
  Result<Value> exec(const std::string& sql, const Value& parameters);
  /// The first column of the first row, for what is asked of the database itself.
  Result<Value> scalar(const char* sql);

  sqlite3* get() const { return handle_.get(); }
  /// The error of the last call that gave `code`.
  Error error(int code, const std::string& doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Result<Statement> prepare(const char* sql, const char** rest);
  Status bind(sqlite3_stmt* statement, const Value& parameters);
  Result<Value> rows(sqlite3_stmt* statement);
  Status run(const std::string& sql, const Value& parameters);

  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
  PatiencePtr patience_;
};

struct Backup {
  std::int64_t bytes = 0;
  std::int64_t pages = 0;
  std::string sha256;
};

/// Copies a database while others use it, checks the copy, and only then puts it in place of `destination`.
Result<Backup> backup(const std::string& source, const std::string& destination, const PatiencePtr& patience);

}  // namespace runbook::db
