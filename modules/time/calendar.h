// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook::time {

/// A point of time on the calendar of some offset from UTC.
struct Calendar {
  std::int64_t year = 1970;
  int month = 1;  ///< 1 to 12
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int weekday = 4;   ///< 1 (Monday) to 7, as ISO 8601 counts
  int year_day = 1;  ///< 1 to 366
};

/// REQUIRES: seconds within the years 0 to 9999.
Calendar to_calendar(std::int64_t unix_seconds, int offset_seconds = 0);
std::int64_t to_unix(const Calendar& calendar);

/// Seconds of an offset: "Z", "UTC", "+02:00", "-0530". Error time.offset.
Result<int> parse_offset(std::string_view text);

/// Unix seconds of "2026-02-03T04:05:06.5+01:00", of the same with a space for the T, or of "2026-02-03" (midnight UTC).
/// Error time.syntax.
Result<double> parse_time(std::string_view text);

/// As `pattern` says: %Y %m %d %H %M %S %f (milliseconds) %j %a %A %b %B %u %V (ISO week) %G %s %z %% and the short forms
/// %F %T. Empty: RFC 3339, with milliseconds where there are any. Errors time.range, time.format.
Result<std::string> format_time(double unix_seconds, std::string_view pattern, int offset_seconds);

}  // namespace runbook::time
