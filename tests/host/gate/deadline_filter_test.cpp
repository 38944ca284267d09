// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/deadline_filter.h"

#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {
struct DeadlineBench : Bench {
  DeadlineBench() { gate.add(std::make_shared<DeadlineFilter>(loop)); }
};
}  // namespace

TEST_CASE("deadline: an effect that does not end is cancelled and says how long it had") {
  DeadlineBench bench;
  const auto late = bench.run(kHang, named("a"));
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().code == "box.timeout");
  CHECK(late.error().message == "box.item_wait 'a': not done within 20 ms");
  CHECK(late.error().context.at("seconds") == "0.02");
  CHECK(late.error().retryable);
  CHECK(cancelled == 1);
}

TEST_CASE("deadline: a call's own timeout goes before its operation's") {
  DeadlineBench bench;
  EffectCall call = call_of(kHang);
  call.timeout = 0.001;
  CHECK_THAT(bench.run(call).error().message, ContainsSubstring("1 ms"));
}

TEST_CASE("deadline: what ends in time leaves no timer behind") {
  DeadlineBench bench;
  CHECK(bench.run(kGet).ok());
  CHECK(bench.run(kFail).error().code == "box.broken");
  while (bench.loop.turn()) {
  }
  CHECK(bench.loop.open_handles() == 0);
  bench.run_and_cancel(call_of(kGet));
  bench.run_and_cancel(call_of(kHang));
  CHECK(cancelled == 1);
  CHECK(bench.loop.open_handles() == 0);
}

TEST_CASE("deadline: an effect that answers at once needs none") {
  DeadlineBench bench;
  static const Operation quick{"box.item_peek", Effect::kRead, {}, kGet.access, [](Invocation, Done done) -> Cancel {
                                 done(Value(1));
                                 return {};
                               }};
  CHECK(bench.run(quick)->as_int() == 1);
  CHECK(bench.loop.open_handles() == 0);
}
