// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/wire.h"

namespace runbook::ssh {

WireWriter& WireWriter::byte(std::uint8_t value) {
  text_ += static_cast<char>(value);
  return *this;
}

WireWriter& WireWriter::u32(std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) text_ += static_cast<char>(value >> shift);
  return *this;
}

WireWriter& WireWriter::u64(std::uint64_t value) {
  return u32(static_cast<std::uint32_t>(value >> 32)).u32(static_cast<std::uint32_t>(value));
}

WireWriter& WireWriter::string(std::string_view text) { return u32(static_cast<std::uint32_t>(text.size())).raw(text); }

WireWriter& WireWriter::mpint(std::string_view big_endian) {
  while (!big_endian.empty() && big_endian.front() == '\0') big_endian.remove_prefix(1);
  // A first bit that is set would make the number negative.
  const bool pad = !big_endian.empty() && (static_cast<unsigned char>(big_endian.front()) & 0x80U) != 0;
  u32(static_cast<std::uint32_t>(big_endian.size() + (pad ? 1 : 0)));
  if (pad) byte(0);
  return raw(big_endian);
}

WireWriter& WireWriter::raw(std::string_view bytes) {
  text_ += bytes;
  return *this;
}

std::string_view WireReader::raw(std::size_t count) {
  if (!ok_ || rest_.size() < count) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t WireReader::byte() {
  const std::string_view one = raw(1);
  return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
}

std::uint32_t WireReader::u32() {
  std::uint32_t value = 0;
  for (const char c : raw(4)) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

std::uint64_t WireReader::u64() {
  const std::uint64_t high = u32();
  return high << 32U | u32();
}

std::string_view WireReader::string() { return raw(u32()); }

}  // namespace runbook::ssh
