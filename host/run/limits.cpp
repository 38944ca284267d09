// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "host/run/declaration.h"

namespace runbook {
namespace {

enum class Scale { kSeconds, kBytes, kCount };

struct Row {
  const char* name;
  Scale unit;
  double Limits::*seconds;
  std::int64_t Limits::*count;
};

constexpr Row kRows[] = {
    {"cpu", Scale::kSeconds, &Limits::cpu, nullptr},
    {"memory", Scale::kBytes, nullptr, &Limits::memory},
    {"output", Scale::kBytes, nullptr, &Limits::output},
    {"tasks", Scale::kCount, nullptr, &Limits::tasks},
    {"instructions", Scale::kCount, nullptr, &Limits::instructions},
    {"destroys", Scale::kCount, nullptr, &Limits::destroys},
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

Status set_limit(Limits& limits, std::string_view name, const Value& value) {
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    double amount = value.as_number(-1);
    if (value.is_string()) amount = row.unit == Scale::kSeconds ? parse_duration(value.as_string()) : parse_size(value.as_string());
    const bool whole = row.unit == Scale::kSeconds || (std::floor(amount) == amount && amount < 9e15);
    if (!(amount > 0) || !whole || !std::isfinite(amount)) {
      const char* like = row.unit == Scale::kSeconds ? "10s" : row.unit == Scale::kBytes ? "256MiB" : "1000";
      return Error("limit.invalid", cat("'", name, "' expects something like ", like));
    }
    if (row.seconds) limits.*row.seconds = amount;
    else limits.*row.count = static_cast<std::int64_t>(amount);
    return Unit{};
  }
  return Error("limit.invalid", cat("unknown limit '", printable(name), "'", suggestion(name, limit_names())));
}

}  // namespace runbook
