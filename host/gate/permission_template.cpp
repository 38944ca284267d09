// SPDX-License-Identifier: Apache-2.0
#include "host/gate/permission_template.h"

#include <algorithm>
#include <cctype>

#include "host/core/text.h"

namespace runbook {
namespace {

struct Piece {
  std::string text;    // encoded, or the name of a parameter
  bool param = false;
};

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::size_t parent_steps(std::string_view path) {
  const auto parts = split(path, '/');
  return static_cast<std::size_t>(std::count(parts.begin(), parts.end(), ".."));
}

bool read_pieces(std::string_view text, std::vector<Piece>& pieces, std::string& problem) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    if (c == '*') {
      plain += Pattern::kWildcard;
    } else if ((c == '{' || c == '}') && doubled) {
      plain += c;
      ++i;
    } else if (c == '{') {
      const auto close = text.find('}', i);
      if (close == std::string_view::npos) {
        problem = "'{' without '}'";
        return false;
      }
      if (!plain.empty()) pieces.push_back({std::move(plain), false});
      plain.clear();
      pieces.push_back({std::string(trim(text.substr(i + 1, close - i - 1))), true});
      i = close;
    } else if (c == '}') {
      problem = "'}' without '{'";
      return false;
    } else {
      plain += c;
    }
  }
  if (!plain.empty()) pieces.push_back({std::move(plain), false});
  return true;
}

std::string show(const Value& value) {
  if (value.is_string()) return value.as_string();
  return to_json(value);
}

// What is wrong with a value where it stands among other text; empty where nothing is.
std::string check_part(std::string_view value, PermissionTemplate::Place place, bool whole_authority) {
  if (has_control(value)) return "contains a control character";
  if (place != PermissionTemplate::Place::kHost) return {};
  const std::string_view extra = whole_authority ? "._-:[]" : "._-";
  const bool fits = std::all_of(value.begin(), value.end(), [&](unsigned char c) {
    return std::isalnum(c) || extra.find(static_cast<char>(c)) != std::string_view::npos;
  });
  return fits ? "" : "is no part of a host's name";
}

}  // namespace

std::string PermissionTemplate::plain(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '{' || c == '}' ? 2 : 1, c);
  return out;
}

std::vector<std::string> PermissionTemplate::expand(std::string_view text, Place place, const PermissionScope& scope,
                                                    const std::string& where, std::vector<std::string>& problems) {
  std::vector<Piece> pieces;
  std::string problem;
  if (trim(text).empty()) problem = "is empty";
  if (has_control(text)) problem = "contains a control character";
  if (problem.empty()) read_pieces(text, pieces, problem);
  if (!problem.empty()) {
    problems.push_back(cat(where, ": '", printable(text), "': ", problem));
    return {};
  }

  const bool alone = pieces.size() == 1;
  const bool whole_authority = pieces.size() == 2 && pieces[0].text.ends_with("://");
  std::size_t own_parents = 0;
  std::string template_text;
  for (const Piece& piece : pieces) template_text += piece.param ? "x" : piece.text;
  own_parents = parent_steps(template_text);

  std::vector<std::string> out = {""};
  for (const Piece& piece : pieces) {
    std::vector<std::string> values = {piece.text};
    if (piece.param) {
      const auto& names = scope.param_names;
      if (std::find(names.begin(), names.end(), piece.text) == names.end()) {
        const std::string meant = did_you_mean(piece.text, names);
        problems.push_back(cat(where, ": '", text, "': there is no parameter '", piece.text, "'",
                               meant.empty() ? "" : cat(", did you mean '", meant, "'?")));
        return {};
      }
      if (scope.params.is_null()) {
        values = {cat("{", piece.text, "}")};
      } else {
        const Value& value = scope.params[piece.text];
        if (value.is_null()) return {};
        values.clear();
        if (value.is_array()) {
          for (const Value& item : value.items()) values.push_back(show(item));
        } else {
          values.push_back(show(value));
        }
        for (const std::string& one : values) {
          if (value.is_object() || value.is_secret() || value.is_unknown()) problem = "cannot stand in a permission";
          if (problem.empty() && one.empty()) problem = "is empty";
          if (problem.empty()) problem = check_part(one, alone ? Place::kText : place, whole_authority);
          if (!problem.empty()) {
            problems.push_back(cat(where, ": '", text, "': the parameter '", piece.text, "' ", problem));
            return {};
          }
        }
      }
    }
    std::vector<std::string> longer;
    for (const std::string& head : out) {
      for (const std::string& value : values) longer.push_back(head + value);
    }
    out = std::move(longer);
  }
  if (place == Place::kPath && !alone) {
    for (const std::string& path : out) {
      if (parent_steps(path) == own_parents) continue;
      problems.push_back(cat(where, ": '", text, "': a parameter leads out of the path with '..'"));
      return {};
    }
  }
  return out;
}

}  // namespace runbook
