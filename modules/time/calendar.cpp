// SPDX-License-Identifier: Apache-2.0
#include "modules/time/calendar.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "host/core/text.h"

namespace runbook::time {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kFirst = -62167219200;  // 0000-01-01
constexpr std::int64_t kLast = 253402300799;   // 9999-12-31T23:59:59
constexpr std::array<const char*, 7> kDays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<const char*, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                 "July",    "August",   "September", "October", "November", "December"};

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, by eras of 400 years that begin in March.
std::int64_t days_of(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

bool is_leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(std::int64_t year, int month) {
  constexpr std::array<int, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kLengths[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap(year) ? 1 : 0);
}

/// Reads digits and literal characters off the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool number(std::size_t digits, int& out) {
    if (rest_.size() < digits) return false;
    out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!std::isdigit(static_cast<unsigned char>(rest_[i]))) return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  bool one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  double fraction() {
    double out = 0;
    double place = 0.1;
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front()))) {
      out += (rest_.front() - '0') * place;
      place /= 10;
      rest_.remove_prefix(1);
    }
    return out;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::string padded(std::int64_t number, int width) {
  std::array<char, 24> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%0*lld", width, static_cast<long long>(number));
  return buffer.data();
}

std::string offset_text(int offset, bool rfc) {
  if (offset == 0 && rfc) return "Z";
  const int minutes = std::abs(offset) / 60;
  return cat(offset < 0 ? '-' : '+', padded(minutes / 60, 2), rfc ? ":" : "", padded(minutes % 60, 2));
}

// The ISO 8601 week and the year it belongs to.
std::pair<std::int64_t, int> iso_week(const Calendar& calendar) {
  const int week = (calendar.year_day - calendar.weekday + 10) / 7;
  if (week < 1) {
    const std::int64_t year = calendar.year - 1;
    const Calendar last = to_calendar(days_of(year, 12, 31) * kDay);
    return {year, (last.year_day - last.weekday + 10) / 7};
  }
  if (week == 53 && to_calendar(days_of(calendar.year, 12, 31) * kDay).weekday < 4) return {calendar.year + 1, 1};
  return {calendar.year, week};
}

}  // namespace

Calendar to_calendar(std::int64_t unix_seconds, int offset_seconds) {
  const std::int64_t local = unix_seconds + offset_seconds;
  const std::int64_t days = (local >= 0 ? local : local - (kDay - 1)) / kDay;
  const std::int64_t second = local - days * kDay;
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const std::int64_t day_of_era = shifted - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  Calendar out;
  out.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  out.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2 ? 1 : 0);
  out.hour = static_cast<int>(second / 3600);
  out.minute = static_cast<int>(second / 60 % 60);
  out.second = static_cast<int>(second % 60);
  out.weekday = static_cast<int>(((days + 3) % 7 + 7) % 7 + 1);
  out.year_day = static_cast<int>(days - days_of(out.year, 1, 1) + 1);
  return out;
}

std::int64_t to_unix(const Calendar& calendar) {
  return days_of(calendar.year, calendar.month, calendar.day) * kDay + calendar.hour * 3600 + calendar.minute * 60 + calendar.second;
}

Result<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z" || text == "UTC" || text == "utc") return 0;
  Reader reader(text);
  const bool negative = !text.empty() && text.front() == '-';
  int hours = 0;
  int minutes = 0;
  bool good = reader.one_of("+-") && reader.number(2, hours);
  if (good && !reader.rest().empty()) {
    reader.one_of(":");
    good = reader.number(2, minutes) && reader.rest().empty();
  }
  if (!good || hours > 23 || minutes > 59) {
    return Error("time.offset", cat("'", printable(text), "' is no offset from UTC: 'UTC' or '+02:00'"));
  }
  const int seconds = hours * 3600 + minutes * 60;
  return negative ? -seconds : seconds;
}

