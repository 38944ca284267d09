// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "runbook/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace runbook::journal {

/// One row of a query, valid while it is handed over.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  bool null(int column) const;
  std::int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;  ///< empty for NULL

 private:
  sqlite3_stmt* statement_;
};

/// A connection to the journal's SQLite file. One thread at a time.
class Database {
 public:
  enum class Mode { kRead, kWrite };
  using Bind = std::variant<std::nullptr_t, std::int64_t, double, std::string_view>;
  using Binds = std::initializer_list<Bind>;

  /// Errors carry the code "journal.read" or "journal.write".
  static Result<std::unique_ptr<Database>> open(const std::string& file, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one statement. It is prepared on first use and kept, so `sql` is a literal.
  Status run(const char* sql, Binds binds = {});
  Status query(const char* sql, Binds binds, const std::function<void(const Row&)>& row);
  /// Rows that the last statement changed.
  int changes() const;
  bool in_transaction() const;

 private:
  Database(sqlite3* connection, std::string file, Mode mode);
  Result<sqlite3_stmt*> prepare(const char* sql);
  Error failure(int code) const;

  sqlite3* connection_;
  std::string file_;
  Mode mode_;
  std::map<std::string_view, sqlite3_stmt*> statements_;
};

}  // namespace runbook::journal
