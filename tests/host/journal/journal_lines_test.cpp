// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include "host/journal/journal.h"
#include "tests/host/journal/support.h"

namespace runbook::journal {

TEST_CASE("journal: lines that wait for the disk take little more than their text", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  Journal journal(loop, directory.path(), sample_run());
  const auto before = mallinfo2().uordblks;
  for (int i = 0; i < 50'000; ++i) journal.line({0, 0, "deploy", 3, "stdout", "twenty letters a line", 0});
  CHECK(mallinfo2().uordblks - before < 4U << 20U);
}

TEST_CASE("journal: many lines of several sources are read back as they came", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  constexpr int kMany = 100'000;
  {
    Journal journal(loop, directory.path(), run);
    REQUIRE(wait(loop, [&](auto done) { journal.step_begin(sample_step("one"), std::move(done)); }));
    for (int i = 0; i < kMany; ++i) {
      journal.line({0, 0, i % 7 < 3 ? "one" : "two", static_cast<std::uint64_t>(i % 2), i % 5 == 0 ? "stderr" : "stdout", std::to_string(i), 1.0 + i});
    }
    REQUIRE(wait(loop, [&](auto done) { journal.run_end(State::kDone, 0, {}, std::move(done)); }));
    CHECK(journal.commits() > 2);  // not all of them in the memory of one transaction
  }
  auto reader = Reader::open(directory.path());
  auto lines = reader->lines(run.id, {.limit = 2 * kMany});
  REQUIRE(lines);
  REQUIRE(lines->size() == kMany);
  bool same = true;
  for (int i = 0; i < kMany; ++i) {
    const LineRecord& line = (*lines)[static_cast<std::size_t>(i)];
    same = same && line.text == std::to_string(i) && line.step == (i % 7 < 3 ? "one" : "two") && line.effect == static_cast<std::uint64_t>(i % 2) &&
           line.stream == (i % 5 == 0 ? "stderr" : "stdout") && line.time == 1.0 + i;
  }
  CHECK(same);
}

}  // namespace runbook::journal
