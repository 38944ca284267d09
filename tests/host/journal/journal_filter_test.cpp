// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/journal_filter.h"

#include <sys/resource.h>

#include <fstream>

#include "host/core/text.h"
#include "tests/host/journal/support.h"

namespace runbook {
namespace {

using namespace journal;

// The world of these tests: one variable, and what happened to it.
struct Fake {
  std::string content = "old";
  std::vector<std::string> log;
  std::function<void()> on_write;
  bool hang = false;
};
Fake* fake = nullptr;

std::vector<Access> touches(World&, const Value&) { return {{"write", "/fake", "", ""}}; }

Cancel read_fake(Invocation, Done done) {
  fake->log.emplace_back("read");
  done(Value(fake->content));
  return {};
}
Cancel write_fake(Invocation call, Done done) {
  fake->log.emplace_back("write");
  if (fake->on_write) fake->on_write();
  if (fake->hang) return call.world.loop().after(seconds(3600), [done = std::move(done)]() mutable { done(Value()); });
  if (call.args["fail"].as_bool()) {
    done(Error("fake.broken", "it broke"));
    return {};
  }
  const bool same = fake->content == call.args["text"].reveal();
  fake->content = call.args["text"].reveal();
  return call.world.loop().post([done = std::move(done), same]() mutable { done(Value::object({{"changed", !same}})); });
}
Cancel capture_fake(Invocation, Done done) {
  fake->log.emplace_back("capture");
  done(Value(fake->content));
  return {};
}
Cancel capture_slowly(Invocation call, Done done) {
  return call.world.loop().post([done = std::move(done)]() mutable { done(Error("fake.gone", "not there")); });
}

const Operation kRead{"fake.read", Effect::kRead, {}, touches, read_fake};
const Operation kWrite{"fake.write", Effect::kChange, {}, touches, write_fake, 60, nullptr, nullptr, nullptr, false, capture_fake};
const Operation kBlind{"fake.write_blind", Effect::kDestroy, {}, touches, write_fake, 60, nullptr, nullptr, nullptr, false, capture_slowly};
const Operation kPlain{"fake.write_plain", Effect::kDestroy, {}, touches, write_fake};
const Operation kEnsure{"fake.write_ensure", Effect::kChange, {}, touches, nullptr};

class Bench {
 public:
  Bench() { fake = &state; }
  ~Bench() { fake = nullptr; }

  EffectCall call(const Operation& operation, Value args = {}) {
    EffectCall effect;
    effect.operation = &operation;
    effect.args = std::move(args);
    effect.step = "step";
    return effect;
  }
  Result<Value> run(EffectCall effect) {
    return wait<Value>(loop, [&](Done done) { gate->run(std::move(effect), std::move(done)); });
  }
  std::vector<EffectRecord> effects() {
    journal->flush();
    auto reader = Reader::open(directory.path() + "/state");
    REQUIRE(reader);
    auto found = reader->load(record.id);
    return found ? found->effects : std::vector<EffectRecord>();
  }

  Fake state;
  const TempDirectory directory;
  const RunRecord record = sample_run();
  Loop loop;
  std::unique_ptr<Journal> journal = std::make_unique<Journal>(loop, directory.path() + "/state", record);
  std::unique_ptr<Gate> gate = std::make_unique<Gate>(loop);
  std::vector<EffectRecord> observed;
  std::shared_ptr<JournalFilter> filter =
      std::make_shared<JournalFilter>(*gate, *journal, [this](const EffectRecord& effect) { observed.push_back(effect); });
};

TEST_CASE("journal filter: a read leaves no record", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  CHECK(*bench.run(bench.call(kRead)) == Value("old"));
  CHECK_FALSE(std::filesystem::exists(bench.directory.path() + "/state"));
}

TEST_CASE("journal filter: a change is recorded before it is made and after", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  bench.state.on_write = [&] {
    const auto effects = bench.effects();
    REQUIRE(effects.size() == 1);
    CHECK(effects[0].state == State::kStarted);
    CHECK(effects[0].before == Value("old"));
  };
  EffectCall call = bench.call(kWrite, Value::object({{"text", "new"}}));
  call.diff = "-old\n+new\n";
  call.where = "deploy.lua:12";
  REQUIRE(bench.run(std::move(call)));
  CHECK(bench.state.log == std::vector<std::string>{"capture", "write"});
  CHECK(bench.journal->commits() == 2);
  CHECK(bench.journal->syncs() == 1);
  const auto effects = bench.effects();
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].state == State::kDone);
  CHECK(effects[0].changed);
  CHECK(effects[0].operation == "fake.write");
  CHECK(effects[0].effect == "change");
  CHECK(effects[0].diff == "-old\n+new\n");
  CHECK(effects[0].where == "deploy.lua:12");
  CHECK(effects[0].step == "step");
}

TEST_CASE("journal filter: what waits for the record comes when it is on the disk, not before", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  static std::vector<State> seen;
  static std::function<void()> look;
  seen.clear();
  look = [&] {
    auto reader = Reader::open(bench.directory.path() + "/state");
    REQUIRE(reader);
    seen.push_back(reader->load(bench.record.id)->effects.at(0).state);
  };
  const Operation kTidy{"fake.tidy", Effect::kChange, {}, touches, [](Invocation call, Done done) {
                          call.once_recorded([] { look(); });
                          look();
                          done(Value());
                          return Cancel();
                        }};
  REQUIRE(bench.run(bench.call(kTidy)));
  CHECK(seen == std::vector<State>{State::kStarted, State::kDone});
  CHECK(bench.journal->syncs() == 2);
}

