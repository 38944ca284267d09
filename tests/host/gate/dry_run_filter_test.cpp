// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/dry_run_filter.h"

#include <chrono>

#include "host/core/text.h"
#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {

struct DryBench : Bench {
  DryBench() { gate.add(std::make_shared<DryRunFilter>(plan)); }
  std::shared_ptr<Plan> plan = std::make_shared<Plan>();
};

}  // namespace

TEST_CASE("dry run: reads are real and changes are held back in order") {
  DryBench bench;
  CHECK((*bench.run(kGet, named("a")))["from"].as_string() == "get");
  EffectCall create = call_of(kCreate, named("a"));
  create.where = "deploy.lua:7";
  create.diff = "+a";
  const auto result = bench.run(create);
  REQUIRE(result.ok());
  REQUIRE(result->is_unknown());
  CHECK(result->unknown()->origin == "the result of box.item_create (deploy.lua:7)");
  CHECK(bench.run(kRemove, named("b")).ok());
  CHECK(performed() == std::vector<std::string>{"get"});
  REQUIRE(bench.plan->effects().size() == 2);
  CHECK(bench.plan->effects()[0].description == "box.item_create 'a'");
  CHECK(bench.plan->effects()[0].diff == "+a");
  CHECK(bench.plan->effects()[1].effect == "destroy");
}

TEST_CASE("dry run: a read of what a held-back change touches is unknown, of anything else it is real") {
  DryBench bench;
  (void)bench.run(kCreate, named("a"));
  CHECK(bench.run(kGet, named("a"))->is_unknown());
  CHECK(bench.run(kList)->is_unknown());
  CHECK_FALSE(bench.run(kGet, named("b"))->is_unknown());
}

TEST_CASE("dry run: a file below a directory that would change is unknown, the directory above is not") {
  static const Operation write{"file.write", Effect::kChange, {},
                               [](World&, const Value& args) { return std::vector<Access>{{"write", args["path"].as_string(), "", ""}}; },
                               kGet.perform};
  static const Operation read{"file.read", Effect::kRead, {},
                              [](World&, const Value& args) { return std::vector<Access>{{"read", args["path"].as_string(), "", ""}}; },
                              kGet.perform};
  const auto path = [](const char* text) { return Value::object({{"path", text}}); };
  DryBench bench;
  (void)bench.run(write, path("/srv/app"));
  CHECK(bench.run(read, path("/srv/app"))->is_unknown());
  CHECK(bench.run(read, path("/srv/app/a"))->is_unknown());
  CHECK_FALSE(bench.run(read, path("/srv"))->is_unknown());
  CHECK_FALSE(bench.run(read, path("/srv/apple"))->is_unknown());
}

TEST_CASE("dry run: a change of a path that is not known yet may touch every file, a listing sees what would appear inside") {
  const auto path = [](const char* text) { return Value::object({{"path", text}}); };
  static const auto writes = [](World&, const Value& args) { return std::vector<Access>{{"write", args["path"].as_string(), "", ""}}; };
  static const auto reads = [](World&, const Value& args) { return std::vector<Access>{{"read", args["path"].as_string(), "", ""}}; };
  static const Operation write{"file.write", Effect::kChange, {}, writes, kGet.perform};
  static const Operation read{"file.read", Effect::kRead, {}, reads, kGet.perform};
  static const Operation list{"file.list", Effect::kRead, {}, reads, kGet.perform};
  DryBench bench;
  (void)bench.run(write, path("/srv/app/a"));
  CHECK(bench.run(list, path("/srv"))->is_unknown());
  CHECK(bench.run(list, path("/"))->is_unknown());
  CHECK_FALSE(bench.run(list, path("/srv/ap"))->is_unknown());
  CHECK_FALSE(bench.run(read, path("/etc/a"))->is_unknown());
  (void)bench.run(write, Value::object({{"path", Value(Value::Unknown{"a place"})}}));
  CHECK(bench.run(read, path("/etc/a"))->is_unknown());
}

TEST_CASE("dry run: thousands of changes do not slow down what is read after them") {
  DryBench bench;
  int next = 0, unknown = 0;
  const auto two_thousand = [&] {
    const auto begin = std::chrono::steady_clock::now();
    for (const int end = next + 2000; next < end; ++next) {
      (void)bench.run(kCreate, named(cat("a", next)));
      unknown += bench.run(kGet, named(cat("b", next)))->is_unknown();
    }
    return std::chrono::steady_clock::now() - begin;
  };
  const auto first = two_thousand();
  while (next < 18000) two_thousand();
  const auto last = two_thousand();
  CHECK(unknown == 0);
  CHECK(bench.run(kGet, named("a9"))->is_unknown());
  CHECK(last < 5 * first + std::chrono::milliseconds(500));
}

TEST_CASE("dry run: an operation with an unknown argument is not performed") {
  DryBench bench;
  const Value unknown = Value::object({{"name", "a"}, {"image", Value(Value::Unknown{"x"})}});
  CHECK(bench.run(kGet, unknown)->is_unknown());
  CHECK(bench.plan->effects().empty());
  CHECK(bench.run(kCreate, unknown)->is_unknown());
  CHECK(bench.run(kEnsure, unknown)->is_unknown());
  CHECK(bench.plan->effects().size() == 2);
  CHECK(performed().empty());
}

TEST_CASE("dry run: a change that can be predicted gives its prediction") {
  static Operation create = kCreate;
  create.predict = [](const Value& args) { return Value::object({{"name", args["name"]}, {"id", Value(Value::Unknown{"id"})}}); };
  DryBench bench;
  const auto result = bench.run(create, named("a"));
  CHECK((*result)["name"].as_string() == "a");
  CHECK((*result)["id"].is_unknown());
}

TEST_CASE("dry run: composites go through, and their parts are held back") {
  DryBench bench;
  EffectCall call = call_of(kEnsure, named("a"));
  call.body = [&](Invocation, Done done) {
    return bench.gate.run(call_of(kCreate, named("a")), std::move(done));
  };
  CHECK(bench.run(call)->is_unknown());
  REQUIRE(bench.plan->effects().size() == 1);
  CHECK(bench.plan->effects()[0].operation == "box.item_create");
}

TEST_CASE("plan: survives a file, and a changed file is refused") {
  DryBench bench;
  (void)bench.run(kCreate, Value::object({{"name", "a"}, {"password", Value(Value::Secret{"hunter2", "PW"})},
                                          {"text", std::string(5000, 'x')}, {"id", Value(Value::Unknown{"id"})}}));
  bench.plan->end("deploy.lua:9", "the result of box.item_create is not known");
  const std::string text = to_json(bench.plan->to_value(), JsonStyle::kPretty);
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.size() < 2000);
  const auto back = Plan::from_value(*from_json(text));
  REQUIRE(back.ok());
  CHECK(back->hash() == bench.plan->hash());
  CHECK_FALSE(back->complete());
  std::string changed = text;
  changed.replace(changed.find("\"a\""), 3, "\"b\"");
  CHECK(Plan::from_value(*from_json(changed)).error().code == "plan.invalid");
  CHECK(Plan::from_value(Value::object({{"schema", 2}})).error().code == "plan.invalid");
}
