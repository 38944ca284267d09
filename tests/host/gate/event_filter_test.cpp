// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/event_filter.h"

#include "host/gate/filters/dry_run_filter.h"
#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {

struct EventBench : Bench {
  explicit EventBench(bool dry_run = false) {
    EventFilter::Options options;
    options.run = "r1";
    options.dry_run = dry_run;
    options.now = [this] { return clock += 0.5; };
    gate.add(std::make_shared<EventFilter>([this](Value event) { events.push_back(std::move(event)); }, options));
  }
  std::vector<Value> events;
  double clock = 100;
};

}  // namespace

TEST_CASE("events: an effect tells its start and its end") {
  EventBench bench;
  EffectCall call = call_of(kCreate, named("a"));
  call.step = "launch";
  call.where = "deploy.lua:3";
  call.diff = "+a";
  REQUIRE(bench.run(call).ok());
  REQUIRE(bench.events.size() == 2);
  CHECK(to_json(bench.events[0]) ==
        R"({"description":"box.item_create 'a'","effect":"change","event":"effect.start","id":1,"operation":"box.item_create",)"
        R"("parent":0,"run":"r1","step":"launch","time":100.5,"where":"deploy.lua:3"})");
  CHECK(bench.events[1]["event"].as_string() == "effect.end");
  CHECK(bench.events[1]["state"].as_string() == "done");
  CHECK(bench.events[1]["changed"].as_bool());
  CHECK(bench.events[1]["diff"].as_string() == "+a");
  CHECK(bench.events[1]["seconds"].as_number() == 0.5);
}

TEST_CASE("events: failures carry their error, reads change nothing") {
  EventBench bench;
  (void)bench.run(kFail);
  CHECK(bench.events[1]["state"].as_string() == "failed");
  CHECK(bench.events[1]["error"]["code"].as_string() == "box.broken");
  (void)bench.run(kGet);
  CHECK_FALSE(bench.events[3]["changed"].as_bool(true));
}

TEST_CASE("events: a composite changed something when something inside it did") {
  EventBench bench;
  EffectCall call = call_of(kEnsure);
  call.changes = std::make_shared<int>(0);
  call.body = [](Invocation, Done done) -> Cancel {
    done(Value());
    return {};
  };
  (void)bench.run(call);
  CHECK_FALSE(bench.events[1]["changed"].as_bool(true));
  *call.changes = 2;
  (void)bench.run(call);
  CHECK(bench.events[3]["changed"].as_bool());
}

TEST_CASE("events: what is only rehearsed is not told") {
  EventBench bench;
  EffectCall call = call_of(kCreate, named("web"));
  call.rehearsal = std::make_shared<Rehearsal>();
  CHECK_FALSE(bench.run(call).ok());  // nothing judges here
  CHECK(bench.events.empty());
  CHECK(performed().empty());
}

TEST_CASE("events: in a dry run changes end as planned and what depends on them as unknown") {
  EventBench bench(true);
  bench.gate.add(std::make_shared<DryRunFilter>(std::make_shared<Plan>()));
  (void)bench.run(kCreate, named("a"));
  (void)bench.run(kGet, named("a"));
  (void)bench.run(kGet, named("b"));
  CHECK(bench.events[1]["state"].as_string() == "planned");
  CHECK(bench.events[3]["state"].as_string() == "unknown");
  CHECK(bench.events[5]["state"].as_string() == "done");
}

TEST_CASE("events: a cancelled effect ends once, as cancelled") {
  EventBench bench;
  bench.run_and_cancel(call_of(kHang));
  REQUIRE(bench.events.size() == 2);
  CHECK(bench.events[1]["state"].as_string() == "cancelled");
  Cancel cancel = bench.gate.run(call_of(kGet), [](Result<Value>) {});
  while (bench.loop.turn()) {
  }
  cancel();
  CHECK(bench.events.size() == 4);
}

TEST_CASE("events: lines become output, everything else progress, and the script hears them too") {
  EventBench bench;
  static const Operation chatty{"box.chat", Effect::kRead, {}, kGet.access, [](Invocation call, Done done) -> Cancel {
                                  call.on_event(Value::object({{"event", "line"}, {"line", "hi"}, {"stream", "stdout"}}));
                                  call.on_event(Value::object({{"event", "pulled"}, {"bytes", 5}}));
                                  done(Value());
                                  return {};
                                }};
  int heard = 0;
  EffectCall call = call_of(chatty);
  call.step = "s";
  call.on_event = [&](const Value&) { ++heard; };
  (void)bench.run(call);
  CHECK(heard == 2);
  CHECK(to_json(bench.events[1]) == R"({"effect":1,"event":"output","line":"hi","run":"r1","step":"s","stream":"stdout","time":101.0})");
  CHECK(to_json(bench.events[2]) == R"({"bytes":5,"effect":1,"event":"progress","run":"r1","step":"s","time":101.5,"what":"pulled"})");
}
