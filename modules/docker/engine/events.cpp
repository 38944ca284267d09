// SPDX-License-Identifier: Apache-2.0
// What has happened on the engine, and what happens.
#include <algorithm>

#include "host/core/text.h"
#include "modules/docker/engine/frames.h"
#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kMostKept = 10000;
constexpr double kMargin = 30;

Value view(const Value& raw) {
  Value out = Value::object({{"type", raw["Type"]},
                             {"action", raw["Action"]},
                             {"id", raw["Actor"]["ID"]},
                             {"attributes", raw["Actor"]["Attributes"].is_object() ? raw["Actor"]["Attributes"] : Value(Value::Object{})},
                             {"time", static_cast<double>(raw["timeNano"].as_int()) / 1e9}});
  if (!raw["scope"].as_string().empty()) out.set("scope", raw["scope"]);
  if (const Value& name = raw["Actor"]["Attributes"]["name"]; name.is_string()) out.set("name", name);
  return out;
}

/// One JSON object a line, as long as the connection lasts.
struct Reader {
  explicit Reader(Job::Ptr of) : job(std::move(of)), lines([this](std::string_view line) { take(line); }) {}

  void take(std::string_view line) {
    if (trim(line).empty() || !status) return;
    auto parsed = from_json(line);
    if (!parsed || !parsed->is_object()) {
      status = Error("docker.engine", cat("the engine's report is not JSON: ", printable(line.substr(0, 200))));
      return;
    }
    Value event = view(*parsed);
    kept.push(event);
    if (kept.items().size() > 2 * kMostKept) kept.mutable_items().erase(kept.mutable_items().begin(), kept.mutable_items().begin() + kMostKept);
    event.set("event", "event");
    job->event(std::move(event));
  }
  Value last() {
    auto& items = kept.mutable_items();
    if (items.size() > kMostKept) items.erase(items.begin(), items.end() - kMostKept);
    return std::move(kept);
  }

  Job::Ptr job;
  Lines lines;
  Value kept = Value::Array{};
  Status status = Unit{};
};

std::string moment(double seconds) {
  const auto nano = static_cast<std::int64_t>(seconds * 1e9);
  std::string rest = std::to_string(nano % 1'000'000'000);
  return cat(nano / 1'000'000'000, ".", std::string(9 - rest.size(), '0'), rest);
}

Result<std::string> filters_of(const Value& filters) {
  Value out = Value::Object{};
  for (const auto& [key, value] : filters.members()) {
    Value list = value.is_array() ? value : Value::array({value});
    for (const Value& item : list.items()) {
      if (!item.is_string()) return Error("argument.invalid", cat("filters: '", printable(key), "' must be a string or a list of strings"));
    }
    out.set(key, std::move(list));
  }
  return to_json(out);
}

Cancel events(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    Call ask;
    ask.path = "/events";
    ask.object = "events";
    const double now = job->loop().wall_clock();
    const double until = args["until"].is_null() ? now : args["until"].as_number();
    ask.timeout = std::max(0.0, until - now) + kMargin;
    ask.query = {{"since", moment(args["since"].is_null() ? now : args["since"].as_number())}, {"until", moment(until)}};
    if (!args["filters"].is_null()) {
      auto filters = filters_of(args["filters"]);
      if (!filters) return job->fail(std::move(filters).error());
      ask.query.emplace_back("filters", std::move(*filters));
    }
    auto reader = std::make_shared<Reader>(job);
    ask.on_chunk = [reader](std::string_view bytes) { reader->lines.feed(bytes); };
    job->request(std::move(ask), [job = job.get(), reader](HttpResponse) {
      reader->lines.end();
      if (!reader->status) return job->fail(std::move(reader->status).error());
      job->finish(reader->last());
    });
  });
}

}  // namespace

const Operation kEvents = {
    .name = "docker.events",
    .effect = Effect::kRead,
    .fields = {{"since", Type::kNumber},
               {"until", Type::kNumber},
               {"filters", Type::kTable},
               {"timeout", Type::kDuration},
               {"on_event", Type::kFunction}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "events", "")}; },
    .perform = events,
    .timeout = 86400,
    .describe = [](const Value&) { return std::string("events of the engine"); },
};

}  // namespace runbook::docker
