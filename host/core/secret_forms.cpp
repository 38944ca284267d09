// SPDX-License-Identifier: Apache-2.0
#include "host/core/secret_forms.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>

#include "host/core/text.h"

namespace runbook {
namespace {

constexpr std::size_t kShort = 4;          // below this only the text itself is looked for
constexpr std::size_t kLine = 8;           // lines of a secret that are secrets by themselves
constexpr std::size_t kLong = 64 * 1024;   // above this encodings would cost more memory than they are worth
constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

// The characters of the base64 of `offset` other bytes and the secret that the secret alone decides.
std::string base64_at(std::string_view secret, std::size_t offset, std::string_view alphabet, bool with_last) {
  const std::string padded = std::string(offset, '\0') + std::string(secret);
  std::string out;
  unsigned bits = 0, pending = 0;
  for (const char c : padded) {
    bits = (bits << 8 | byte(c)) & 0xFFFF;
    pending += 8;
    for (; pending >= 6; pending -= 6) out += alphabet[bits >> (pending - 6) & 63];
  }
  if (with_last && pending) {
    out += alphabet[bits << (6 - pending) & 63];
    out.append((6 - pending) / 2, '=');
  }
  return out.substr((offset * 8 + 5) / 6);
}

std::string hex(std::string_view text, const char* format) {
  std::string out;
  for (const char c : text) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, format, byte(c));
    out += buffer;
  }
  return out;
}

std::string percent(std::string_view text, std::string_view kept, bool plus, const char* format) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(byte(c)) || kept.find(c) != std::string_view::npos) {
      out += c;
    } else if (plus && c == ' ') {
      out += '+';
    } else {
      out += hex({&c, 1}, format);
    }
  }
  return out;
}

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out.substr(1, out.size() - 2);
}

std::string replace_each(std::string_view text, std::string_view from, const std::vector<std::string>& to) {
  std::string out;
  for (const char c : text) {
    const auto at = from.find(c);
    out += at == std::string_view::npos ? std::string(1, c) : to[at];
  }
  return out;
}

// JSON with everything outside ASCII as \uXXXX; the text as it is where that is no UTF-8.
std::string json_ascii(const std::string& text, const char* format) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(text[i]);
    if (lead < 0x80) {
      out += text[i++];
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC0 || i + length > text.size()) return text;
    unsigned code = lead & (0xFFu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) code = code << 6 | (byte(text[i + k]) & 0x3Fu);
    char buffer[16];
    if (code >= 0x10000) {
      std::snprintf(buffer, sizeof buffer, format, 0xD800 + ((code - 0x10000) >> 10));
      out += buffer;
      code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    std::snprintf(buffer, sizeof buffer, format, code);
    out += buffer;
    i += length;
  }
  return out;
}

void add_encodings(std::string_view secret, std::set<std::string>& forms) {
  for (const std::string_view alphabet : {kStandard, kUrl}) {
    for (std::size_t offset = 0; offset < 3; ++offset) {
      forms.insert(base64_at(secret, offset, alphabet, false));
      const std::string padded = base64_at(secret, offset, alphabet, true);
      forms.insert(padded);
      forms.insert(padded.substr(0, padded.find_last_not_of('=') + 1));
    }
  }
  forms.insert(hex(secret, "%02x"));
  forms.insert(hex(secret, "%02X"));
  forms.insert(hex(secret, "\\x%02x"));
  for (const char* format : {"%%%02X", "%%%02x"}) {
    for (const std::string_view kept : {"", "-._~", "-._~/", "-._~!'()*", "-._~!'()*;/?:@&=+$,#", "-._*"}) {
      forms.insert(percent(secret, kept, false, format));
      forms.insert(percent(secret, kept, true, format));
    }
    forms.insert(hex(secret, format));
  }
  const std::string once = json(secret);
  forms.insert(once);
  forms.insert(json(once));
  forms.insert(replace_each(once, "/", {"\\/"}));
  for (const char* format : {"\\u%04x", "\\u%04X"}) {
    forms.insert(json_ascii(once, format));
    forms.insert(replace_each(json_ascii(once, format), "<>&'", {"\\u003c", "\\u003e", "\\u0026", "\\u0027"}));
  }
  forms.insert(replace_each(secret, "&<>", {"&amp;", "&lt;", "&gt;"}));
  forms.insert(replace_each(secret, "&<>\"'", {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}));
  forms.insert(replace_each(secret, "&<>\"'", {"&amp;", "&lt;", "&gt;", "&#34;", "&apos;"}));
  forms.insert(replace_each(secret, "'", {"'\\''"}));
  forms.insert(replace_each(secret, "'", {"'\"'\"'"}));
  forms.insert(replace_each(secret, "'", {"''"}));
  forms.insert(replace_each(secret, "\"", {"\"\""}));
  forms.insert(replace_each(secret, "\"\\$`", {"\\\"", "\\\\", "\\$", "\\`"}));
  forms.insert(replace_each(secret, "\\'", {"\\\\", "\\'"}));
  std::string bare;
  for (const char c : secret) {
    const bool plain = std::isalnum(byte(c)) || byte(c) >= 0x80 || std::string_view("_./:=@%+,-\n").find(c) != std::string_view::npos;
    if (!plain) bare += '\\';
    bare += c;
  }
  forms.insert(bare);
  forms.insert(printable(secret));
}

}  // namespace

std::vector<std::string> secret_forms(std::string_view secret) {
  std::set<std::string> forms;
  for (const std::string_view text : {secret, trim(secret)}) {
    if (text.empty()) continue;
    forms.insert(std::string(text));
    if (text.size() >= kShort && text.size() <= kLong) add_encodings(text, forms);
  }
  if (secret.find('\n') != std::string_view::npos) {
    for (const std::string& line : split(secret, '\n')) {
      const std::string_view text = trim(line);
      if (text.size() < kLine) continue;
      forms.insert(std::string(text));
      if (secret.size() <= kLong) add_encodings(text, forms);
    }
  }
  std::set<std::string> joined;
  for (const std::string& form : forms) {
    std::string text;
    std::copy_if(form.begin(), form.end(), std::back_inserter(text), [](char c) { return c != '\n' && c != '\r'; });
    // What an encoding leaves of a short secret would match anything.
    if (text.size() >= kShort || (secret.size() < kShort && !text.empty())) joined.insert(std::move(text));
  }
  return {joined.begin(), joined.end()};
}

}  // namespace runbook
