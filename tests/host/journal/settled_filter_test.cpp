// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/settled_filter.h"

#include "host/gate/filters/dry_run_filter.h"
#include "host/gate/filters/plan_check_filter.h"
#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {

// "so" is as it is to be; "broken" cannot be looked at.
const Operation kSet{.name = "box.item_set",
                     .effect = Effect::kChange,
                     .fields = {},
                     .access = [](World&, const Value& args) { return box_access(args, "item.set"); },
                     .perform = [](Invocation call, Done done) { return echo("set", call, done); },
                     .predict = [](const Value&) { return Value::object({{"changed", true}}); },
                     .probe =
                         [](Invocation call, Done done) -> Cancel {
                       const std::string name = call.args["name"].as_string();
                       if (name == "broken") return call.world.loop().post([done = std::move(done)]() mutable { done(Error("box.broken", "it broke")); });
                       Value said = Value::object({{"done", name == "so"}, {"result", Value::object({{"name", name}, {"changed", true}})}});
                       return call.world.loop().post([done = std::move(done), said]() mutable { done(said); });
                     },
                     .settles = true};

struct PlanBench : Bench {
  PlanBench() {
    gate.add(std::make_shared<SettledFilter>(gate));
    gate.add(std::make_shared<DryRunFilter>(plan));
  }
  std::shared_ptr<Plan> plan = std::make_shared<Plan>();
};

}  // namespace

TEST_CASE("settled: a change that would change nothing is not planned, and says so") {
  PlanBench bench;
  CHECK(to_json(*bench.run(kSet, named("so"))) == R"({"changed":false,"name":"so"})");
  CHECK(bench.plan->effects().empty());
  CHECK((*bench.run(kSet, named("other")))["changed"].as_bool());
  CHECK(bench.plan->effects().size() == 1);
  CHECK(performed().empty());
}

TEST_CASE("settled: what cannot be looked at is planned") {
  PlanBench bench;
  CHECK(bench.run(kSet, named("broken")).ok());
  CHECK(bench.run(kSet, Value::object({{"name", Value(Value::Unknown{"the name"})}})).ok());
  CHECK(bench.plan->effects().size() == 2);
}

TEST_CASE("settled: what an earlier change of the plan touches is planned") {
  PlanBench bench;
  CHECK(bench.run(kRemove, named("so")).ok());
  CHECK(bench.run(kSet, named("so")).ok());
  CHECK(bench.plan->effects().size() == 2);
}

struct RunOfPlan : Bench {
  explicit RunOfPlan(Plan plan) {
    auto check = std::make_shared<PlanCheckFilter>(std::move(plan));
    gate.add(std::make_shared<SettledFilter>(gate, [check](const EffectCall& call) { return check->expects(call); }));
    gate.add(check);
  }
};

TEST_CASE("settled: a run of a plan does not come to what the plan left out") {
  RunOfPlan bench{Plan()};
  CHECK_FALSE((*bench.run(kSet, named("so")))["changed"].as_bool(true));
  const auto differs = bench.run(kSet, named("other"));
  REQUIRE_FALSE(differs.ok());
  CHECK(differs.error().code == "plan.mismatch");
}

TEST_CASE("settled: what is planned is performed in a run of the plan, though somebody has done it meanwhile") {
  auto plan = std::make_shared<Plan>();
  {
    Bench planner;
    planner.gate.add(std::make_shared<DryRunFilter>(plan));
    for (const char* name : {"so", "other"}) REQUIRE(planner.run(kSet, named(name)).ok());
  }
  RunOfPlan bench{*plan};
  CHECK(bench.run(kSet, named("so")).ok());
  CHECK(bench.run(kSet, named("other")).ok());
  CHECK(performed().size() == 2);
}

TEST_CASE("settled: behind a program that will have run everything is planned") {
  const Operation run{.name = "box.run",
                      .effect = Effect::kChange,
                      .fields = {},
                      .access = [](World&, const Value&) { return std::vector<Access>{{"run", "/usr/bin/box", "", ""}}; },
                      .perform = [](Invocation call, Done done) { return echo("run", call, done); },
                      .predict = [](const Value&) { return Value::object({{"changed", true}}); }};
  PlanBench bench;
  CHECK_FALSE((*bench.run(kSet, named("so")))["changed"].as_bool(true));
  CHECK(bench.run(run, {}).ok());
  CHECK(bench.run(kSet, named("so")).ok());
  CHECK(bench.plan->effects().size() == 2);
}

TEST_CASE("settled: a cancelled call never answers") {
  PlanBench bench;
  bench.run_and_cancel(call_of(kSet, named("so")));
  CHECK(bench.plan->effects().empty());
}

TEST_CASE("settled: a change whose probe answers at once is cancelled, too") {
  static bool cancelled = false;
  const Operation slow{.name = "box.item_set_slowly",
                       .effect = Effect::kChange,
                       .fields = {},
                       .access = [](World&, const Value& args) { return box_access(args, "item.set"); },
                       .perform = [](Invocation, Done) -> Cancel { return [] { cancelled = true; }; },
                       .probe =
                           [](Invocation, Done done) -> Cancel {
                         done(Value::object({{"done", false}}));
                         return {};
                       },
                       .settles = true};
  Bench bench;
  bench.gate.add(std::make_shared<SettledFilter>(bench.gate));
  Cancel cancel = bench.gate.run(call_of(slow, named("other")), [](const Result<Value>&) { FAIL("it answered"); });
  cancel();
  CHECK(cancelled);
}
