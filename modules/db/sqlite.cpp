// SPDX-License-Identifier: Apache-2.0
#include "modules/db/sqlite.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "host/core/text.h"

namespace runbook::db {

namespace {

constexpr std::size_t kMaxRows = 1'000'000;
constexpr std::size_t kMaxBytes = 64U << 20U;
constexpr int kStepsBetweenChecks = 20000;

// ATTACH would reach files that nobody permitted; VACUUM attaches a temporary database, whose name is empty.
int authorize(void*, int action, const char* name, const char*, const char*, const char*) {
  return action == SQLITE_ATTACH && (name == nullptr || *name != '\0') ? SQLITE_DENY : SQLITE_OK;
}

int wait_for_lock(void* patience, int) {
  if (static_cast<Patience*>(patience)->over()) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return 1;
}

int check_patience(void* patience) { return static_cast<Patience*>(patience)->over() ? 1 : 0; }

Value column_value(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_NULL: return {};
    default: break;
  }
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

bool is_blank(const char* sql) {
  for (; *sql != '\0'; ++sql) {
    if (std::strchr(" \t\r\n;", *sql) == nullptr) return false;
  }
  return true;
}

const char* code_of(int primary, const char* message) {
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "db.locked";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "db.corrupt";
    case SQLITE_READONLY: return "db.readonly";
    case SQLITE_CONSTRAINT: return "db.constraint";
    case SQLITE_INTERRUPT: return "db.timeout";
    case SQLITE_FULL: return "db.full";
    case SQLITE_AUTH: return "db.forbidden";
    case SQLITE_PERM: return "db.permission";
    case SQLITE_CANTOPEN: return "db.open";
    case SQLITE_IOERR: return "db.io";
    default: break;
  }
  const bool syntax = std::strstr(message, "syntax error") != nullptr || std::strstr(message, "incomplete input") != nullptr ||
                      std::strstr(message, "unrecognized token") != nullptr;
  return syntax ? "db.syntax" : "db.sql";
}

}  // namespace

Error Sqlite::error(int code, const std::string& doing) const {
  const char* message = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  const int primary = code & 0xff;
  Error error(code_of(primary, message), cat("'", printable(path_), "': ", doing, doing.empty() ? "" : ": ", printable(message)));
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    error.retryable = true;
    error.hint = "another program holds a lock on it; give it more time with the option timeout";
  }
  if (primary == SQLITE_READONLY) error.hint = "query only reads: change data with exec";
  if (primary == SQLITE_AUTH) error.hint = "a statement cannot attach other files";
  return std::move(error).with("database", path_);
}

Result<Sqlite> Sqlite::open(const std::string& path, Access access, PatiencePtr patience) {
  Sqlite database;
  database.path_ = path;
  database.patience_ = std::move(patience);
  if (access != Access::kCreate && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    return Error("db.not_found", cat("there is no database '", printable(path), "'")).with("database", path);
  }
  int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= access == Access::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (access == Access::kCreate) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  database.handle_.reset(handle);
  if (code != SQLITE_OK) {
    const int why = handle != nullptr ? sqlite3_system_errno(handle) : 0;
    Error error = database.error(code, "cannot open it");
    if (why == EACCES || why == EPERM) error.code = "db.permission";
    return error;
  }
  sqlite3_busy_handler(handle, wait_for_lock, database.patience_.get());
  sqlite3_progress_handler(handle, kStepsBetweenChecks, check_patience, database.patience_.get());
  sqlite3_set_authorizer(handle, authorize, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_exec(handle, "PRAGMA foreign_keys=ON", nullptr, nullptr, nullptr);
  return database;
}

Result<Sqlite::Statement> Sqlite::prepare(const char* sql, const char** rest) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, rest);
  Statement statement(raw);
  if (code != SQLITE_OK) return error(code, "");
  return statement;
}

