// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include "modules/db/sqlite.h"
#include "modules/db/sqlite_operations.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

using namespace runbook;
using namespace runbook::db;

namespace {

class Database {
 public:
  Database() { exec("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, photo BLOB, score REAL)", Value(), true); }

  Result<Value> attempt(const Operation& operation, Value args) {
    args.set("target", path());
    return world_.perform(operation, std::move(args));
  }
  Result<Value> query(const char* sql, const Value& params = Value()) {
    return attempt(kQuery, Value::object({{"sql", sql}, {"params", params}}));
  }
  Value exec(const char* sql, const Value& params = Value(), bool create = false) {
    auto result = attempt(kExec, Value::object({{"sql", sql}, {"params", params}, {"create", create}}));
    if (!result.ok()) FAIL(result.error().code + ": " + result.error().message);
    return std::move(*result);
  }
  std::string exec_code(const char* sql) {
    auto result = attempt(kExec, Value::object({{"sql", sql}}));
    REQUIRE_FALSE(result.ok());
    return result.error().code;
  }
  std::string path() const { return directory / "app.db"; }

  TempDirectory directory;

 private:
  TestWorld world_;
};

}  // namespace

TEST_CASE("db sqlite: rows come back as they were put in, whatever their bytes", "[db]") {
  Database database;
  const std::string bytes("a\0b\xff", 4);
  database.exec("INSERT INTO users VALUES (?, ?, CAST(? AS BLOB), ?)", Value::array({1, "Ann", bytes, 1.5}));
  const Value change = database.exec("INSERT INTO users (id, name) VALUES (:id, :name)",
                                     Value::object({{"id", 7}, {"name", Value::Secret{"Bob", "NAME"}}}));
  CHECK(change["changes"].as_int() == 1);
  CHECK(change["last_id"].as_int() == 7);
  const auto rows = database.query("SELECT * FROM users ORDER BY id");
  REQUIRE(rows.ok());
  CHECK(*rows == Value::array({Value::object({{"id", 1}, {"name", "Ann"}, {"photo", bytes}, {"score", 1.5}}),
                               Value::object({{"id", 7}, {"name", "Bob"}})}));
}

TEST_CASE("db sqlite: a query cannot write, reach other files, or be two statements", "[db]") {
  Database database;
  CHECK(database.query("INSERT INTO users (name) VALUES ('x')").error().code == "db.readonly");
  CHECK(database.query("DROP TABLE users").error().code == "db.readonly");
  CHECK(database.query("SELECT 1; SELECT 2").error().code == "db.syntax");
  const std::string attach = "ATTACH '" + (database.directory / "other.db") + "' AS other";
  CHECK(database.query(attach.c_str()).error().code == "db.forbidden");
  CHECK(database.exec_code(attach.c_str()) == "db.forbidden");
  const std::string into = "VACUUM INTO '" + (database.directory / "other.db") + "'";
  CHECK(database.exec_code(into.c_str()) == "db.forbidden");
  CHECK(access((database.directory / "other.db").c_str(), F_OK) != 0);
  database.exec("VACUUM");
}

TEST_CASE("db sqlite: mistakes have codes", "[db]") {
  Database database;
  CHECK(database.query("SELEC 1").error().code == "db.syntax");
  CHECK(database.query("SELECT * FROM missing").error().code == "db.sql");
  CHECK(database.query("SELECT 1 AS a, 2 AS a").error().code == "db.sql");
  CHECK(database.query("SELECT ?").error().code == "argument.invalid");
  CHECK(database.query("SELECT :a", Value::object({{"b", 1}})).error().code == "argument.invalid");
  database.exec("INSERT INTO users (name) VALUES ('x')");
  CHECK(database.exec_code("INSERT INTO users (name) VALUES ('x')") == "db.constraint");
  TestWorld world;
  const auto absent = world.perform(kQuery, Value::object({{"target", "/tmp/runbook-no-such.db"}, {"sql", "SELECT 1"}}));
  CHECK(absent.error().code == "db.not_found");
  database.directory.file("text.db", std::string(5000, 'x'));
  const auto corrupt = world.perform(kQuery, Value::object({{"target", database.directory / "text.db"}, {"sql", "SELECT * FROM a"}}));
  CHECK(corrupt.error().code == "db.corrupt");
}