TEST_CASE("journal filter: a change that says it changed nothing is recorded as unchanged", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  REQUIRE(bench.run(bench.call(kPlain, Value::object({{"text", "old"}}))));
  CHECK_FALSE(bench.effects()[0].changed);
  CHECK(bench.effects()[0].effect == "destroy");
}

TEST_CASE("journal filter: a failed change is recorded with its error", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  CHECK(bench.run(bench.call(kPlain, Value::object({{"fail", true}}))).error().code == "fake.broken");
  CHECK(bench.effects()[0].state == State::kFailed);
  CHECK(bench.effects()[0].error->message == "it broke");
}

TEST_CASE("journal filter: a change whose former state cannot be read is not made", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  const auto result = bench.run(bench.call(kBlind, Value::object({{"text", "new"}})));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == "fake.gone");
  CHECK_THAT(result.error().message, ContainsSubstring("was not performed"));
  CHECK(bench.state.content == "old");
}

TEST_CASE("journal filter: the arguments are starred on disk and whole for who watches", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  bench.state.content = "hunter1";
  REQUIRE(bench.run(bench.call(kWrite, Value::object({{"text", Value::Secret{"hunter2", "PASSWORD"}}}))));
  CHECK(bench.effects()[0].args["text"] == Value("***"));
  CHECK(bench.effects()[0].args_lossy);
  REQUIRE(bench.observed.size() == 1);
  CHECK(bench.observed[0].args["text"].reveal() == "hunter2");
  CHECK(bench.observed[0].before == Value("hunter1"));
}

TEST_CASE("journal filter: a hidden argument is starred on disk, and the way back does not need it", "[journal]") {
  static const Operation hidden = [] {
    Operation operation = kWrite;
    operation.fields = {{"text", Type::kSecret, Field::kHidden}};
    return operation;
  }();
  Bench bench;
  bench.gate->add(bench.filter);
  REQUIRE(bench.run(bench.call(hidden, Value::object({{"text", Value::Secret{"hunter2", "PASSWORD"}}}))));
  CHECK(bench.effects()[0].args["text"] == Value("***"));
  CHECK_FALSE(bench.effects()[0].args_lossy);
}

TEST_CASE("journal filter: a change is not made when its intent cannot be recorded", "[journal]") {
  Bench bench;
  std::ofstream(bench.directory.path() + "/state") << "in the way";
  bench.gate->add(bench.filter);
  const auto result = bench.run(bench.call(kPlain, Value::object({{"text", "new"}})));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == "journal.directory");
  CHECK(bench.state.log.empty());
}

TEST_CASE("journal filter: a result that cannot be recorded is not handed on", "[journal]") {
  Bench bench;
  Child child([&] {
    signal(SIGXFSZ, SIG_IGN);
    bench.gate->add(bench.filter);
    bench.state.on_write = [] {
      const rlimit limit{1, 1};
      setrlimit(RLIMIT_FSIZE, &limit);
    };
    const auto result = bench.run(bench.call(kPlain, Value::object({{"text", "new"}})));
    if (result || result.error().code != "journal.write") _exit(2);
    if (result.error().message.find("fake.write_plain was performed, but") != 0) _exit(3);
  });
  CHECK(child.finish() == 0);
}

TEST_CASE("journal filter: a change that is cancelled under way is recorded as unknown", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  bench.state.hang = true;
  Cancel cancel = bench.gate->run(bench.call(kPlain, Value::object({{"text", "new"}})), [](const Result<Value>&) { FAIL(); });
  while (bench.state.log.empty()) bench.loop.turn();
  cancel();
  while (bench.loop.turn()) {
  }
  REQUIRE(bench.effects().size() == 1);
  CHECK(bench.effects()[0].state == State::kUnknown);
  CHECK_FALSE(bench.effects()[0].finished());
}

TEST_CASE("journal filter: a change that is cancelled before it is made is not made", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  for (const Operation* operation : {&kWrite, &kPlain, &kBlind}) {
    Cancel cancel = bench.gate->run(bench.call(*operation, Value::object({{"text", "new"}})), [](const Result<Value>&) { FAIL(); });
    cancel();
    while (bench.loop.turn()) {
    }
  }
  CHECK(bench.state.content == "old");
}

TEST_CASE("journal filter: a composite is recorded around its parts without a sync of its own", "[journal]") {
  Bench bench;
  bench.gate->add(bench.filter);
  EffectCall outer = bench.call(kEnsure);
  outer.changes = std::make_shared<int>(0);
  outer.body = [&, changes = outer.changes](Invocation, Done done) {
    EffectCall inner = bench.call(kPlain, Value::object({{"text", "new"}}));
    inner.parent = 1;
    return bench.gate->run(std::move(inner), [changes, done = std::move(done)](Result<Value> result) mutable {
      ++*changes;
      done(std::move(result));
    });
  };
  REQUIRE(bench.run(std::move(outer)));
  CHECK(bench.journal->commits() == 2);
  CHECK(bench.journal->syncs() == 1);
  const auto effects = bench.effects();
  REQUIRE(effects.size() == 2);
  CHECK(effects[0].operation == "fake.write_ensure");
  CHECK(effects[0].state == State::kDone);
  CHECK(effects[0].changed);
  CHECK(effects[1].parent == 1);
  CHECK(bench.observed.size() == 2);
}

}  // namespace
}  // namespace runbook
