// SPDX-License-Identifier: Apache-2.0
#include "host/journal/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "host/core/text.h"

namespace runbook::journal {

bool Row::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Row::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Row::number(int column) const { return sqlite3_column_double(statement_, column); }
std::string Row::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

Database::Database(sqlite3* connection, std::string file, Mode mode)
    : connection_(connection), file_(std::move(file)), mode_(mode) {}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& file, Mode mode) {
  sqlite3* connection = nullptr;
  // For reading too: a reader may be the one that has to roll back what a killed process left half done, which SQLite
  // refuses to do on a connection opened read-only.
  const int code = sqlite3_open_v2(file.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(connection, file, mode));
  if (code != SQLITE_OK) return database->failure(code);
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, 10'000);
  if (mode == Mode::kRead) RUNBOOK_TRY(database->run("PRAGMA query_only = ON"));
  return database;
}

Error Database::failure(int code) const {
  Error error(mode_ == Mode::kRead ? "journal.read" : "journal.write",
              cat(mode_ == Mode::kRead ? "could not read '" : "could not write '", file_, "': ", sqlite3_errmsg(connection_)));
  const int reason = connection_ ? sqlite3_system_errno(connection_) : 0;
  switch (code & 0xff) {
    case SQLITE_FULL: error.hint = "free some space on that disk"; break;
    case SQLITE_BUSY: error.retryable = true; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: error.hint = "move the file away to begin a new journal; runs in it cannot be resumed"; break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (reason != 0) error.message += cat(" (", std::strerror(reason), ")");
      break;
    default: break;
  }
  return error;
}

Result<sqlite3_stmt*> Database::prepare(const char* sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(code);
  statements_.emplace(sql, statement);
  return statement;
}

Status Database::run(const char* sql, Binds binds) {
  return query(sql, binds, [](const Row&) {});
}

Status Database::query(const char* sql, Binds binds, const std::function<void(const Row&)>& row) {
  auto prepared = prepare(sql);
  if (!prepared) return std::move(prepared).error();
  sqlite3_stmt* statement = *prepared;
  int index = 0;
  for (const Bind& bind : binds) {
    ++index;
    if (const auto* integer = std::get_if<std::int64_t>(&bind)) {
      sqlite3_bind_int64(statement, index, *integer);
    } else if (const auto* number = std::get_if<double>(&bind)) {
      sqlite3_bind_double(statement, index, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&bind)) {
      sqlite3_bind_text64(statement, index, text->data() ? text->data() : "", text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else {
      sqlite3_bind_null(statement, index);
    }
  }
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) row(Row(statement));
  Status status = code == SQLITE_DONE ? Status(Unit{}) : Status(failure(code));
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

int Database::changes() const { return sqlite3_changes(connection_); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_) == 0; }

}  // namespace runbook::journal
