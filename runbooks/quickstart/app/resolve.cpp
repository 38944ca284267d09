// SPDX-License-Identifier: Apache-2.0
#include "resolve.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

#include "socket.h"

namespace quickstart {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr int kTypeAddress = 1;

int number_at(std::string_view packet, std::size_t at) {
  return static_cast<unsigned char>(packet[at]) << 8 | static_cast<unsigned char>(packet[at + 1]);
}

/// The position after a name, or npos where it runs out of the packet. A pointer (two bytes) ends a name.
std::size_t skip_name(std::string_view packet, std::size_t at) {
  while (at < packet.size()) {
    const auto length = static_cast<unsigned char>(packet[at]);
    if (length == 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += length + 1U;
  }
  return std::string_view::npos;
}

bool name_server(in_addr* server) {
  std::ifstream file("/etc/resolv.conf");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("nameserver", 0) != 0) continue;
    const auto begin = line.find_first_not_of(" \t", std::strlen("nameserver"));
    if (begin == std::string::npos) continue;
    const auto end = line.find_first_of(" \t\r", begin);
    if (inet_pton(AF_INET, line.substr(begin, end - begin).c_str(), server) == 1) return true;
  }
  return false;
}

}  // namespace

std::string dns_question(std::string_view name, std::uint16_t id) {
  std::string packet = {static_cast<char>(id >> 8), static_cast<char>(id & 0xff), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > 63) return {};
    packet += static_cast<char>(label.size());
    packet += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  packet += std::string{0, 0, kTypeAddress, 0, 1};
  return packet;
}

bool dns_answer(std::string_view packet, std::uint16_t id, in_addr* address, std::string* error) {
  *error = "not an answer to the question";
  if (packet.size() < kHeaderSize || number_at(packet, 0) != id || (number_at(packet, 2) & 0x8000) == 0) return false;
  const int code = number_at(packet, 2) & 0xf;
  *error = code == 3 ? "no such name" : "the name server answers with code " + std::to_string(code);
  if (code != 0) return false;
  *error = "the name has no IPv4 address";
  std::size_t at = kHeaderSize;
  for (int question = number_at(packet, 4); question > 0; --question) {
    at = skip_name(packet, at);
    if (at == std::string_view::npos || at + 4 > packet.size()) return false;
    at += 4;
  }
  for (int answer = number_at(packet, 6); answer > 0; --answer) {
    at = skip_name(packet, at);
    if (at == std::string_view::npos || at + 10 > packet.size()) return false;
    const int type = number_at(packet, at);
    const auto size = static_cast<std::size_t>(number_at(packet, at + 8));
    at += 10;
    if (at + size > packet.size()) return false;
    if (type == kTypeAddress && size == sizeof address->s_addr) {
      std::memcpy(&address->s_addr, packet.data() + at, size);
      return true;
    }
    at += size;
  }
  return false;
}

bool resolve(const std::string& name, in_addr* address, std::string* error) {
  if (name == "localhost") {
    address->s_addr = htonl(INADDR_LOOPBACK);
    return true;
  }
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(53);
  if (!name_server(&server.sin_addr)) {
    *error = "cannot look up '" + name + "': no name server in /etc/resolv.conf";
    return false;
  }
  std::random_device random;
  std::string why = "no answer from the name server";
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto id = static_cast<std::uint16_t>(random());
    const std::string question = dns_question(name, id);
    Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (question.empty() || connect(fd.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0 ||
        !send_all(fd.get(), question)) {
      continue;
    }
    std::string answer;
    if (receive_some(fd.get(), &answer, 4096, 2000) <= 0) continue;
    if (dns_answer(answer, id, address, &why)) return true;
    break;
  }
  *error = "cannot look up '" + name + "': " + why;
  return false;
}

}  // namespace quickstart
