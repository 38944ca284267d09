// SPDX-License-Identifier: Apache-2.0
//
// Names without the C library's resolver: a static program that calls getaddrinfo needs that library's shared parts at run
// time, and an image made from nothing has none. One question for an IPv4 address over UDP is all that is needed.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace quickstart {

/// Asks the first name server of /etc/resolv.conf, "localhost" aside. Two tries of two seconds.
bool resolve(const std::string& name, in_addr* address, std::string* error);

// The two halves, for tests.
std::string dns_question(std::string_view name, std::uint16_t id);
/// What the answer says: false if it is not one to that question, or has no address; `error` says which.
bool dns_answer(std::string_view packet, std::uint16_t id, in_addr* address, std::string* error);

}  // namespace quickstart
