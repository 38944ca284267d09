// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "host/run/declaration.h"

namespace runbook {
namespace {

enum class Scale { kSeconds, kBytes, kCount };

struct Row {
  const char* name;
  Scale unit;
  double most;
  void (*set)(RunLimits& limits, double amount);
};

const Row kRows[] = {
    {"cpu", Scale::kSeconds, 1e9, [](RunLimits& limits, double amount) { limits.cpu_seconds = amount; }},
    {"memory", Scale::kBytes, 1e15, [](RunLimits& limits, double amount) { limits.memory_bytes = static_cast<std::size_t>(amount); }},
    {"output", Scale::kBytes, 1e15, [](RunLimits& limits, double amount) { limits.output_bytes = static_cast<std::size_t>(amount); }},
    {"tasks", Scale::kCount, 1e8, [](RunLimits& limits, double amount) { limits.tasks = static_cast<int>(amount); }},
    {"instructions", Scale::kCount, 1e15,
     [](RunLimits& limits, double amount) { limits.instructions = static_cast<std::int64_t>(amount); }},
    {"changes", Scale::kCount, 1e8, [](RunLimits& limits, double amount) { limits.changes = static_cast<int>(amount); }},
    {"destroys", Scale::kCount, 1e8, [](RunLimits& limits, double amount) { limits.destroys = static_cast<int>(amount); }},
};

}  // namespace

const std::vector<std::string>& limit_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Row& row : kRows) list.push_back(row.name);
    return list;
  }();
  return names;
}

Status set_limit(RunLimits& limits, std::string_view name, const Value& value) {
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    double amount = value.as_number(-1);
    if (value.is_string()) amount = row.unit == Scale::kSeconds ? parse_duration(value.as_string()) : parse_size(value.as_string());
    const bool whole = row.unit == Scale::kSeconds || std::floor(amount) == amount;
    if (!(amount > 0) || amount > row.most || !whole) {
      const char* like = row.unit == Scale::kSeconds ? "10s" : row.unit == Scale::kBytes ? "256MiB" : "1000";
      return Error("limit.invalid", cat("'", name, "' expects something like ", like));
    }
    row.set(limits, amount);
    return Unit{};
  }
  return Error("limit.invalid", cat("unknown limit '", printable(name), "'", suggestion(name, limit_names())));
}

}  // namespace runbook
