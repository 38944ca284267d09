// SPDX-License-Identifier: Apache-2.0
#include "host/core/encoding.h"

#include <cctype>
#include <cstdint>

#include "host/core/text.h"

namespace runbook {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (i + k <= bytes.size()) {
        out += alphabet[group >> (18 - 6 * k) & 63U];
      } else if (pad) {
        out += '=';
      }
    }
  }
  return out;
}

int digit64(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

Error invalid(const char* what, std::size_t position) {
  return Error("encoding.invalid", cat("not ", what, ": unexpected character at byte ", position + 1));
}

}  // namespace

std::string base64_encode(std::string_view bytes) { return encode64(bytes, kStandard, true); }
std::string base64url_encode(std::string_view bytes) { return encode64(bytes, kUrlSafe, false); }

Result<std::string> base64_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  int digits = 0;
  int padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::isspace(static_cast<unsigned char>(text[i]))) continue;
    if (text[i] == '=') {
      ++padding;
      continue;
    }
    const int digit = digit64(text[i]);
    if (digit < 0 || padding > 0) return invalid("base64", i);
    group = group << 6U | static_cast<std::uint32_t>(digit);
    if (++digits % 4 == 0) {
      out += static_cast<char>(group >> 16U);
      out += static_cast<char>(group >> 8U & 255U);
      out += static_cast<char>(group & 255U);
      group = 0;
    }
  }
  const int rest = digits % 4;
  if (rest == 1 || padding > 2 || (padding > 0 && (digits + padding) % 4 != 0)) {
    return Error("encoding.invalid", "not base64: the text is cut off");
  }
  if (rest == 2) out += static_cast<char>(group >> 4U & 255U);
  if (rest == 3) {
    out += static_cast<char>(group >> 10U & 255U);
    out += static_cast<char>(group >> 2U & 255U);
  }
  return out;
}

std::string hex_encode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
  }
  return out;
}

Result<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return Error("encoding.invalid", "not hexadecimal: an odd number of digits");
  std::string out;
  out.reserve(text.size() / 2);
  int byte = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = kHexDigits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(text[i]))));
    if (digit == std::string_view::npos) return invalid("hexadecimal", i);
    byte = byte << 4 | static_cast<int>(digit);
    if (i % 2 == 1) {
      out += static_cast<char>(byte & 255);
      byte = 0;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte)) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += static_cast<char>(std::toupper(kHexDigits[byte >> 4U]));
      out += static_cast<char>(std::toupper(kHexDigits[byte & 15U]));
    }
  }
  return out;
}

}  // namespace runbook
