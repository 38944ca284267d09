// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>

#include "host/core/text.h"
#include "modules/time/calendar.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> time_embedded;
}

namespace runbook::time {
namespace {

std::vector<Access> only_recorded(World&, const Value&) { return {{"none", "clock", "", ""}}; }

// An effect, so that it is recorded: a resumed run sees the time that its finished steps saw.
Cancel perform_now(Invocation call, Done done) {
  done(Value(std::floor(call.world.loop().wall_clock() * 1000) / 1000));
  return {};
}

Result<int> offset_of(const Value& args) { return parse_offset(args["offset"].as_string("UTC")); }

Value number(double seconds) {
  return seconds == std::floor(seconds) && std::abs(seconds) < 1e15 ? Value(static_cast<std::int64_t>(seconds)) : Value(seconds);
}

Result<Value> parse(const Value& args) {
  auto seconds = parse_time(args["text"].as_string());
  if (!seconds) return std::move(seconds).error();
  return number(*seconds);
}

Result<Value> format(const Value& args) {
  const auto offset = offset_of(args);
  if (!offset) return offset.error();
  auto text = format_time(args["seconds"].as_number(), args["format"].as_string(), *offset);
  if (!text) return std::move(text).error();
  return Value(std::move(*text));
}

Result<Value> calendar(const Value& args) {
  const auto offset = offset_of(args);
  if (!offset) return offset.error();
  const double seconds = args["seconds"].as_number();
  if (auto range = format_time(seconds, "", *offset); !range) return std::move(range).error();
  const Calendar at = to_calendar(static_cast<std::int64_t>(std::floor(seconds)), *offset);
  return Value::object({{"year", at.year}, {"month", at.month}, {"day", at.day}, {"hour", at.hour}, {"minute", at.minute},
                        {"second", at.second}, {"weekday", at.weekday}, {"year_day", at.year_day}});
}

Result<Value> duration(const Value& args) { return number(args["duration"].as_number()); }
Result<Value> show_duration(const Value& args) { return Value(runbook::show_duration(args["duration"].as_number())); }

const Operation kNow{"time.now", Effect::kRead, {}, only_recorded, perform_now};

const Field kSeconds{"seconds", Type::kNumber, kPositionalRequired};
const Field kOffset{"offset", Type::kString};
const Field kDuration{"duration", Type::kDuration, kPositionalRequired};
const PureFunction kParse{"time.parse", {{"text", Type::kString, kPositionalRequired}}, parse};
const PureFunction kFormat{"time.format", {kSeconds, {"format", Type::kString}, kOffset}, format};
const PureFunction kCalendar{"time.calendar", {kSeconds, kOffset}, calendar};
const PureFunction kToSeconds{"time.duration", {kDuration}, duration};
const PureFunction kShowDuration{"time.show_duration", {kDuration}, show_duration};

}  // namespace

extern const Module kModule;
const Module kModule{"time",
                     "0.1",
                     {
                         {"now", nullptr, &kNow},
                         {"parse", nullptr, nullptr, &kParse},
                         {"format", nullptr, nullptr, &kFormat},
                         {"calendar", nullptr, nullptr, &kCalendar},
                         {"duration", nullptr, nullptr, &kToSeconds},
                         {"show_duration", nullptr, nullptr, &kShowDuration},
                     },
                     &time_embedded};

}  // namespace runbook::time
