// SPDX-License-Identifier: Apache-2.0
#include "host/journal/recovery.h"

#include "tests/host/journal/support.h"

namespace runbook::journal {
namespace {

std::vector<Access> touches(World&, const Value&) { return {{"write", "/fake", "", ""}}; }
Cancel never(Invocation, Done) {
  FAIL("a change was made");
  return {};
}
// Answers what the arguments ask for.
Cancel probe(Invocation call, Done done) {
  if (call.args["fails"].as_bool()) {
    done(Error("fake.broken", "it broke"));
  } else {
    done(call.args["answer"]);
  }
  return {};
}

const Operation kProbed{"fake.write", Effect::kChange, {}, touches, never, 60, nullptr, nullptr, probe};
const Operation kSilent{"fake.run", Effect::kChange, {}, touches, never};
const Operation kEnsure{"fake.write_ensure", Effect::kChange, {}, touches, nullptr};

class Watch final : public Filter {
 public:
  Cancel apply(EffectCall& call, Next next, Done done) override {
    seen.push_back(call.operation->name);
    CHECK(call.operation->effect == Effect::kRead);
    return next(std::move(done));
  }
  std::vector<std::string> seen;
};

TEST_CASE("recovery: the operation's probe decides, as a read through the gate", "[journal]") {
  Loop loop;
  Gate gate(loop);
  auto watch = std::make_shared<Watch>();
  gate.add(watch);
  Recovery recovery(gate);
  const auto decide = [&](const Operation* operation, Value args, bool lossy = false) {
    EffectRecord effect = sample_effect(1, "step");
    effect.args = std::move(args);
    effect.args_lossy = lossy;
    std::optional<Decision> out;
    recovery.decide(effect, operation, [&](Decision decision) { out = std::move(decision); });
    while (!out && loop.turn()) {
    }
    REQUIRE(out);
    return *out;
  };
  CHECK(decide(&kProbed, Value::object({{"answer", true}})).outcome == Outcome::kDone);
  CHECK(decide(&kProbed, Value::object({{"answer", false}})).outcome == Outcome::kNotDone);
  CHECK(decide(&kProbed, Value::object({{"answer", nullptr}})).outcome == Outcome::kUnknown);
  // It looks by itself when it is performed again: no secret is needed to know that.
  CHECK(decide(&kProbed, Value::object({{"answer", Value::object({{"again", true}})}}), true).outcome == Outcome::kNotDone);
  const Decision found = decide(&kProbed, Value::object({{"answer", Value::object({{"done", true}, {"result", "id"}})}}));
  CHECK(found.outcome == Outcome::kDone);
  CHECK(found.result == Value("id"));
  const Decision broken = decide(&kProbed, Value::object({{"fails", true}}));
  CHECK(broken.outcome == Outcome::kUnknown);
  CHECK_THAT(broken.because, ContainsSubstring("it broke"));
  CHECK(watch->seen == std::vector<std::string>(6, "fake.write.probe"));

  CHECK(decide(&kProbed, Value::object({{"answer", true}}), true).outcome == Outcome::kDone);
  CHECK(decide(&kProbed, Value::object({{"answer", false}}), true).outcome == Outcome::kUnknown);
  CHECK(decide(&kSilent, {}).outcome == Outcome::kUnknown);
  CHECK(decide(&kEnsure, {}).outcome == Outcome::kNotDone);
  CHECK_THAT(decide(nullptr, {}).because, ContainsSubstring("no operation 'test.write'"));
}

TEST_CASE("recovery: a cancelled decision is never given", "[journal]") {
  Loop loop;
  Gate gate(loop);
  Recovery recovery(gate);
  Cancel cancel = recovery.decide(sample_effect(1, "step"), &kSilent, [](const Decision&) { FAIL(); });
  cancel();
  while (loop.turn()) {
  }
}

TEST_CASE("recovery: what was going on inside an ensure is decided as a whole", "[journal]") {
  Run run;
  StepRecord step = sample_step("step");
  step.attempt = 2;
  run.steps.push_back(step);
  const auto add = [&](std::uint64_t id, std::uint64_t parent, const char* operation, State state, std::int64_t attempt = 2) {
    EffectRecord effect = sample_effect(id, "step");
    effect.parent = parent;
    effect.operation = operation;
    effect.state = state;
    effect.attempt = attempt;
    run.effects.push_back(effect);
  };
  add(1, 0, "fake.run", State::kStarted, 1);
  add(1, 0, "fake.run", State::kDone);
  add(2, 0, "fake.write_ensure", State::kStarted);
  add(3, 2, "fake.write", State::kUnknown);
  add(4, 0, "fake.replace", State::kStarted);
  add(5, 4, "fake.run", State::kStarted);
  std::string ids;
  for (const EffectRecord* effect : undecided(run, "step")) ids += std::to_string(effect->id);
  CHECK(ids == "245");
  CHECK(undecided(run, "other").empty());
}

}  // namespace
}  // namespace runbook::journal
