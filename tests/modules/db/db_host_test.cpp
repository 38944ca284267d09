// SPDX-License-Identifier: Apache-2.0
// The db module as scripts see it.
#include "runbook/host.h"
#include "tests/support/temp_directory.h"

namespace runbook::db {
extern const Module kModule;
}

using namespace runbook;

namespace {

class DbHost {
 public:
  DbHost() { host_.add(db::kModule); }

  RunReport run(const std::string& body, Mode mode = Mode::kApply) {
    RunOptions options;
    options.file = directory.file("test.lua", "local db = require 'db'\nlocal app <close> = db.sqlite 'app.db'\n" + body);
    options.mode = mode;
    options.allow = allow;
    options.state_directory = state_ / "runs";
    printed.clear();
    options.on_event = [this](const Value& event) {
      if (event["event"].as_string() == "print") printed += event["text"].as_string() + "\n";
    };
    return host_.run(options);
  }

  TempDirectory directory;
  std::vector<std::string> allow{"db=sqlite:" + directory.path() + "/app.db", "write=" + directory.path()};
  std::string printed;

 private:
  TempDirectory state_;
  Host host_;
};

constexpr const char* kFill =
    "app:exec('CREATE TABLE t (id INTEGER, name TEXT)', nil, { create = true })\n"
    "app:exec('INSERT INTO t VALUES (?, ?)', { 1, 'one' })\n";

}  // namespace

TEST_CASE("db module: a script changes, reads and backs up a database beside it", "[db]") {
  DbHost host;
  CHECK(host.run(kFill).changed == 2);
  CHECK(host.run("local rows = app:query('SELECT * FROM t WHERE id = :id', { id = 1 })\nprint(#rows, rows[1].name)").exit == 0);
  CHECK(host.printed == "1\tone\n");
  CHECK(host.run("local copy = app:backup 'copy.db'\nprint(copy.bytes > 0, #copy.sha256)").changed == 1);
  CHECK(host.printed == "true\t64\n");
}

TEST_CASE("db module: a dry run changes nothing, and what depends on the change is unknown", "[db]") {
  DbHost host;
  REQUIRE(host.run(kFill).exit == 0);
  const RunReport planned = host.run("app:exec(\"UPDATE t SET name = 'two'\")\nlocal rows = app:query('SELECT * FROM t')\nprint(rows[1].name)", Mode::kDryRun);
  CHECK(planned.planned == 1);
  CHECK(host.printed.empty());
  CHECK(host.run("print(app:query('SELECT name FROM t')[1].name)").exit == 0);
  CHECK(host.printed == "one\n");
}

TEST_CASE("db module: what is not permitted is refused, with the line to add", "[db]") {
  DbHost host;
  REQUIRE(host.run(kFill).exit == 0);
  host.allow.clear();
  const RunReport refused = host.run("app:query 'SELECT 1 AS one'");
  CHECK(refused.exit == 5);
  REQUIRE(refused.error);
  CHECK_THAT(refused.error->hint, ContainsSubstring("sqlite:" + host.directory.path() + "/app.db"));
}
