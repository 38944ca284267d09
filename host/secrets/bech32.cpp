// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/bech32.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <vector>

namespace runbook::secrets {
namespace {

constexpr std::string_view kCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksum = 6;

std::uint32_t polymod(const std::vector<unsigned>& values) {
  static constexpr std::uint32_t kGenerator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  std::uint32_t check = 1;
  for (const unsigned value : values) {
    const std::uint32_t top = check >> 25;
    check = (check & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; ++i) {
      if (top >> i & 1) check ^= kGenerator[i];
    }
  }
  return check;
}

std::vector<unsigned> expand(std::string_view prefix) {
  std::vector<unsigned> out;
  for (const char c : prefix) out.push_back(static_cast<unsigned char>(c) >> 5);
  out.push_back(0);
  for (const char c : prefix) out.push_back(static_cast<unsigned char>(c) & 31);
  return out;
}

// Regroups bits; false where the padding is not what the encoding demands.
bool regroup(const std::vector<unsigned>& in, unsigned from, unsigned to, bool pad, std::vector<unsigned>& out) {
  unsigned bits = 0, count = 0;
  for (const unsigned value : in) {
    bits = (bits << from | value) & 0xFFFF;
    for (count += from; count >= to; count -= to) out.push_back(bits >> (count - to) & ((1U << to) - 1));
  }
  const unsigned rest = bits & ((1U << count) - 1);
  if (pad) {
    if (count) out.push_back(rest << (to - count));
    return true;
  }
  return count < from && rest == 0;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::string bech32_encode(std::string_view prefix, std::string_view bytes) {
  const std::string low = lower(prefix);
  std::vector<unsigned> input, data;
  for (const char c : bytes) input.push_back(static_cast<unsigned char>(c));
  regroup(input, 8, 5, true, data);
  std::vector<unsigned> all = expand(low);
  all.insert(all.end(), data.begin(), data.end());
  all.insert(all.end(), kChecksum, 0);
  const std::uint32_t check = polymod(all) ^ 1;
  for (unsigned i = 0; i < kChecksum; ++i) data.push_back(check >> (5 * (5 - i)) & 31);
  std::string out = low + "1";
  for (const unsigned value : data) out += kCharset[value];
  if (low == prefix) return out;
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

Result<Bech32> bech32_decode(std::string_view text) {
  const Error bad("secret.key", "this is no age key: it was cut, or mistyped");
  const std::string low = lower(text);
  const bool mixed = low != text && std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c); });
  const auto separator = low.rfind('1');
  if (mixed || separator == std::string::npos || separator == 0 || separator + kChecksum >= low.size()) return bad;
  std::vector<unsigned> data;
  for (const char c : low.substr(separator + 1)) {
    const auto value = kCharset.find(c);
    if (value == std::string_view::npos) return bad;
    data.push_back(static_cast<unsigned>(value));
  }
  Bech32 out;
  out.prefix = low.substr(0, separator);
  std::vector<unsigned> all = expand(out.prefix);
  all.insert(all.end(), data.begin(), data.end());
  if (polymod(all) != 1) return bad;
  data.resize(data.size() - kChecksum);
  std::vector<unsigned> bytes;
  if (!regroup(data, 5, 8, false, bytes)) return bad;
  for (const unsigned value : bytes) out.bytes += static_cast<char>(value);
  return out;
}

}  // namespace runbook::secrets
