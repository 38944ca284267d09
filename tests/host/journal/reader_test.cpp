// SPDX-License-Identifier: Apache-2.0
#include "host/journal/reader.h"

#include "tests/host/journal/support.h"

namespace runbook::journal {
namespace {

void write_run(const TempDirectory& directory, const std::string& id, const std::string& file, State state, double started) {
  Loop loop;
  RunRecord run = sample_run(id);
  run.file = file;
  run.started = started;
  Journal journal(loop, directory.path(), run);
  REQUIRE(wait(loop, [&](auto done) { journal.open(std::move(done)); }));
  if (state != State::kInterrupted) {
    REQUIRE(wait(loop, [&](auto done) { journal.run_end(state, 0, {}, std::move(done)); }));
  }
}

TEST_CASE("journal: a directory without a journal reads as empty", "[journal]") {
  const TempDirectory directory;
  auto reader = Reader::open(directory.path() + "/none");
  REQUIRE(reader);
  CHECK(reader->runs()->empty());
  CHECK(reader->lines("x")->empty());
  CHECK(reader->find("last").error().code == "journal.not_found");
  CHECK(reader->load("x").error().code == "journal.not_found");
  CHECK_FALSE(std::filesystem::exists(directory.path() + "/none"));
}

TEST_CASE("journal: runs are listed newest first, by file, state, time and number", "[journal]") {
  const TempDirectory directory;
  write_run(directory, "20260101-000000-aaaaaa", "/srv/deploy.lua", State::kDone, 100);
  write_run(directory, "20260102-000000-bbbbbb", "/srv/backup.lua", State::kFailed, 200);
  write_run(directory, "20260103-000000-cccccc", "/srv/deploy.lua", State::kInterrupted, 300);
  auto reader = Reader::open(directory.path());
  REQUIRE(reader);
  const auto ids = [&](const RunFilter& filter) {
    std::string out;
    auto found = reader->runs(filter);
    REQUIRE(found);
    for (const RunRecord& run : *found) out += run.id.substr(16, 1);
    return out;
  };
  CHECK(ids({}) == "cba");
  CHECK(ids({"deploy.lua"}) == "ca");
  CHECK(ids({"/srv/deploy.lua"}) == "ca");
  CHECK(ids({"eploy.lua"}).empty());
  CHECK(ids({"", State::kInterrupted}) == "c");
  CHECK(ids({"", State::kFailed}) == "b");
  CHECK(ids({"", std::nullopt, 200}) == "cb");
  CHECK(ids({"", std::nullopt, 0, 1}) == "c");
}

TEST_CASE("journal: a run is found by what a person types", "[journal]") {
  const TempDirectory directory;
  write_run(directory, "20260101-000000-aaaaaa", "/srv/deploy.lua", State::kDone, 100);
  write_run(directory, "20260101-120000-aab000", "/srv/backup.lua", State::kDone, 200);
  auto reader = Reader::open(directory.path());
  REQUIRE(reader);
  CHECK(*reader->find("20260101-000000-aaaaaa") == "20260101-000000-aaaaaa");
  CHECK(*reader->find("20260101-1") == "20260101-120000-aab000");
  CHECK(*reader->find("aab") == "20260101-120000-aab000");
  CHECK(*reader->find("last") == "20260101-120000-aab000");
  CHECK(*reader->find("@deploy.lua") == "20260101-000000-aaaaaa");
  CHECK(reader->find("zz").error().code == "journal.not_found");
  CHECK(reader->find("").error().code == "journal.not_found");
  CHECK(reader->find("%").error().code == "journal.not_found");
  CHECK_THAT(reader->find("@x.lua").error().message, ContainsSubstring("'x.lua' has not been run"));
  const Error ambiguous = reader->find("2026").error();
  CHECK(ambiguous.code == "journal.ambiguous");
  CHECK_THAT(ambiguous.message, ContainsSubstring("20260101-000000-aaaaaa (deploy.lua)"));
  CHECK_THAT(ambiguous.message, ContainsSubstring("20260101-120000-aab000 (backup.lua)"));
}

TEST_CASE("journal: run ids sort by time and differ", "[journal]") {
  const std::string id = new_run_id();
  CHECK(id.size() == 22);
  CHECK(new_run_id() != id);
  CHECK(new_run_id().substr(0, 15) >= id.substr(0, 15));
}

}  // namespace
}  // namespace runbook::journal