TEST_CASE("db sqlite: several statements happen all or not at all", "[db]") {
  Database database;
  CHECK(database.exec_code("INSERT INTO users (name) VALUES ('a'); INSERT INTO users (name) VALUES ('a')") == "db.constraint");
  CHECK(database.query("SELECT count(*) AS n FROM users")->items()[0]["n"].as_int() == 0);
  CHECK(database.exec("INSERT INTO users (name) VALUES ('a'); INSERT INTO users (name) VALUES ('b');")["changes"].as_int() == 2);
  CHECK(database.exec("CREATE INDEX by_score ON users (score)")["changed"].as_bool());
  CHECK_FALSE(database.exec("DELETE FROM users WHERE id > 100")["changed"].as_bool(true));
}

TEST_CASE("db sqlite: a lock is waited for until the time is over", "[db]") {
  Database database;
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(database.path().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto locked = database.attempt(kQuery, Value::object({{"sql", "SELECT * FROM users"}, {"timeout", 0.3}}));
  REQUIRE_FALSE(locked.ok());
  CHECK(locked.error().code == "db.locked");
  CHECK(locked.error().retryable);
  sqlite3_close(other);
  CHECK(database.query("SELECT * FROM users").ok());
}

TEST_CASE("db sqlite: a statement that would never end is ended", "[db]") {
  Database database;
  const auto endless = database.attempt(
      kQuery, Value::object({{"sql", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"}, {"timeout", 0.3}}));
  REQUIRE_FALSE(endless.ok());
  CHECK(endless.error().code == "db.timeout");
}

TEST_CASE("db backup: a copy is made while others write, and can be read", "[db]") {
  Database database;
  database.exec("PRAGMA journal_mode=WAL");
  database.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO users (name) SELECT 'user ' || i FROM n");
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(database.path().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN; INSERT INTO users (name) VALUES ('half done')", nullptr, nullptr, nullptr) == SQLITE_OK);
  const std::string destination = database.directory / "copy.db";
  const auto made = database.attempt(kBackup, Value::object({{"destination", destination}}));
  sqlite3_close(other);
  if (!made.ok()) FAIL(made.error().code + ": " + made.error().message);
  struct stat status {};
  REQUIRE(stat(destination.c_str(), &status) == 0);
  CHECK((*made)["bytes"].as_int() == status.st_size);
  CHECK((*made)["sha256"].as_string().size() == 64);
  CHECK((status.st_mode & 0777) == 0600);
  TestWorld world;
  const auto rows = world.perform(kQuery, Value::object({{"target", destination}, {"sql", "SELECT count(*) AS n FROM users"}}));
  REQUIRE(rows.ok());
  CHECK(rows->items()[0]["n"].as_int() == 5000);
  CHECK(database.directory.content("copy.db").substr(0, 15) == "SQLite format 3");
}

TEST_CASE("db backup: what cannot be copied leaves what was there, and nothing beside it", "[db]") {
  Database database;
  const std::string destination = database.directory.file("copy.db", "the former backup");
  const std::string broken = database.directory.file("broken.db", std::string(8192, 'x'));
  TestWorld world;
  const auto failed = world.perform(kBackup, Value::object({{"target", broken}, {"destination", destination}}));
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "db.corrupt");
  CHECK(database.directory.content("copy.db") == "the former backup");
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(database.directory.path())) {
    (void)entry;
    ++count;
  }
  CHECK(count == 3);
}

TEST_CASE("db backup: a damaged database is noticed", "[db]") {
  Database database;
  database.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO users (name) SELECT 'user ' || i FROM n");
  std::string bytes = database.directory.content("app.db");
  for (std::size_t at = 8192; at < 12288; ++at) bytes[at] = static_cast<char>(at * 7);
  database.directory.file("app.db", bytes);
  const auto failed = database.attempt(kBackup, Value::object({{"destination", database.directory / "copy.db"}}));
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "db.corrupt");
  CHECK(access((database.directory / "copy.db").c_str(), F_OK) != 0);
}
