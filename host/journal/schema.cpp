// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "host/core/text.h"
#include "host/journal/directory.h"
#include "host/journal/store.h"

namespace runbook::journal {

namespace {

constexpr std::int64_t kSchema = 1;

constexpr std::array kTables = {
    "CREATE TABLE run (id TEXT PRIMARY KEY, file TEXT, file_hash TEXT, summary TEXT, mode TEXT, params TEXT,"
    " permissions TEXT, user TEXT, host TEXT, pid INTEGER, version TEXT, started REAL, ended REAL, state TEXT,"
    " exit INTEGER, error TEXT, attempt INTEGER)",
    "CREATE INDEX run_started ON run (started)",
    "CREATE TABLE attempt (run TEXT, attempt INTEGER, mode TEXT, file_hash TEXT, user TEXT, host TEXT, pid INTEGER,"
    " version TEXT, started REAL, ended REAL, state TEXT, exit INTEGER, error TEXT, PRIMARY KEY (run, attempt))",
    "CREATE TABLE step (run TEXT, path TEXT, title TEXT, key TEXT, fingerprint TEXT, undo INTEGER, state TEXT,"
    " attempt INTEGER, begun INTEGER, result TEXT, lossy INTEGER, error TEXT, started REAL, ended REAL,"
    " PRIMARY KEY (run, path))",
    "CREATE TABLE effect (run TEXT, attempt INTEGER, id INTEGER, parent INTEGER, step TEXT, operation TEXT, effect TEXT,"
    " args TEXT, args_lossy INTEGER, diff TEXT, location TEXT, state TEXT, changed INTEGER, before TEXT,"
    " before_lossy INTEGER, result TEXT, error TEXT, started REAL, ended REAL, PRIMARY KEY (run, attempt, id))",
    "CREATE TABLE line (seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT, attempt INTEGER, step TEXT, effect INTEGER,"
    " stream TEXT, text TEXT, time REAL)",
    "CREATE INDEX line_run ON line (run, seq)",
    "PRAGMA user_version = 1",
};

Result<std::int64_t> schema_of(Database& database) {
  std::int64_t version = 0;
  RUNBOOK_TRY(database.query("PRAGMA user_version", {}, [&](const Row& row) { version = row.integer(0); }));
  return version;
}

Status refuse_newer(std::int64_t version) {
  if (version <= kSchema) return Unit{};
  return Error("journal.newer", cat("the journal was written by a newer runbook (its format is ", version,
                                    ", this program knows ", kSchema, ")"),
               "use that version, or set RUNBOOK_STATE to another directory");
}

// Two processes that make the database at once would meet in the switch to WAL, which SQLite's own busy handler does
// not cover. The lock is on the directory itself: it needs no file.
class Opening {
 public:
  explicit Opening(const std::string& directory) : fd_(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~Opening() {
    if (fd_ >= 0) close(fd_);
  }
  Status wait() const {
    for (int attempt = 0; attempt < 500; ++attempt) {
      if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return Unit{};
      if (errno != EWOULDBLOCK && errno != EINTR) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return Error("journal.write", cat("could not open the journal: ", std::strerror(errno)));
  }

 private:
  int fd_;
};

Status create_tables(Database& database) {
  RUNBOOK_TRY(database.run("BEGIN IMMEDIATE"));
  for (const char* table : kTables) {
    if (Status made = database.run(table); !made) {
      if (database.in_transaction()) (void)database.run("ROLLBACK");
      return made;
    }
  }
  return database.run("COMMIT");
}

}  // namespace

std::string database_file(const std::string& directory) { return directory + "/journal.db"; }

Status check_schema(Database& database) {
  auto version = schema_of(database);
  if (!version) return std::move(version).error();
  return refuse_newer(*version);
}

Result<std::unique_ptr<Database>> open_for_writing(const std::string& directory) {
  RUNBOOK_TRY(prepare_directory(directory));
  const Opening opening(directory);
  RUNBOOK_TRY(opening.wait());
  // Made here and not by SQLite: its log and index take their mode from this file.
  const std::string file = database_file(directory);
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return Error("journal.write", cat("could not open '", file, "': ", std::strerror(errno)));
  close(fd);
  auto opened = Database::open(file, Database::Mode::kWrite);
  if (!opened) return opened;
  Database& database = **opened;
  auto version = schema_of(database);
  if (!version) return std::move(version).error();
  RUNBOOK_TRY(refuse_newer(*version));
  RUNBOOK_TRY(database.run("PRAGMA journal_mode = WAL"));
  RUNBOOK_TRY(database.run("PRAGMA synchronous = FULL"));
  if (*version == 0) {
    RUNBOOK_TRY(create_tables(database));
    RUNBOOK_TRY(sync_directory(directory));
  }
  return opened;
}

}  // namespace runbook::journal
