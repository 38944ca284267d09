// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runbook::ssh {

/// Builds SSH's data types (RFC 4251, section 5).
class WireWriter {
 public:
  WireWriter& byte(std::uint8_t value);
  WireWriter& u32(std::uint32_t value);
  WireWriter& u64(std::uint64_t value);
  WireWriter& string(std::string_view text);
  WireWriter& mpint(std::string_view big_endian);  ///< of a number that is not negative
  WireWriter& raw(std::string_view bytes);
  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Reads them. What is not there makes the reader fail, for good: ask once, at the end.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t byte();
  std::uint32_t u32();
  std::uint64_t u64();
  std::string_view string();
  std::string_view raw(std::size_t count);
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace runbook::ssh
