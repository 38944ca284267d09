// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <fstream>

#include "host/core/text.h"
#include "runbook/module.h"
#include "tests/host/run/host_fixture.h"

namespace runbook {
extern const std::vector<EmbeddedLua> fake_embedded;

namespace {

std::vector<Access> touches(const Value& args, const char* verb) {
  return {{"fake", "here", verb, args["name"].as_string()}};
}

// With a file, the things outlive a process that dies.
void load() {
  if (FakeWorld::file.empty()) return;
  FakeWorld::things.clear();
  std::ifstream in(FakeWorld::file);
  for (std::string name; std::getline(in, name);) FakeWorld::things[name] = "";
}
void save() {
  if (FakeWorld::file.empty()) return;
  std::ofstream out(FakeWorld::file);
  for (const auto& [name, text] : FakeWorld::things) out << name << "\n";
}

void maybe_die(const char* verb, const Value& args) {
  save();
  if (FakeWorld::stop_dead_on == cat(verb, " ", args["name"].as_string())) _exit(99);
}

Cancel answer(const Invocation& call, Result<Value> result, Done done) {
  return call.world.loop().post([result = std::move(result), done = std::move(done)]() mutable { done(std::move(result)); });
}

// Every fake call is on record, and can be told to fail or to kill the process once it has happened.
Result<Value> note(const char* verb, const Value& args, Result<Value> result) {
  const std::string line = cat(verb, " ", args["name"].as_string());
  FakeWorld::calls.push_back(line);
  if (FakeWorld::fail_on == line) return Error("fake.broken", cat("cannot ", line));
  return result;
}

const Operation kCreate = {
    "fake.create", Effect::kChange,
    {{"name", Type::kString, kPositionalRequired}, {"text", Type::kSecret}, {"size", Type::kSize}, {"wait", Type::kDuration}},
    [](World&, const Value& args) { return touches(args, "create"); },
    [](Invocation call, Done done) -> Cancel {
      const std::string name = call.args["name"].as_string();
      load();
      Result<Value> result = note("create", call.args, Value::object({{"name", name}}));
      if (result.ok() && FakeWorld::things.count(name)) result = Error("fake.conflict", cat("'", name, "' is there already"));
      if (result.ok()) FakeWorld::things[name] = call.args["text"].reveal();
      maybe_die("create", call.args);
      return answer(call, std::move(result), std::move(done));
    },
    60, nullptr, nullptr,
    [](Invocation call, Done done) -> Cancel {
      load();
      return answer(call, Value(FakeWorld::things.count(call.args["name"].as_string()) > 0), std::move(done));
    },
    false,
    [](Invocation call, Done done) -> Cancel {
      load();
      return answer(call, Value(FakeWorld::things.count(call.args["name"].as_string()) > 0), std::move(done));
    },
    [](Invocation call, Done done) -> Cancel {
      load();
      if (!call.args["before"].as_bool()) FakeWorld::things.erase(call.args["name"].as_string());
      save();
      FakeWorld::calls.push_back("revert create " + call.args["name"].as_string());
      return answer(call, Value(), std::move(done));
    }};

const Operation kRemove = {
    "fake.remove", Effect::kDestroy, {{"name", Type::kString, kPositionalRequired}},
    [](World&, const Value& args) { return touches(args, "remove"); },
    [](Invocation call, Done done) -> Cancel {
      load();
      Result<Value> result = note("remove", call.args, Value());
      if (result.ok()) FakeWorld::things.erase(call.args["name"].as_string());
      maybe_die("remove", call.args);
      return answer(call, std::move(result), std::move(done));
    }};

const Operation kFind = {
    "fake.find", Effect::kRead, {{"name", Type::kString, kPositionalRequired}},
    [](World&, const Value& args) { return touches(args, "find"); },
    [](Invocation call, Done done) -> Cancel {
      load();
      const auto found = FakeWorld::things.find(call.args["name"].as_string());
      const Value result = found == FakeWorld::things.end() ? Value() : Value::object({{"name", found->first}, {"text", found->second}});
      return answer(call, result, std::move(done));
    }};

const Operation kLines = {
    "fake.lines", Effect::kRead, {{"name", Type::kString, kPositionalRequired}, {"on_line", Type::kFunction}},
    [](World&, const Value& args) { return touches(args, "lines"); },
    [](Invocation call, Done done) -> Cancel {
      if (call.on_event) {
        call.on_event(Value::object({{"event", "line"}, {"line", "one"}}));
        call.on_event(Value::object({{"event", "line"}, {"line", "two"}}));
      }
      return answer(call, Value(2), std::move(done));
    }};

const Operation kHang = {"fake.hang", Effect::kRead, {}, [](World&, const Value& args) { return touches(args, "hang"); },
                         [](Invocation call, Done done) -> Cancel {
                           return call.world.loop().after(seconds(3600), [done = std::move(done)]() mutable { done(Value()); });
                         },
                         0};

const Operation kEnsure = {"fake.ensure", Effect::kChange, {{"name", Type::kString, Field::kRequired}, {"text", Type::kString}},
                           [](World&, const Value& args) { return touches(args, "ensure"); }, nullptr};

const PureFunction kUpper = {"fake.upper", {{"text", Type::kSecret, kPositionalRequired}}, [](const Value& args) -> Result<Value> {
                               std::string text = args["text"].reveal();
                               for (char& c : text) c = static_cast<char>(toupper(c));
                               return Value(text);
                             }};

const Module kFake = {"fake", "1", {{"create", nullptr, &kCreate}, {"remove", nullptr, &kRemove}, {"find", nullptr, &kFind},
                                    {"lines", nullptr, &kLines}, {"hang", nullptr, &kHang}, {"ensure", nullptr, &kEnsure},
                                    {"upper", nullptr, nullptr, &kUpper}},
                      &fake_embedded};

}  // namespace

const Module& fake_module() { return kFake; }

}  // namespace runbook
