// SPDX-License-Identifier: Apache-2.0
#include "host/gate/recording.h"

#include "host/gate/filters/record_filter.h"
#include "host/gate/filters/replay_filter.h"
#include "tests/host/gate/gate_fixture.h"

using namespace runbook;
using namespace runbook::gate_test;

namespace {

Value login(const char* name, const char* password) {
  return Value::object({{"name", name}, {"password", Value(Value::Secret{password, "PW"})}, {"header", std::string("Basic ") + password}});
}

const Operation kTalk{"box.talk", Effect::kRead, {}, kGet.access, [](Invocation call, Done done) -> Cancel {
                        performed().push_back("talk");
                        call.on_event(Value::object({{"event", "line"}, {"line", "pw hunter2!"}}));
                        return call.world.loop().post([done = std::move(done)]() mutable { done(Value("talked")); });
                      }};

std::shared_ptr<Redactor> known_secrets() {
  auto redactor = std::make_shared<Redactor>();
  redactor->add("hunter2!");
  return redactor;
}

std::string record() {
  Bench bench;
  std::string text;
  bench.gate.add(std::make_shared<RecordFilter>(known_secrets(), [&](const std::string& line) { text += line; }));
  (void)bench.run(kGet, named("a"));
  (void)bench.run(kCreate, login("a", "hunter2!"));
  (void)bench.run(kFail, named("a"));
  (void)bench.run(kTalk);
  (void)bench.run(kGet, named("a"));
  return text;
}

struct ReplayBench : Bench {
  explicit ReplayBench(const std::string& text) : filter(std::make_shared<ReplayFilter>(*read_recording(text), known_secrets())) {
    gate.add(filter);
  }
  std::shared_ptr<ReplayFilter> filter;
};

}  // namespace

TEST_CASE("recording: holds no secret, and answers the same calls without the world") {
  const std::string text = record();
  CHECK(text.find("hunter2!") == std::string::npos);
  ReplayBench bench(text);
  CHECK(bench.filter->left().size() == 5);
  CHECK((*bench.run(kGet, named("a")))["from"].as_string() == "get");
  const auto created = bench.run(kCreate, login("a", "hunter2!"));
  REQUIRE(created.ok());
  CHECK((*created)["args"]["password"].is_secret());
  CHECK(bench.run(kFail, named("a")).error().code == "box.broken");
  std::vector<std::string> lines;
  EffectCall talk = call_of(kTalk);
  talk.on_event = [&](const Value& event) { lines.push_back(event["line"].as_string()); };
  CHECK(bench.run(talk)->as_string() == "talked");
  CHECK(lines == std::vector<std::string>{"pw ***"});
  CHECK(bench.run(kGet, named("a")).ok());
  CHECK(bench.filter->left().empty());
  CHECK(performed().empty());
}

TEST_CASE("recording: a changed call is refused and says what changed") {
  ReplayBench bench(record());
  const auto other = bench.run(kCreate, login("b", "hunter2!"));
  CHECK(other.error().code == "replay.mismatch");
  CHECK(other.error().message == "box.item_create 'b': differs from what was recorded: name: \"a\" became \"b\"");
  CHECK_THAT(bench.run(kRemove).error().message, ContainsSubstring("the recording has no call of 'box.item_remove' left"));
  (void)bench.run(kGet, named("a"));
  (void)bench.run(kGet, named("a"));
  CHECK_THAT(bench.run(kGet, named("a")).error().message, ContainsSubstring("recorded 2 times and asked for once more"));
}

TEST_CASE("recording: a broken file names its line") {
  CHECK_THAT(read_recording("{\"operation\":\"a\",\"args\":{},\"result\":1}\n\nnonsense").error().message, ContainsSubstring("line 3"));
  CHECK(read_recording("{}").error().code == "replay.invalid");
  CHECK(read_recording("")->empty());
}

TEST_CASE("recording: a cancelled call never answers, neither then nor when it is replayed") {
  std::string text;
  {
    Bench bench;
    bench.gate.add(std::make_shared<RecordFilter>(known_secrets(), [&](const std::string& line) { text += line; }));
    bench.run_and_cancel(call_of(kHang));
    CHECK(cancelled == 1);
  }
  CHECK_THAT(text, ContainsSubstring("\"cancelled\":true"));
  ReplayBench bench(text);
  bench.run_and_cancel(call_of(kHang));
  CHECK(performed().empty());
  CHECK(bench.filter->left().empty());
}

TEST_CASE("recording: a secret is not in it in any form, also within bytes that are no text") {
  const auto redactor = known_secrets();
  const std::string bytes = std::string("\xff\x00", 2) + "hunter2!" + "\xfe";
  for (const std::string& form : {std::string("hunter2!"), std::string("aHVudGVyMiE="), std::string("hunter2%21"), std::string("a hunter2! b"), bytes}) {
    const std::string kept = to_json(to_recording(Value::object({{form, form}}), *redactor));
    INFO(kept);
    for (const char* secret : {"hunter2", "aHVudGVyMi", "YIdW50ZXIy", "h1bnRlcjIh"}) CHECK(kept.find(secret) == std::string::npos);
  }
}

TEST_CASE("recording: a text that is secret only in a call is not in what comes back either") {
  std::string text;
  Bench bench;
  bench.gate.add(std::make_shared<RecordFilter>(std::make_shared<Redactor>(), [&](const std::string& line) { text += line; }));
  (void)bench.run(kCreate, login("a", "only-here-5"));
  CHECK(text.find("only-here-5") == std::string::npos);
}

TEST_CASE("recording: bytes, and objects that look like its own marks, come back as they were") {
  const Redactor none;
  const Value value = Value::object({{"bytes", std::string("\xff\x00\x01", 3)},
                                     {"like", Value::object({{"$secret", "x"}})},
                                     {"deep", Value::object({{"$object", Value::object({{"$base64", "QQ=="}})}})}});
  CHECK(from_recording(*from_json(to_json(to_recording(value, none)))) == value);
}

TEST_CASE("recording: putting back is another call than what is put back") {
  EffectCall call = call_of(kCreate, named("a"));
  CHECK(recorded_name(call) == "box.item_create");
  call.reverting = true;
  CHECK(recorded_name(call) == "box.item_create.revert");
}
