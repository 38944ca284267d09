// SPDX-License-Identifier: Apache-2.0
#include "modules/yaml/encode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "host/core/text.h"
#include "modules/yaml/scalar.h"

namespace runbook::yaml {
namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t bytes;  ///< 0: not UTF-8
};

CodePoint decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])) : 0U; };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t count = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xC2 && first < 0xE0 ? 2 : 0;
  if (count == 0) return {0, 0};
  std::uint32_t value = first & (0xFFU >> (count + 1));
  for (std::size_t i = 1; i < count; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {0, 0};
    value = value << 6U | (byte(i) & 0x3FU);
  }
  const bool too_long = (count == 3 && value < 0x800) || (count == 4 && value < 0x10000);
  if (too_long || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {0, 0};
  return {value, count};
}

/// Whether a reader takes the character as it stands, and not for a line end or a mark.
bool is_plain_character(std::uint32_t c) {
  if (c < 0x80) return (c >= 0x20 && c < 0x7F) || c == '\t';
  return c >= 0xA0 && c != 0x2028 && c != 0x2029 && c != 0xFEFF && c < 0xFFFE;
}

bool has_special(std::string_view text, bool lines) {
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    if (point.bytes == 0 || (!is_plain_character(point.value) && !(lines && point.value == '\n'))) return true;
    i += point.bytes;
  }
  return false;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  const auto escape = [&](const char* format, std::uint32_t value) {
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, value);
    out += buffer.data();
  };
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    if (point.bytes == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (point.value == '"' || point.value == '\\') {
      out += '\\';
      out += static_cast<char>(point.value);
    } else if (point.value == '\n') {
      out += "\\n";
    } else if (point.value == '\t') {
      out += "\\t";
    } else if (is_plain_character(point.value)) {
      out += text.substr(i, point.bytes);
    } else if (point.value < 0x100) {
      escape("\\x%02X", point.value);
    } else if (point.value < 0x10000) {
      escape("\\u%04X", point.value);
    } else {
      escape("\\U%08X", point.value);
    }
    i += point.bytes;
  }
  return out + '"';
}

bool can_stand_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':' || is_ambiguous(text)) return false;
  if (has_special(text, false) || text.find('\t') != std::string_view::npos) return false;
  const bool begins_well = std::isalnum(static_cast<unsigned char>(text.front())) || text.front() == '/' || text.front() == '_' ||
                           text.front() == '.' || static_cast<unsigned char>(text.front()) >= 0x80;
  if (!begins_well || text == "..." ) return false;
  return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos &&
         text.find_first_of("[]{},") == std::string_view::npos;
}

/// Several lines that a literal block keeps as they are.
bool can_be_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || has_special(text, true)) return false;
  if (text.front() == ' ' || text.front() == '\n' || text.front() == '\t') return false;
  return text.find_first_not_of(" \n") != std::string_view::npos;
}

class Writer {
 public:
  /// Writes what comes after "key:" or "-": the value on the same line, or below it at `indent`.
  void after_mark(const Value& value, int indent, bool in_list) {
    if (value.is_object() && !value.members().empty()) {
      if (in_list) {
        out += ' ';
        members(value, indent, true);
      } else {
        out += '\n';
        members(value, indent, false);
      }
    } else if (value.is_array() && !value.items().empty()) {
      if (in_list) {
        out += ' ';
        items(value, indent, true);
      } else {
        out += '\n';
        items(value, indent, false);
      }
    } else {
      out += ' ';
      scalar(value, indent);
      out += '\n';
    }
  }

  void members(const Value& value, int indent, bool first_is_placed) {
    for (const auto& [key, member] : value.members()) {
      if (!first_is_placed) out.append(static_cast<std::size_t>(indent), ' ');
      first_is_placed = false;
      out += can_stand_plain(key) && key.size() < 200 ? key : quoted(key);
      out += ':';
      after_mark(member, indent + 2, false);
    }
  }

  void items(const Value& value, int indent, bool first_is_placed) {
    for (const Value& item : value.items()) {
      if (!first_is_placed) out.append(static_cast<std::size_t>(indent), ' ');
      first_is_placed = false;
      out += '-';
      after_mark(item, indent + 2, true);
    }
  }

  void scalar(const Value& value, int indent) {
    switch (value.kind()) {
      case Value::Kind::kString:
      case Value::Kind::kSecret: string(value.reveal(), indent); break;
      case Value::Kind::kArray: out += "[]"; break;
      case Value::Kind::kObject: out += "{}"; break;
      case Value::Kind::kNumber:
        if (std::isfinite(value.as_number())) {
          out += to_json(value);
        } else {
          out += std::isnan(value.as_number()) ? ".nan" : value.as_number() > 0 ? ".inf" : "-.inf";
        }
        break;
      default: out += to_json(value);
    }
  }

  std::string out;

 private:
  void string(std::string_view text, int indent) {
    if (can_stand_plain(text)) {
      out += text;
    } else if (can_be_block(text)) {
      block(text, indent);
    } else {
      out += quoted(text);
    }
  }

  void block(std::string_view text, int indent) {
    const std::size_t ends = text.size() - text.find_last_not_of('\n') - 1;
    out += ends == 0 ? "|-" : ends == 1 ? "|" : "|+";
    if (ends > 0) text.remove_suffix(1);
    for (const std::string& line : split(text, '\n')) {
      out += '\n';
      if (!line.empty()) out += cat(std::string(static_cast<std::size_t>(indent), ' '), line);
    }
  }
};

}  // namespace

std::string encode(const Value& value) {
  Writer writer;
  if (value.is_object() && !value.members().empty()) {
    writer.members(value, 0, false);
  } else if (value.is_array() && !value.items().empty()) {
    writer.items(value, 0, false);
  } else {
    writer.scalar(value, 2);
    writer.out += '\n';
  }
  return std::move(writer.out);
}

}  // namespace runbook::yaml
