// SPDX-License-Identifier: Apache-2.0
#include "modules/time/calendar.h"

#include <array>
#include <ctime>

#include "tests/support/catch.h"

using namespace runbook::time;

TEST_CASE("time: agrees with the C library over four thousand years", "[time]") {
  for (std::int64_t at = -62135596800; at < 64000000000; at += 86399 * 97) {
    const std::time_t c_time = at;
    std::tm tm{};
    gmtime_r(&c_time, &tm);
    const Calendar calendar = to_calendar(at);
    const bool same = calendar.year == tm.tm_year + 1900 && calendar.month == tm.tm_mon + 1 && calendar.day == tm.tm_mday &&
                      calendar.hour == tm.tm_hour && calendar.minute == tm.tm_min && calendar.second == tm.tm_sec &&
                      calendar.weekday % 7 == tm.tm_wday && calendar.year_day == tm.tm_yday + 1 && to_unix(calendar) == at;
    std::array<char, 16> week{};
    std::strftime(week.data(), week.size(), "%G-%V", &tm);
    const std::string ours = *format_time(static_cast<double>(at), "%G-%V", 0);
    const bool same_week = std::stoll(ours) == std::stoll(week.data()) && ours.substr(ours.size() - 2) == std::string(week.data()).substr(std::string(week.data()).size() - 2);
    if (!same || !same_week) {
      INFO(at << " " << ours << " " << week.data());
      REQUIRE((same && same_week));
    }
  }
}

TEST_CASE("time: parses RFC 3339 and dates", "[time]") {
  CHECK(*parse_time("1970-01-01T00:00:00Z") == 0);
  CHECK(*parse_time("2026-02-03T04:05:06+01:00") == 1770087906);
  CHECK(*parse_time("2026-02-03 04:05:06.5-0030") == 1770087906 + 3600 + 1800 + 0.5);
  CHECK(*parse_time("2024-02-29") == 1709164800);
  CHECK(*parse_time("2016-12-31T23:59:60Z") == *parse_time("2017-01-01T00:00:00Z"));
}

TEST_CASE("time: refuses what is no time", "[time]") {
  for (const char* text : {"", "now", "2026-02-30", "2026-13-01", "2026-02-03T04:05:06", "2026-02-03T24:00:00Z", "2026-02-03T04:05:06.Z",
                           "2026-02-03T04:05:06+25:00", "2026-02-03T04:05:06Zx", "26-02-03"}) {
    INFO(text);
    REQUIRE_FALSE(parse_time(text));
    CHECK(parse_time(text).error().code == "time.syntax");
  }
}

TEST_CASE("time: formats by default as RFC 3339", "[time]") {
  CHECK(*format_time(0, "", 0) == "1970-01-01T00:00:00Z");
  CHECK(*format_time(1770087906.25, "", 3600) == "2026-02-03T04:05:06.250+01:00");
  CHECK(*format_time(-1, "", 0) == "1969-12-31T23:59:59Z");
}

TEST_CASE("time: formats by directives and refuses unknown ones", "[time]") {
  CHECK(*format_time(1770087906, "%a %A %d %b %B %Y %F %T %j %u %s %z %%", -1800) ==
        "Tue Tuesday 03 Feb February 2026 2026-02-03 02:35:06 034 2 1770087906 -0030 %");
  CHECK(format_time(0, "%Q", 0).error().code == "time.format");
  CHECK(format_time(0, "100%", 0).error().code == "time.format");
  CHECK(format_time(1e18, "", 0).error().code == "time.range");
  CHECK(format_time(0.0 / 0.0, "", 0).error().code == "time.range");
}

TEST_CASE("time: reads offsets", "[time]") {
  CHECK(*parse_offset("UTC") == 0);
  CHECK(*parse_offset("+0530") == 19800);
  CHECK(*parse_offset("-02") == -7200);
  CHECK(parse_offset("Europe/Berlin").error().code == "time.offset");
}
