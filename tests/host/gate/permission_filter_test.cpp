// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/permission_filter.h"

#include "host/gate/permission_text.h"
#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {

struct PermissionBench : Bench {
  explicit PermissionBench(Value table, const char* deny = nullptr) {
    PermissionScope scope;
    scope.module_kinds.emplace_back("box");
    auto parsed = Permissions::parse(table, scope);
    REQUIRE(parsed.problems.empty());
    if (deny) REQUIRE(parsed.permissions.deny(deny, scope).ok());
    filter = std::make_shared<PermissionFilter>(std::make_shared<Permissions>(parsed.permissions));
    gate.add(filter);
  }
  std::shared_ptr<PermissionFilter> filter;
};

Value box_table(std::vector<std::string> patterns) {
  return Value::object({{"box", Value::object({{"unix:///box", Value::strings(patterns)}})}});
}

}  // namespace

TEST_CASE("permission filter: what is covered reaches the world, the rest is refused before it") {
  PermissionBench bench(box_table({"item.get", "item.create:web-*"}));
  CHECK(bench.run(kGet, named("db")).ok());
  CHECK(bench.run(kCreate, named("web-1")).ok());
  const auto refused = bench.run(kCreate, named("db"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "permission.denied");
  CHECK(refused.error().message == "box.item_create: not permitted: box 'unix:///box' item.create:db");
  CHECK_THAT(refused.error().hint, ContainsSubstring("permissions = { box = { [\"unix:///box\"] = { \"item.create:db\" } } }"));
  CHECK_THAT(refused.error().hint, ContainsSubstring("--allow box=unix:///box=item.create:db"));
  CHECK(performed() == std::vector<std::string>{"get", "create"});
}

TEST_CASE("permission filter: what stands in a file is not told to who may not read that") {
  static const Operation kThrough{
      "box.item_reach", Effect::kRead, {},
      [](World&, const Value&) {
        Access found{"net", "https://hidden.example", "", ""};
        found.found = true;
        return std::vector<Access>{{"read", "/srv/file", "", ""}, found};
      },
      [](Invocation call, Done done) { return echo("reach", call, done); }};
  PermissionBench nothing(Value(Value::Object{}));
  const auto unread = nothing.run(kThrough);
  REQUIRE_FALSE(unread.ok());
  CHECK(unread.error().message == "box.item_reach: not permitted: read '/srv/file'");
  CHECK(unread.error().hint.find("hidden") == std::string::npos);
  PermissionBench reads(Value::object({{"read", Value::strings({"/srv/file"})}}));
  const auto refused = reads.run(kThrough);
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, ContainsSubstring("hidden.example"));
  PermissionBench both(Value::object({{"read", Value::strings({"/srv/file"})}, {"net", Value::strings({"https://hidden.example"})}}));
  CHECK(both.run(kThrough).ok());
}

TEST_CASE("permission filter: an operation inside a composite is covered by what the composite may touch") {
  PermissionBench bench(box_table({"item.ensure:web"}));
  EffectCall inner = call_of(kCreate, named("web"));
  CHECK_FALSE(bench.run(inner).ok());
  inner.covered = {{"box", "unix:///box", "item.ensure", "web"}};
  CHECK(bench.run(inner).ok());
  inner.covered = {{"box", "unix:///other", "item.ensure", "web"}};
  CHECK_FALSE(bench.run(inner).ok());
}

TEST_CASE("permission filter: a denial holds inside composites too") {
  PermissionBench bench(box_table({"*"}), "box=unix:///box=item.remove");
  EffectCall inner = call_of(kRemove, named("web"));
  inner.covered = {{"box", "unix:///box", "item.ensure", "web"}};
  const auto refused = bench.run(inner);
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().hint, ContainsSubstring("--deny box=unix:///box=item.remove"));
}

TEST_CASE("permission filter: a call with an unknown name is refused only where no name would do") {
  PermissionBench bench(box_table({"item.create:web-*"}));
  const Value unknown = Value::object({{"name", Value(Value::Unknown{"x"})}});
  CHECK(bench.run(kCreate, unknown).ok());
  CHECK_FALSE(bench.run(kRemove, unknown).ok());
}

TEST_CASE("permission filter: it remembers what was asked for, for a proposal") {
  PermissionBench bench(box_table({"item.get"}));
  (void)bench.run(kGet, named("a"));
  (void)bench.run(kGet, named("a"));
  (void)bench.run(kCreate, named("b"));
  CHECK(permissions_to_lua(propose(bench.filter->touched()), true) ==
        "permissions = { box = { [\"unix:///box\"] = { \"item.create:b\", \"item.get:a\" } } }");
}

TEST_CASE("permission filter: what is withheld for a proposal does not reach the world without a dry run either") {
  Bench bench;
  bench.gate.add(std::make_shared<PermissionFilter>(std::make_shared<Permissions>(), PermissionFilter::Mode::kPropose));
  CHECK(bench.run(kCreate, named("a")).error().code == "permission.denied");
  CHECK(performed().empty());
}

TEST_CASE("permission filter: what is rehearsed is judged and never performed, and all that is missing is kept") {
  PermissionBench bench(box_table({"item.get", "item.create:web-*"}));
  EffectCall call = call_of(kCreate, named("web-1"));
  call.rehearsal = std::make_shared<Rehearsal>();
  const auto rehearsal = call.rehearsal;
  CHECK(bench.run(call)->is_unknown());
  CHECK(rehearsal->missing.empty());
  for (const Operation* operation : {&kCreate, &kRemove, &kRemove, &kEnsure}) {
    call.operation = operation;
    call.args = named("db");
    CHECK(bench.run(call)->is_unknown());
  }
  CHECK(performed().empty());
  REQUIRE(rehearsal->permissions != nullptr);
  CHECK(permission_denied("all", *rehearsal->permissions, rehearsal->missing).message ==
        "all: not permitted: box 'unix:///box' item.create:db, box 'unix:///box' item.remove:db, box 'unix:///box' item.ensure:db");
  bench.filter->set_mode(PermissionFilter::Mode::kLifted);
  CHECK(bench.run(call)->is_unknown());
  CHECK(performed().empty());
}

TEST_CASE("permission filter: a cancelled call never answers") {
  PermissionBench bench(box_table({"*"}));
  bench.run_and_cancel(call_of(kHang));
  CHECK(cancelled == 1);
}

TEST_CASE("permission filter: what is an effect only to be recorded needs no permission, what names nothing is refused") {
  PermissionBench bench(Value::Object{});
  Operation clock = kGet;
  clock.access = [](World&, const Value&) { return std::vector<Access>{{"none", "clock", "", ""}}; };
  CHECK(bench.run(clock, named("x")).ok());
  CHECK(bench.filter->touched().empty());
  clock.access = [](World&, const Value&) { return std::vector<Access>{}; };
  CHECK(bench.run(clock, named("x")).error().code == "permission.undeclared");
}
