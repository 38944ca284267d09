// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/dotenv.h"

#include <algorithm>
#include <cctype>

#include "host/core/text.h"

namespace runbook::secrets {
namespace {

// What is left of a line after a closing quote: nothing or a comment.
bool is_end(std::string_view rest) {
  const auto trimmed = trim(rest);
  return trimmed.empty() || (trimmed[0] == '#' && rest[0] != '#');
}

// The value; appends nothing but sets `problem` where it is none.
std::string read_plain(std::string_view text, std::string& problem) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) text = text.substr(0, i);
  }
  if (!text.empty() && text[0] == '#') text = {};
  text = trim(text);
  const auto odd = text.find_first_of("\"'$`\\");
  if (odd != std::string_view::npos) problem = cat("'", text[odd], "' in a value wants quotes around the value: NAME='...'");
  return std::string(text);
}

std::string read_single(std::string_view text, std::string& problem) {
  const auto end = text.find('\'', 1);
  if (end == std::string_view::npos) {
    problem = "the quote \"'\" is not closed on this line";
    return {};
  }
  if (!is_end(text.substr(end + 1))) problem = "something follows the closing quote";
  return std::string(text.substr(1, end - 1));
}

std::string read_double(std::string_view text, std::string& problem) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      if (!is_end(text.substr(i + 1))) problem = "something follows the closing quote";
      return value;
    }
    if (c == '$' || c == '`') {
      problem = cat("'", c, "' is not replaced here; write '\\", c, "' or use single quotes");
      return {};
    }
    if (c != '\\') {
      value += c;
      continue;
    }
    const char next = i + 1 < text.size() ? text[++i] : '\0';
    static constexpr std::string_view kEscapes = "ntr\"\\$`", kMeanings = "\n\t\r\"\\$`";
    const auto found = kEscapes.find(next);
    if (next == '\0' || found == std::string_view::npos) {
      problem = cat("there is no escape '\\", printable({&next, 1}), "'");
      return {};
    }
    value += kMeanings[found];
  }
  problem = "the quote '\"' is not closed on this line";
  return {};
}

}  // namespace

bool is_variable_name(std::string_view name) {
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

Dotenv parse_dotenv(std::string_view text) {
  Dotenv out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t number = 0;
  std::map<std::string, std::size_t> lines;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    std::string_view line = trim(raw);
    if (line.empty() || line[0] == '#') continue;
    std::string problem;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    const std::string name(line.substr(0, equals));
    std::string value;
    if (line.find('\0') != std::string_view::npos) {
      problem = "contains a NUL byte";
    } else if (equals == std::string_view::npos) {
      problem = "is no NAME=value";
    } else if (!is_variable_name(name)) {
      problem = cat("'", printable(name), "' is no name: letters, digits and '_', no space before '='");
    } else if (lines.count(name)) {
      problem = cat("'", name, "' is set in line ", lines[name], " already");
    } else {
      std::string_view rest = line.substr(equals + 1);
      if (rest.starts_with('\'')) {
        value = read_single(rest, problem);
      } else if (rest.starts_with('"')) {
        value = read_double(rest, problem);
      } else {
        value = read_plain(rest, problem);
      }
    }
    if (!problem.empty()) {
      out.problems.push_back(cat("line ", number, ": ", problem));
      continue;
    }
    lines[name] = number;
    out.values[name] = std::move(value);
  }
  return out;
}

}  // namespace runbook::secrets
