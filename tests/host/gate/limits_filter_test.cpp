// SPDX-License-Identifier: Apache-2.0
#include "host/core/redactor.h"
#include "host/gate/filters/blast_radius_filter.h"
#include "host/gate/filters/fault_filter.h"
#include "host/gate/filters/redaction_filter.h"
#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

TEST_CASE("blast radius: a run stops before it removes more than it may") {
  Bench bench;
  bench.gate.add(std::make_shared<BlastRadiusFilter>(BlastRadius{std::nullopt, 1}));
  CHECK(bench.run(kRemove, named("a")).ok());
  CHECK(bench.run(kCreate, named("a")).ok());
  const auto stopped = bench.run(kRemove, named("b"));
  CHECK(stopped.error().code == "limit.blast_radius");
  CHECK(stopped.error().message == "box.item_remove 'b': this run may make 1 removal, and has made as many");
  CHECK_THAT(stopped.error().hint, ContainsSubstring("--limit destroys=2"));
  CHECK(performed() == std::vector<std::string>{"remove", "create"});
}

TEST_CASE("blast radius: changes count, reads and composites do not") {
  Bench bench;
  bench.gate.add(std::make_shared<BlastRadiusFilter>(BlastRadius{1, std::nullopt}));
  EffectCall ensure = call_of(kEnsure);
  ensure.body = [&](Invocation, Done done) { return bench.gate.run(call_of(kCreate), std::move(done)); };
  CHECK(bench.run(ensure).ok());
  CHECK(bench.run(kGet).ok());
  CHECK(bench.run(kCreate).error().code == "limit.blast_radius");
}

TEST_CASE("blast radius: what changed nothing does not count") {
  static const Operation same{"box.item_keep", Effect::kChange, {}, kCreate.access, [](Invocation call, Done done) {
                                return call.world.loop().post([done = std::move(done)]() mutable { done(Value::object({{"changed", false}})); });
                              }};
  Bench bench;
  bench.gate.add(std::make_shared<BlastRadiusFilter>(BlastRadius{1, std::nullopt}));
  CHECK(bench.run(same).ok());
  CHECK(bench.run(same).ok());
  CHECK(bench.run(kCreate).ok());
  CHECK(bench.run(kCreate).error().code == "limit.blast_radius");
}

TEST_CASE("blast radius: of changes begun at once, only as many as may be made are begun") {
  Bench bench;
  bench.gate.add(std::make_shared<BlastRadiusFilter>(BlastRadius{1, std::nullopt}));
  int good = 0, refused = 0;
  const auto count = [&](const Result<Value>& result) { ++(result ? good : refused); };
  Cancel first = bench.gate.run(call_of(kCreate), count);
  Cancel second = bench.gate.run(call_of(kCreate), count);
  while (bench.loop.turn()) {
  }
  CHECK(good == 1);
  CHECK(refused == 1);
  CHECK(performed().size() == 1);
}

TEST_CASE("fault: the chosen change fails, before or after it is made") {
  for (const auto when : {FaultFilter::When::kFailBefore, FaultFilter::When::kFailAfter}) {
    Bench bench;
    auto filter = std::make_shared<FaultFilter>(when, 2);
    bench.gate.add(filter);
    CHECK(bench.run(kCreate).ok());
    CHECK(bench.run(kGet).ok());
    CHECK(bench.run(kRemove).error().code == "fault.injected");
    CHECK(bench.run(kCreate).ok());
    CHECK(filter->changes().size() == 3);
    const bool made = when == FaultFilter::When::kFailAfter;
    CHECK(performed().size() == (made ? 4 : 3));
  }
}

TEST_CASE("fault: a run that stops dead answers nothing") {
  for (const auto when : {FaultFilter::When::kStopBefore, FaultFilter::When::kStopAfter}) {
    Bench bench;
    int stops = 0;
    bench.gate.add(std::make_shared<FaultFilter>(when, 1, [&] { ++stops; }));
    bool answered = false;
    Cancel cancel = bench.gate.run(call_of(kCreate), [&](Result<Value>) { answered = true; });
    while (bench.loop.turn()) {
    }
    CHECK(stops == 1);
    CHECK_FALSE(answered);
    cancel();
    CHECK(performed().size() == (when == FaultFilter::When::kStopAfter ? 1 : 0));
  }
}

TEST_CASE("redaction: a secret that an effect gave is known from then on") {
  Bench bench;
  auto redactor = std::make_shared<Redactor>();
  bench.gate.add(std::make_shared<RedactionFilter>(redactor));
  static const Operation make{"box.make", Effect::kRead, {}, kGet.access, [](Invocation, Done done) -> Cancel {
                                done(Value::object({{"key", Value::Secret{"hunter2!", "key"}}}));
                                return {};
                              }};
  CHECK((*bench.run(call_of(make, named("a"))))["key"].reveal() == "hunter2!");
  CHECK(redactor->redact("the key is hunter2!") == "the key is ***");
}

TEST_CASE("redaction: errors and events lose their secrets, results keep them") {
  Bench bench;
  auto redactor = std::make_shared<Redactor>();
  redactor->add("hunter2!");
  bench.gate.add(std::make_shared<RedactionFilter>(redactor));
  static const Operation leak{"box.leak", Effect::kRead, {}, kGet.access, [](Invocation call, Done done) -> Cancel {
                                call.on_event(Value::object({{"event", "line"}, {"line", "pw=hunter2!"}}));
                                if (call.args["name"].as_string() == "ok") {
                                  done(Value("hunter2!"));
                                } else {
                                  done(Error("box.bad", "bad password hunter2!").because(Error("x.y", "aHVudGVyMiE=")));
                                }
                                return {};
                              }};
  std::vector<std::string> lines;
  EffectCall call = call_of(leak, named("no"));
  call.on_event = [&](const Value& event) { lines.push_back(event["line"].as_string()); };
  const auto failed = bench.run(call);
  CHECK(failed.error().message == "bad password ***");
  CHECK(failed.error().cause->message == "***");
  CHECK(lines == std::vector<std::string>{"pw=***"});
  call.args = named("ok");
  CHECK(bench.run(call)->as_string() == "hunter2!");
  bench.run_and_cancel(call_of(kHang));
}
