// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/config/config_line.h"

#include <charconv>
#include <limits>

#include "host/core/text.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

constexpr const char* kBlank = " \t";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

void skip_blanks(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size())); }

/// Whether the backslash at the beginning of `text` escapes what follows it.
bool escapes(std::string_view text, char quote) {
  if (text.size() < 2) return false;
  const char next = text[1];
  return next == '\'' || next == '"' || next == '\\' || (quote == 0 && next == ' ');
}

/// Takes a word off `text`; false where a quote does not end.
bool take_word(std::string_view& text, std::string& word) {
  char quote = 0;
  while (!text.empty()) {
    char c = text.front();
    if (c == '\\') {
      if (escapes(text, quote)) {
        text.remove_prefix(1);
        c = text.front();
      }
      word += c;
    } else if (quote == 0 && is_blank(c)) {
      return true;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else {
      word += c;
    }
    text.remove_prefix(1);
  }
  return quote == 0;
}

}  // namespace

Error Place::error(std::string_view message, std::string hint) const {
  return {"ssh.config", cat(printable(file), ':', line, ": ", message), std::move(hint)};
}

Result<ConfigLine> split_config_line(std::string_view text, const Place& place) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n\f") + 1);
  skip_blanks(text);
  ConfigLine line;
  if (text.empty() || text.front() == '#') return line;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return place.error("a control character");
  }
  line.keyword = text.substr(0, text.find_first_of(" \t="));
  text.remove_prefix(line.keyword.size());
  skip_blanks(text);
  if (!text.empty() && text.front() == '=') {
    text.remove_prefix(1);
    skip_blanks(text);
  }
  if (line.keyword.empty()) return place.error("a keyword is missing before '='");
  while (!text.empty() && text.front() != '#') {
    std::string word;
    if (!take_word(text, word)) return place.error(cat("a quote of ", shown(line.keyword), " does not end"));
    line.words.push_back(std::move(word));
    skip_blanks(text);
  }
  return line;
}

std::optional<int> parse_count(std::string_view text) {
  int value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return value;
}

std::optional<int> parse_port(std::string_view text) {
  const auto port = parse_count(text);
  return port && *port >= 1 && *port <= 65535 ? port : std::nullopt;
}

std::optional<double> parse_ssh_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto count = parse_count(text.substr(0, text.find_first_not_of("0123456789")));
    if (!count) return std::nullopt;
    text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
    double unit = 1;
    if (!text.empty()) {
      switch (text.front()) {
        case 's':
        case 'S': break;
        case 'm':
        case 'M': unit = 60; break;
        case 'h':
        case 'H': unit = 3600; break;
        case 'd':
        case 'D': unit = 86400; break;
        case 'w':
        case 'W': unit = 604800; break;
        default: return std::nullopt;
      }
      text.remove_prefix(1);
    }
    total += *count * unit;
  }
  return total <= std::numeric_limits<int>::max() ? std::optional(total) : std::nullopt;
}

}  // namespace runbook::ssh
