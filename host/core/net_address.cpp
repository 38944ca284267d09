// SPDX-License-Identifier: Apache-2.0
#include "host/core/net_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

namespace runbook {

bool is_link_local(std::string_view host) {
  const std::string text(host.substr(0, host.find('%')));
  in_addr v4{};
  // inet_aton also reads "0xa9fea9fe" and "2852039166", as the system's resolver does.
  if (inet_aton(text.c_str(), &v4)) return (ntohl(v4.s_addr) >> 16) == 0xA9FE;
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
  const unsigned char* bytes = v6.s6_addr;
  static constexpr unsigned char kAwsMetadata[16] = {0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
  if (std::equal(bytes, bytes + 16, kAwsMetadata)) return true;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return bytes[12] == 0xA9 && bytes[13] == 0xFE;
  return bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
}

}  // namespace runbook
