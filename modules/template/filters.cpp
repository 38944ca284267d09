// SPDX-License-Identifier: Apache-2.0
#include "modules/template/filters.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "modules/template/expression.h"

namespace runbook::templates {
namespace {

using Arguments = std::vector<Value>;

Error bad_value(std::string message) { return Error("template.value", std::move(message)); }

Result<Value> map_text(const Value& subject, int (*change)(int)) {
  auto text = to_text(subject);
  if (!text) return std::move(text).error();
  // ASCII only: what the letters of other alphabets become depends on the machine's locale.
  std::transform(text->begin(), text->end(), text->begin(), [change](unsigned char c) { return static_cast<char>(c < 0x80 ? change(c) : c); });
  return Value(std::move(*text));
}

Result<Value> upper(const Value& subject, const Arguments&) { return map_text(subject, std::toupper); }
Result<Value> lower(const Value& subject, const Arguments&) { return map_text(subject, std::tolower); }

Result<Value> trim_text(const Value& subject, const Arguments&) {
  const auto text = to_text(subject);
  if (!text) return text.error();
  return Value(trim(*text));
}

Result<Value> replace(const Value& subject, const Arguments& arguments) {
  const auto text = to_text(subject);
  if (!text) return text.error();
  const auto from = to_text(arguments[0]);
  const auto to = to_text(arguments[1]);
  if (!from || !to || from->empty()) return bad_value("'replace' takes two texts, the first not empty");
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text->find(*from); found != std::string::npos; found = text->find(*from, at)) {
    out.append(*text, at, found - at).append(*to);
    at = found + from->size();
  }
  return Value(out.append(*text, at));
}

Result<Value> join_items(const Value& subject, const Arguments& arguments) {
  if (!subject.is_array()) return bad_value(cat("'join' takes a list, not ", kind_name(subject)));
  std::vector<std::string> pieces;
  for (const Value& item : subject.items()) {
    auto text = to_text(item);
    if (!text) return std::move(text).error();
    pieces.push_back(std::move(*text));
  }
  return Value(join(pieces, arguments.empty() ? std::string(", ") : arguments[0].reveal()));
}

Result<Value> length(const Value& subject, const Arguments&) {
  if (subject.is_array()) return Value(static_cast<std::int64_t>(subject.items().size()));
  if (subject.is_object()) return Value(static_cast<std::int64_t>(subject.members().size()));
  if (subject.is_string() || subject.is_secret()) return Value(static_cast<std::int64_t>(subject.reveal().size()));
  return bad_value(cat("'length' takes a list, a map or a text, not ", kind_name(subject)));
}

Result<Value> end_of(const Value& subject, const char* name, bool first) {
  if (!subject.is_array()) return bad_value(cat("'", name, "' takes a list, not ", kind_name(subject)));
  if (subject.items().empty()) return Error("template.undefined", cat("an empty list has no ", name, " entry"));
  return first ? subject.items().front() : subject.items().back();
}
Result<Value> first(const Value& subject, const Arguments&) { return end_of(subject, "first", true); }
Result<Value> last(const Value& subject, const Arguments&) { return end_of(subject, "last", false); }

Result<Value> keys(const Value& subject, const Arguments&) {
  if (!subject.is_object()) return bad_value(cat("'keys' takes a map, not ", kind_name(subject)));
  Value out = Value::Array{};
  for (const auto& [key, member] : subject.members()) out.push(key);
  return out;
}

Result<Value> indent(const Value& subject, const Arguments& arguments) {
  const auto text = to_text(subject);
  if (!text) return text.error();
  const std::int64_t width = arguments[0].as_int(-1);
  if (width < 0 || width > 1000) return bad_value("'indent' takes a number of spaces from 0 to 1000");
  std::string out;
  bool line_begins = false;  // the first line stands where the template has put it
  for (const char c : *text) {
    if (line_begins && c != '\n') out.append(static_cast<std::size_t>(width), ' ');
    line_begins = c == '\n';
    out += c;
  }
  return Value(std::move(out));
}

Result<Value> base64(const Value& subject, const Arguments&) {
  const auto text = to_text(subject);
  if (!text) return text.error();
  return Value(base64_encode(*text));
}

Result<Value> raw(const Value& subject, const Arguments&) { return subject; }

template <const char* Mode>
Result<Value> escaped(const Value& subject, const Arguments&) {
  auto text = escape(Mode, subject);
  if (!text) return std::move(text).error();
  return Value(std::move(*text));
}
constexpr char kHtml[] = "html";
constexpr char kJson[] = "json";
constexpr char kShell[] = "shell";
constexpr char kYaml[] = "yaml";

struct Filter {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  Result<Value> (*apply)(const Value&, const Arguments&);
};
constexpr std::array<Filter, 17> kFilters = {{
    {"base64", 0, 0, base64},
    {"default", 1, 1, nullptr},
    {"first", 0, 0, first},
    {"html", 0, 0, escaped<kHtml>},
    {"indent", 1, 1, indent},
    {"join", 0, 1, join_items},
    {"json", 0, 0, escaped<kJson>},
    {"keys", 0, 0, keys},
    {"last", 0, 0, last},
    {"length", 0, 0, length},
    {"lower", 0, 0, lower},
    {"raw", 0, 0, raw},
    {"replace", 2, 2, replace},
    {"shell", 0, 0, escaped<kShell>},
    {"trim", 0, 0, trim_text},
    {"upper", 0, 0, upper},
    {"yaml", 0, 0, escaped<kYaml>},
}};

const Filter* find_filter(std::string_view name) {
  for (const Filter& filter : kFilters) {
    if (filter.name == name) return &filter;
  }
  return nullptr;
}

Result<std::string> shell_word(const Value& value) {
  auto text = to_text(value);
  if (!text) return text;
  if (text->find('\0') != std::string::npos) return bad_value("a word of a shell command cannot hold a zero byte");
  const bool safe = !text->empty() && std::all_of(text->begin(), text->end(), [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c)) || std::string_view("_@%+=:,./-").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (safe) return text;
  std::string out = "'";
  for (const char c : *text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

Status check_filter(const std::string& name, std::size_t arguments) {
  const Filter* filter = find_filter(name);
  if (!filter) {
    std::vector<std::string> names;
    for (const Filter& known : kFilters) names.emplace_back(known.name);
    const std::string near = did_you_mean(name, names);
    return Error("template.syntax", near.empty() ? cat("there is no filter '", name, "', only ", join(names, ", "))
                                                 : cat("there is no filter '", name, "', did you mean '", near, "'?"));
  }
  if (arguments >= filter->least && arguments <= filter->most) return Unit{};
  return Error("template.syntax", cat("the filter '", name, "' takes ", filter->most == 0 ? "no" : std::to_string(filter->most), " argument",
                                      filter->most == 1 ? "" : "s", ", not ", arguments));
}

Result<Value> apply_filter(const std::string& name, const Value& subject, const std::vector<Value>& arguments) {
  return find_filter(name)->apply(subject, arguments);
}

bool is_escape(std::string_view name) { return name == "html" || name == "json" || name == "raw" || name == "shell" || name == "yaml"; }

const std::vector<std::string>& escape_modes() {
  static const std::vector<std::string> kModes = {"none", "shell", "yaml", "json", "html"};
  return kModes;
}

Result<std::string> escape(std::string_view mode, const Value& value) {
  // JSON is YAML's flow style, so one encoding serves both.
  if (mode == "json" || mode == "yaml") return to_wire_json(value);
  if (mode == "shell") {
    if (!value.is_array()) return shell_word(value);
    std::vector<std::string> words;
    for (const Value& item : value.items()) {
      auto word = shell_word(item);
      if (!word) return word;
      words.push_back(std::move(*word));
    }
    return join(words, " ");
  }
  auto text = to_text(value);
  if (!text || mode != "html") return text;
  return html_text(*text);
}

const char* kind_name(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull: return "null";
    case Value::Kind::kBoolean: return "a boolean";
    case Value::Kind::kInteger:
    case Value::Kind::kNumber: return "a number";
    case Value::Kind::kArray: return "a list";
    case Value::Kind::kObject: return "a map";
    default: return "a text";
  }
}

}  // namespace runbook::templates