Status Sqlite::bind(sqlite3_stmt* statement, const Value& parameters) {
  const auto give = [&](int index, const Value& value) {
    switch (value.kind()) {
      case Value::Kind::kNull: return sqlite3_bind_null(statement, index);
      case Value::Kind::kBoolean: return sqlite3_bind_int(statement, index, value.as_bool() ? 1 : 0);
      case Value::Kind::kInteger: return sqlite3_bind_int64(statement, index, value.as_int());
      case Value::Kind::kNumber: return sqlite3_bind_double(statement, index, value.as_number());
      case Value::Kind::kString:
      case Value::Kind::kSecret:
        return sqlite3_bind_text64(statement, index, value.reveal().data(), value.reveal().size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      default: return SQLITE_MISMATCH;
    }
  };
  const auto wrong = [](std::string message) { return Error("argument.invalid", "params: " + std::move(message)); };
  const int count = sqlite3_bind_parameter_count(statement);
  const auto given = parameters.is_object() ? parameters.members().size() : parameters.items().size();
  if (static_cast<std::size_t>(count) != given) {
    return wrong(cat("the statement has ", count, " parameters, ", given, " are given"));
  }
  for (int index = 1; index <= count; ++index) {
    const char* name = sqlite3_bind_parameter_name(statement, index);
    if (parameters.is_object() && (name == nullptr || !parameters.has(name + 1))) {
      return wrong(cat("there is none for '", name == nullptr ? "?" : name, "'"));
    }
    const Value& value = parameters.is_object() ? parameters[name + 1] : parameters.items()[static_cast<std::size_t>(index - 1)];
    const int code = give(index, value);
    if (code == SQLITE_MISMATCH) return wrong(cat("number ", index, " is a ", to_string(value.kind()), ", not a string, number or boolean"));
    if (code != SQLITE_OK) return error(code, "");
  }
  return Unit{};
}

Result<Value> Sqlite::rows(sqlite3_stmt* statement) {
  const int columns = sqlite3_column_count(statement);
  std::vector<std::string> names;
  for (int column = 0; column < columns; ++column) {
    names.emplace_back(sqlite3_column_name(statement, column));
    for (int before = 0; before < column; ++before) {
      if (names[static_cast<std::size_t>(before)] == names.back()) {
        return Error("db.sql", cat("two columns are named '", printable(names.back()), "'"), "name one of them with AS");
      }
    }
  }
  Value out = Value::Array{};
  std::size_t bytes = 0;
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return out;
    if (code != SQLITE_ROW) return error(code, "");
    Value row = Value::Object{};
    for (int column = 0; column < columns; ++column) {
      bytes += static_cast<std::size_t>(sqlite3_column_bytes(statement, column)) + 16;
      Value value = column_value(statement, column);
      if (!value.is_null()) row.set(names[static_cast<std::size_t>(column)], std::move(value));
    }
    out.push(std::move(row));
    if (bytes > kMaxBytes || out.items().size() > kMaxRows) {
      return Error("db.too_large", cat("'", printable(path_), "': the result is larger than ", kMaxBytes >> 20U, " MiB or ", kMaxRows, " rows"),
                   "read less at a time, with WHERE or LIMIT");
    }
  }
}

Result<Value> Sqlite::query(const std::string& sql, const Value& parameters) {
  const char* rest = nullptr;
  auto statement = prepare(sql.c_str(), &rest);
  if (!statement) return std::move(statement).error();
  if (!*statement) return Error("db.syntax", "there is no statement");
  if (!is_blank(rest)) return Error("db.syntax", cat("more than one statement: ", printable(std::string(trim(rest)).substr(0, 60))));
  RUNBOOK_TRY(bind(statement->get(), parameters));
  return rows(statement->get());
}

Status Sqlite::run(const std::string& sql, const Value& parameters) {
  for (const char* rest = sql.c_str(); !is_blank(rest);) {
    auto statement = prepare(rest, &rest);
    if (!statement) return std::move(statement).error();
    if (!*statement) continue;
    RUNBOOK_TRY(bind(statement->get(), parameters));
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement->get());
    if (code != SQLITE_DONE) return error(code, "");
  }
  return Unit{};
}

Result<Value> Sqlite::exec(const std::string& sql, const Value& parameters) {
  const auto schema = scalar("PRAGMA schema_version");
  if (!schema) return Error(schema.error());
  const auto before = sqlite3_total_changes64(handle_.get());
  // One statement is whole or not at all by itself; several are made so.
  const char* rest = nullptr;
  auto first = prepare(sql.c_str(), &rest);
  if (!first) return std::move(first).error();
  const bool several = !is_blank(rest);
  first->reset();
  if (several) RUNBOOK_TRY(run("BEGIN IMMEDIATE", Value()));
  Status status = run(sql, parameters);
  if (status && several) status = run("COMMIT", Value());
  if (!status) {
    if (sqlite3_get_autocommit(handle_.get()) == 0) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    return std::move(status).error();
  }
  const auto after = scalar("PRAGMA schema_version");
  const auto changes = static_cast<std::int64_t>(sqlite3_total_changes64(handle_.get()) - before);
  return Value::object({{"changes", changes},
                        {"last_id", static_cast<std::int64_t>(sqlite3_last_insert_rowid(handle_.get()))},
                        {"changed", changes > 0 || !after || !(*after == *schema)}});
}

Result<Value> Sqlite::scalar(const char* sql) {
  const char* rest = nullptr;
  auto statement = prepare(sql, &rest);
  if (!statement) return std::move(statement).error();
  const int code = sqlite3_step(statement->get());
  if (code == SQLITE_ROW) return column_value(statement->get(), 0);
  if (code == SQLITE_DONE) return Value();
  return error(code, "");
}

}  // namespace runbook::db
