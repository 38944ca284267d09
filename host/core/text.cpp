// SPDX-License-Identifier: Apache-2.0
#include "host/core/text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace runbook {

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i) out += separator;
    out += pieces[i];
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto newline = before.rfind('\n');
  const std::size_t line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  return {line, newline == std::string_view::npos ? before.size() + 1 : before.size() - newline};
}

namespace {

// Length of the valid UTF-8 sequence at the start of `text`, or 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// U+202A to U+202E and U+2066 to U+2069 have what follows read from right to left: a name would be shown as another one.
bool is_bidi_control(std::string_view character) {
  if (character.size() != 3 || character[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(character[2]);
  return (character[1] == '\x80' && last >= 0xAA && last <= 0xAE) || (character[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

}  // namespace

std::size_t invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
      ++i;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      switch (c) {
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: {
          char buffer[8];
          std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
          out += buffer;
        }
      }
      ++i;
    } else if (const std::size_t length = utf8_length(text.substr(i))) {
      out += text.substr(i, length);
      i += length;
    } else {
      out += kReplacement;
      ++i;
    }
  }
  out += '"';
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text.substr(i));
    const bool c1_control = length == 2 && c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (length == 0) {
      out += kReplacement;
      ++i;
    } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\x%02x", c);
      out += buffer;
      ++i;
    } else if (c1_control || is_bidi_control(text.substr(i, length))) {
      out += kReplacement;
      i += length;
    } else {
      out += text.substr(i, length);
      i += length;
    }
  }
  return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::vector<std::size_t> previous2, previous(candidate.size() + 1), row(candidate.size() + 1);
    for (std::size_t j = 0; j <= candidate.size(); ++j) previous[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t swap_cost = word[i - 1] == candidate[j - 1] ? 0 : 1;
        row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + swap_cost});
        const bool transposed = i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1];
        if (transposed) row[j] = std::min(row[j], previous2[j - 2] + 1);
      }
      previous2 = previous;
      previous = row;
    }
    if (previous[candidate.size()] < best_distance) {
      best_distance = previous[candidate.size()];
      best = candidate;
    }
  }
  return best;
}

namespace {

struct ScaleUnit {
  std::string_view name;
  double factor;
};

// A decimal number at the start of `text`, which it is removed from; negative where there is none.
double take_number(std::string_view& text) {
  std::size_t length = 0;
  bool dot = false;
  while (length < text.size() && (std::isdigit(static_cast<unsigned char>(text[length])) || (text[length] == '.' && !dot))) {
    dot = dot || text[length] == '.';
    ++length;
  }
  if (length == 0 || (length == 1 && dot) || length > 18) return -1;
  const double number = std::strtod(std::string(text.substr(0, length)).c_str(), nullptr);
  text.remove_prefix(length);
  return number;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && std::isalpha(static_cast<unsigned char>(text[length]))) ++length;
  const std::string_view letters = text.substr(0, length);
  text.remove_prefix(length);
  return letters;
}

}  // namespace

double parse_duration(std::string_view text) {
  static constexpr ScaleUnit kUnits[] = {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
  text = trim(text);
  if (text.empty()) return -1;
  double total = 0;
  bool first = true;
  while (!text.empty()) {
    const double number = take_number(text);
    if (number < 0) return -1;
    const std::string_view name = take_letters(text);
    if (name.empty()) return first && text.empty() ? number : -1;
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const ScaleUnit& u) { return u.name == name; });
    if (unit == std::end(kUnits)) return -1;
    total += number * unit->factor;
    first = false;
    text = trim(text);
  }
  return total;
}

double parse_size(std::string_view text) {
  static constexpr ScaleUnit kUnits[] = {{"", 1},        {"b", 1},      {"k", 1024.0},      {"kib", 1024.0},     {"kb", 1e3},
                                    {"m", 1048576}, {"mib", 1048576.0}, {"mb", 1e6},   {"g", 1073741824.0}, {"gib", 1073741824.0},
                                    {"gb", 1e9},    {"t", 1099511627776.0}, {"tib", 1099511627776.0}, {"tb", 1e12}};
  text = trim(text);
  const double number = take_number(text);
  if (number < 0) return -1;
  text = trim(text);
  std::string name(take_letters(text));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const ScaleUnit& u) { return u.name == name; });
  if (unit == std::end(kUnits) || !text.empty()) return -1;
  return std::floor(number * unit->factor);
}

std::string show_duration(double seconds) {
  char buffer[48];
  if (seconds < 1) {
    std::snprintf(buffer, sizeof buffer, "%.0f ms", seconds * 1000);
  } else if (seconds < 60) {
    std::snprintf(buffer, sizeof buffer, "%.1f s", seconds);
  } else if (seconds < 3600) {
    const int whole = static_cast<int>(seconds);
    std::snprintf(buffer, sizeof buffer, "%dm %02ds", whole / 60, whole % 60);
  } else {
    const long whole = static_cast<long>(seconds);
    std::snprintf(buffer, sizeof buffer, "%ldh %02ldm", whole / 3600, whole % 3600 / 60);
  }
  return buffer;
}

}  // namespace runbook
