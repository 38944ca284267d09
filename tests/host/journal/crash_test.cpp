// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <random>
#include <thread>

#include "host/core/text.h"
#include "host/journal/database.h"
#include "host/journal/store.h"
#include "tests/host/journal/support.h"

namespace runbook::journal {
namespace {

// Steps without end; each that was acknowledged is told to the pipe.
void write_steps(const std::string& directory, const std::string& id, int acknowledged) {
  Loop loop;
  Journal journal(loop, directory, sample_run(id));
  for (int i = 0;; ++i) {
    const std::string path = cat("step ", i);
    if (!wait(loop, [&](auto done) { journal.step_begin(sample_step(path), std::move(done)); })) _exit(2);
    if (!wait(loop, [&](auto done) { journal.step_end(sample_step(path, State::kDone), std::move(done)); })) _exit(3);
    if (write(acknowledged, &i, sizeof i) != sizeof i) _exit(4);
  }
}

TEST_CASE("journal: kill -9 at any moment loses no acknowledged record and leaves no damage", "[journal]") {
  const TempDirectory directory;
  std::mt19937 random(20261121);
  int total = 0;
  for (int round = 0; round < 25; ++round) {
    const std::string id = cat("20260101-000000-", 100'000 + round);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    {
      Child child([&] {
        close(ends[0]);
        write_steps(directory.path(), id, ends[1]);
      });
      close(ends[1]);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
      child.kill_now();
    }
    int last = -1;
    for (int step = 0; read(ends[0], &step, sizeof step) == sizeof step;) last = step;
    close(ends[0]);
    total += last + 1;
    auto reader = Reader::open(directory.path());
    INFO((reader ? std::string() : reader.error().message));
    REQUIRE(reader);
    auto run = reader->load(id);
    if (!run) {
      CHECK(last == -1);
      continue;
    }
    CHECK(run->record.state == State::kInterrupted);
    for (int step = 0; step <= last; ++step) {
      const StepRecord* found = run->step(cat("step ", step));
      REQUIRE(found);
      CHECK(found->state == State::kDone);
    }
    CHECK(run->steps.size() <= static_cast<std::size_t>(last) + 3);
  }
  CHECK(total > 0);
  auto database = Database::open(database_file(directory.path()), Database::Mode::kRead);
  REQUIRE(database);
  std::string verdict;
  REQUIRE((*database)->query("PRAGMA integrity_check", {}, [&](const Row& row) { verdict = row.text(0); }));
  CHECK(verdict == "ok");
}

TEST_CASE("journal: what a killed process left half written is rolled back by whoever reads next", "[journal]") {
  const TempDirectory directory;
  const std::string file = database_file(directory.path());
  {
    auto made = open_for_writing(directory.path());
    REQUIRE(made);
    REQUIRE((*made)->run("PRAGMA journal_mode = DELETE"));
  }
  Child child([&] {
    auto database = Database::open(file, Database::Mode::kWrite);
    if (!database) _exit(2);
    (void)(*database)->run("PRAGMA cache_size = 1");
    (void)(*database)->run("BEGIN");
    for (int i = 0; i < 200; ++i) (void)(*database)->run("INSERT INTO line (text) VALUES (zeroblob(4000))");
    ::kill(getpid(), SIGKILL);
  });
  child.finish();
  REQUIRE(std::filesystem::exists(file + "-journal"));
  auto reader = Reader::open(directory.path());
  INFO((reader ? std::string() : reader.error().message));
  REQUIRE(reader);
  CHECK(reader->runs()->empty());
}

TEST_CASE("journal: several processes that make the journal at once all succeed", "[journal]") {
  const TempDirectory directory;
  for (int round = 0; round < 5; ++round) {
    const std::string state = cat(directory.path(), "/", round);
    const auto body = [&](int number) {
      Loop loop;
      Journal journal(loop, state, sample_run(cat("20260101-000000-", 100'000 + number)));
      for (int i = 0; i < 10; ++i) {
        if (!wait(loop, [&](auto done) { journal.step_begin(sample_step(cat("step ", i)), std::move(done)); })) _exit(2);
      }
      if (!wait(loop, [&](auto done) { journal.run_end(State::kDone, 0, {}, std::move(done)); })) _exit(3);
    };
    Child one([&] { body(1); });
    Child two([&] { body(2); });
    Child three([&] { body(3); });
    CHECK(one.finish() == 0);
    CHECK(two.finish() == 0);
    CHECK(three.finish() == 0);
    auto reader = Reader::open(state);
    REQUIRE(reader);
    CHECK(reader->runs()->size() == 3);
  }
}

}  // namespace
}  // namespace runbook::journal
