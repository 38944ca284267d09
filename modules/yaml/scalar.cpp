// SPDX-License-Identifier: Apache-2.0
#include "modules/yaml/scalar.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace runbook::yaml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool read_integer(std::string_view text, Value& out) {
  int base = 10;
  std::string_view digits = text;
  if (text.substr(0, 2) == "0x" || text.substr(0, 2) == "0o") {
    base = text[1] == 'x' ? 16 : 8;
    digits.remove_prefix(2);
  } else if (!text.empty() && text.front() == '+') {
    digits.remove_prefix(1);
  }
  if (digits.empty() || (base != 10 && digits.front() == '-') || (digits.data() != text.data() && digits.front() == '-')) return false;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (end != digits.data() + digits.size() || problem == std::errc::invalid_argument) return false;
  if (problem == std::errc::result_out_of_range) {
    if (base != 10) return false;
    out = Value(std::strtod(std::string(digits).c_str(), nullptr));
  } else {
    out = Value(number);
  }
  return true;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > from;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  } else {
    if (!digits()) return false;
    if (i < text.size() && text[i] == '.') {
      ++i;
      digits();
    }
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (!digits()) return false;
  }
  return i == text.size() && i > 0;
}

}  // namespace

Value resolve_plain(std::string_view text) {
  if (is_one_of(text, std::array<std::string_view, 5>{"", "~", "null", "Null", "NULL"})) return {};
  if (is_one_of(text, std::array<std::string_view, 3>{"true", "True", "TRUE"})) return true;
  if (is_one_of(text, std::array<std::string_view, 3>{"false", "False", "FALSE"})) return false;
  if (Value number; read_integer(text, number)) return number;
  if (is_float(text)) return std::strtod(std::string(text).c_str(), nullptr);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (is_one_of(text, std::array<std::string_view, 6>{".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"})) return kInfinity;
  if (is_one_of(text, std::array<std::string_view, 3>{"-.inf", "-.Inf", "-.INF"})) return -kInfinity;
  if (is_one_of(text, std::array<std::string_view, 3>{".nan", ".NaN", ".NAN"})) return std::nan("");
  return text;
}

bool is_ambiguous(std::string_view text) {
  if (!resolve_plain(text).is_string()) return true;
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (is_one_of(std::string_view(word), std::array<std::string_view, 9>{"y", "n", "yes", "no", "on", "off", "true", "false", "null"})) return true;
  if (word == "<<" || word == "=") return true;
  // Dates, times of day ("22:22" is 1342 in YAML 1.1), octal and binary numbers, digits with underscores.
  const bool number_begins = is_digit(word.front()) || ((word.front() == '-' || word.front() == '+' || word.front() == '.') && word.size() > 1);
  return number_begins && std::all_of(word.begin(), word.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || std::string_view("xotz_:.,+- ").find(c) != std::string_view::npos;
         });
}

}  // namespace runbook::yaml