Result<double> parse_time(std::string_view text) {
  const Error bad("time.syntax", cat("'", printable(text), "' is no time: '2026-02-03T04:05:06Z'"));
  Reader reader(text);
  Calendar calendar;
  int year = 0;
  if (!reader.number(4, year) || !reader.one_of("-") || !reader.number(2, calendar.month) || !reader.one_of("-") ||
      !reader.number(2, calendar.day)) {
    return bad;
  }
  calendar.year = year;
  if (calendar.month < 1 || calendar.month > 12 || calendar.day < 1 || calendar.day > days_in(year, calendar.month)) return bad;
  if (reader.rest().empty()) return static_cast<double>(to_unix(calendar));
  if (!reader.one_of("Tt ") || !reader.number(2, calendar.hour) || !reader.one_of(":") || !reader.number(2, calendar.minute)) return bad;
  double fraction = 0;
  if (reader.one_of(":")) {
    if (!reader.number(2, calendar.second)) return bad;
    if (reader.one_of(".")) {
      if (reader.rest().empty() || !std::isdigit(static_cast<unsigned char>(reader.rest().front()))) return bad;
      fraction = reader.fraction();
    }
  }
  // A leap second is the first of the next minute, as Unix time has it.
  if (calendar.hour > 23 || calendar.minute > 59 || calendar.second > 60) return bad;
  const auto offset = parse_offset(reader.rest());
  if (!offset) {
    return Error("time.syntax", cat("'", printable(text), "': a time needs its offset from UTC: 'Z' or '+02:00' at the end"));
  }
  return static_cast<double>(to_unix(calendar) - *offset) + fraction;
}

Result<std::string> format_time(double unix_seconds, std::string_view pattern, int offset_seconds) {
  const double whole = std::floor(unix_seconds);
  if (!(whole + offset_seconds >= static_cast<double>(kFirst) && whole + offset_seconds <= static_cast<double>(kLast))) {
    return Error("time.range", "the time is not within the years 0 to 9999");
  }
  const int milliseconds = std::min(999, static_cast<int>(std::floor((unix_seconds - whole) * 1000 + 0.5)));
  const auto second = static_cast<std::int64_t>(whole);
  const Calendar at = to_calendar(second, offset_seconds);
  const std::string date = cat(padded(at.year, 4), "-", padded(at.month, 2), "-", padded(at.day, 2));
  const std::string clock = cat(padded(at.hour, 2), ":", padded(at.minute, 2), ":", padded(at.second, 2));
  if (pattern.empty()) {
    return cat(date, "T", clock, milliseconds ? cat(".", padded(milliseconds, 3)) : "", offset_text(offset_seconds, true));
  }
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    const char directive = ++i < pattern.size() ? pattern[i] : '\0';
    const char* day_name = kDays[static_cast<std::size_t>(at.weekday - 1)];
    const char* month_name = kMonths[static_cast<std::size_t>(at.month - 1)];
    switch (directive) {
      case 'Y': out += padded(at.year, 4); break;
      case 'm': out += padded(at.month, 2); break;
      case 'd': out += padded(at.day, 2); break;
      case 'H': out += padded(at.hour, 2); break;
      case 'M': out += padded(at.minute, 2); break;
      case 'S': out += padded(at.second, 2); break;
      case 'f': out += padded(milliseconds, 3); break;
      case 'j': out += padded(at.year_day, 3); break;
      case 'a': out += std::string(day_name, 3); break;
      case 'A': out += day_name; break;
      case 'b': out += std::string(month_name, 3); break;
      case 'B': out += month_name; break;
      case 'u': out += std::to_string(at.weekday); break;
      case 'V': out += padded(iso_week(at).second, 2); break;
      case 'G': out += padded(iso_week(at).first, 4); break;
      case 's': out += std::to_string(second); break;
      case 'z': out += offset_text(offset_seconds, false); break;
      case 'F': out += date; break;
      case 'T': out += clock; break;
      case '%': out += '%'; break;
      default: {
        const std::string shown = directive ? std::string("%") + directive : std::string("%");
        return Error("time.format", cat("'", printable(shown), "' is no directive: %Y %m %d %H %M %S %f %j %a %A %b %B %u %V %G %s %z %F %T %%"));
      }
    }
  }
  return out;
}

}  // namespace runbook::time
