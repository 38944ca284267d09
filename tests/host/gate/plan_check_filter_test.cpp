// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/plan_check_filter.h"

#include "host/gate/filters/dry_run_filter.h"
#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {

EffectCall in_step(const char* step, EffectCall call) {
  call.step = step;
  return call;
}

// What a dry run of these calls plans, after a trip through a file.
Plan plan_of(std::vector<EffectCall> calls, const char* end = nullptr) {
  Bench bench;
  auto plan = std::make_shared<Plan>();
  bench.gate.add(std::make_shared<DryRunFilter>(plan));
  for (EffectCall& call : calls) (void)bench.run(call);
  if (end) plan->end("deploy.lua:9", end);
  return *Plan::from_value(*from_json(to_json(plan->to_value())));
}

struct CheckBench : Bench {
  explicit CheckBench(Plan plan) : filter(std::make_shared<PlanCheckFilter>(std::move(plan))) { gate.add(filter); }
  std::shared_ptr<PlanCheckFilter> filter;
};

}  // namespace

TEST_CASE("plan check: a run that does what was planned goes through") {
  CheckBench bench(plan_of({call_of(kCreate, named("a")), call_of(kRemove, named("b"))}));
  CHECK(bench.filter->left().size() == 2);
  CHECK(bench.run(kCreate, named("a")).ok());
  CHECK(bench.run(kGet, named("other")).ok());
  CHECK(bench.run(kRemove, named("b")).ok());
  CHECK(bench.filter->left().empty());
}

TEST_CASE("plan check: the first change that differs is stopped and says how") {
  CheckBench bench(plan_of({call_of(kCreate, named("a")), call_of(kRemove, named("b"))}));
  const auto other = bench.run(kCreate, named("x"));
  CHECK(other.error().code == "plan.mismatch");
  CHECK_THAT(other.error().message, ContainsSubstring("name: \"a\" became \"x\""));
  const auto order = bench.run(kRemove, named("b"));
  CHECK_THAT(order.error().message, ContainsSubstring("the plan has 'box.item_create 'a'' here"));
  CHECK(bench.run(kCreate, named("a")).ok());
  CHECK(bench.run(kRemove, named("b")).ok());
  CHECK_THAT(bench.run(kCreate, named("c")).error().message, ContainsSubstring("not in the plan"));
  CHECK(performed() == std::vector<std::string>{"create", "remove"});
}

TEST_CASE("plan check: the same call with another diff is another change") {
  EffectCall call = call_of(kCreate, named("a"));
  call.diff = "-1\n+2\n";
  CheckBench bench(plan_of({call}));
  call.diff = "-9\n+2\n";
  CHECK_THAT(bench.run(call).error().message, ContainsSubstring("the change it makes is another one"));
}

TEST_CASE("plan check: parallel steps may come in another order, and have the same hash") {
  const auto one = in_step("one", call_of(kCreate, named("1"))), two = in_step("two", call_of(kCreate, named("2")));
  CHECK(plan_of({one, two}).hash() == plan_of({two, one}).hash());
  CHECK(plan_of({one, two}).hash() != plan_of({one}).hash());
  CheckBench bench(plan_of({one, two}));
  CHECK(bench.run(two).ok());
  CHECK_THAT(bench.run(two).error().message, ContainsSubstring("not in the plan in step 'two'"));
  CHECK(bench.run(one).ok());
}

TEST_CASE("plan check: an argument that was unknown may be anything, the others not") {
  const auto with = [](const char* name, Value image) { return call_of(kCreate, Value::object({{"name", name}, {"image", std::move(image)}})); };
  CheckBench bench(plan_of({with("a", Value::Unknown{"build"}), call_of(kEnsure, Value::object({{"x", Value(Value::Unknown{"y"})}}))}));
  CHECK_FALSE(bench.run(with("b", "sha:1")).ok());
  CHECK(bench.run(with("a", "sha:1")).ok());
  EffectCall ensure = call_of(kEnsure, Value::object({{"x", 1}}));
  ensure.body = [&](Invocation, Done done) {
    EffectCall inner = call_of(kRemove, named("inside"));
    inner.parent = 3;
    return bench.gate.run(inner, std::move(done));
  };
  CHECK(bench.run(ensure).ok());
}

TEST_CASE("plan check: a plan that ended early says why nothing more may happen") {
  CheckBench bench(plan_of({}, "the result of box.item_create is not known"));
  CHECK_THAT(bench.run(kCreate).error().message, ContainsSubstring("(it ends at deploy.lua:9: the result of box.item_create is not known)"));
}
