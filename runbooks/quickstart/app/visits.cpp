// SPDX-License-Identifier: Apache-2.0
#include "visits.h"

#include <sqlite3.h>

namespace quickstart {
namespace {

constexpr int kBusyMs = 5000;
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS visits (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO visits VALUES (1, 0)";

}  // namespace

Visits::~Visits() { close(); }

void Visits::close() {
  sqlite3_close(database_);
  database_ = nullptr;
}

bool Visits::open(std::string* error) {
  if (database_) return true;
  if (sqlite3_open(path_.c_str(), &database_) == SQLITE_OK) {
    sqlite3_busy_timeout(database_, kBusyMs);
    if (sqlite3_exec(database_, kSchema, nullptr, nullptr, nullptr) == SQLITE_OK) return true;
  }
  *error = path_ + ": " + sqlite3_errmsg(database_);
  close();
  return false;
}

bool Visits::ask(const char* sql, std::int64_t* count, std::string* error) {
  const std::lock_guard lock(mutex_);
  if (!open(error)) return false;
  sqlite3_stmt* statement = nullptr;
  bool ok = sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK;
  if (ok && sqlite3_step(statement) == SQLITE_ROW) {
    *count = sqlite3_column_int64(statement, 0);
    // The change is committed by the step that finds no further row.
    ok = sqlite3_step(statement) == SQLITE_DONE;
  } else {
    ok = false;
  }
  if (!ok) *error = path_ + ": " + sqlite3_errmsg(database_);
  sqlite3_finalize(statement);
  if (!ok) close();
  return ok;
}

bool Visits::read(std::int64_t* count, std::string* error) { return ask("SELECT count FROM visits", count, error); }

bool Visits::add(std::int64_t* count, std::string* error) {
  return ask("UPDATE visits SET count = count + 1 RETURNING count", count, error);
}

}  // namespace quickstart
