// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/confirm_filter.h"

#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {

// A person who answers when told to.
struct Person {
  std::vector<std::string> heard;
  std::vector<Callback<void(bool)>> open;
  int withdrawn = 0;

  ConfirmFilter::Ask ask() {
    return [this](std::string question, Callback<void(bool)> answer) -> Cancel {
      heard.push_back(std::move(question));
      open.push_back(std::move(answer));
      return [this] { ++withdrawn; };
    };
  }
};

}  // namespace

TEST_CASE("confirm: only what loses something is asked about, and a no stops it") {
  Bench bench;
  bool answer = true;
  std::vector<std::string> heard;
  bench.gate.add(std::make_shared<ConfirmFilter>([&](std::string question, Callback<void(bool)> done) -> Cancel {
    heard.push_back(question);
    done(answer);
    return {};
  }));
  CHECK(bench.run(kCreate, named("a")).ok());
  CHECK(bench.run(kRemove, named("a")).ok());
  answer = false;
  CHECK(bench.run(kRemove, named("b")).error().code == "confirm.declined");
  CHECK(heard == std::vector<std::string>{"box.item_remove 'a'", "box.item_remove 'b'"});
  CHECK(performed() == std::vector<std::string>{"create", "remove"});
}

TEST_CASE("confirm: where nobody is there it says what to pass, and --yes passes") {
  Bench bench;
  auto filter = std::make_shared<ConfirmFilter>(nullptr);
  bench.gate.add(filter);
  const auto refused = bench.run(kRemove, named("a"));
  CHECK(refused.error().code == "confirm.missing");
  CHECK_THAT(refused.error().hint, ContainsSubstring("--yes"));
  CHECK(performed().empty());
  filter->set_yes(true);
  CHECK(bench.run(kRemove, named("a")).ok());
}

TEST_CASE("confirm: questions come one at a time, and a cancelled one makes way for the next") {
  Bench bench;
  Person person;
  bench.gate.add(std::make_shared<ConfirmFilter>(person.ask()));
  std::vector<std::string> results;
  const auto note = [&](const char* name) {
    return [&results, name](Result<Value> result) { results.push_back(std::string(name) + (result ? " ok" : " no")); };
  };
  Cancel first = bench.gate.run(call_of(kRemove, named("1")), note("1"));
  Cancel second = bench.gate.run(call_of(kRemove, named("2")), note("2"));
  Cancel third = bench.gate.run(call_of(kRemove, named("3")), note("3"));
  Cancel fourth = bench.gate.run(call_of(kRemove, named("4")), note("4"));
  CHECK(person.heard.size() == 1);
  second();
  first();
  CHECK(person.withdrawn == 1);
  REQUIRE(person.heard.size() == 2);
  CHECK(person.heard[1] == "box.item_remove '3'");
  person.open[0](true);  // too late: withdrawn
  person.open[1](true);
  REQUIRE(person.heard.size() == 3);
  person.open[2](false);
  while (bench.loop.turn()) {
  }
  CHECK(results == std::vector<std::string>{"4 no", "3 ok"});
  CHECK(performed() == std::vector<std::string>{"remove"});
}

TEST_CASE("confirm: an effect that was agreed to can still be cancelled") {
  Bench bench;
  Person person;
  static Operation slow = kHang;
  slow.effect = Effect::kDestroy;
  bench.gate.add(std::make_shared<ConfirmFilter>(person.ask()));
  bool arrived = false;
  Cancel cancel = bench.gate.run(call_of(slow), [&](Result<Value>) { arrived = true; });
  person.open[0](true);
  cancel();
  CHECK(cancelled == 1);
  CHECK_FALSE(arrived);
}
