// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/host_pattern.h"

#include <arpa/inet.h>

#include <algorithm>

#include "host/core/text.h"

namespace runbook::ssh {
namespace {

constexpr std::size_t kEnough = 200;  // of a text in an error

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool alphanumeric(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9'); }

/// "fe80::1", "fe80::1%eth0".
bool is_ipv6(std::string_view text) {
  const std::size_t percent = text.find('%');
  if (percent != std::string_view::npos) {
    const std::string_view zone = text.substr(percent + 1);
    const auto plain = [](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
    if (zone.empty() || !std::all_of(zone.begin(), zone.end(), plain)) return false;
    text = text.substr(0, percent);
  }
  in6_addr address{};
  return text.find('\0') == std::string_view::npos && inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

std::string problem_of_any_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 255) return "is longer than 255 characters";
  if (name.front() == '-') return "begins with '-', as an option does";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "has a control character";
    if (c == ' ') return "has a space";
    if (static_cast<unsigned char>(c) >= 0x80) return "has a character that is not ASCII";
  }
  return {};
}

std::string has_character(char c) { return cat("has the character '", c, "'"); }

}  // namespace

bool match_pattern(std::string_view text, std::string_view pattern, bool ignore_case) {
  const auto same = [&](char a, char b) { return ignore_case ? lower(a) == lower(b) : a == b; };
  std::size_t t = 0;
  std::size_t p = 0;
  // Where the last '*' stands, and how much of the text it has taken: only the last one ever has to take more.
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || same(pattern[p], text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ListMatch match_pattern_list(std::string_view text, std::string_view list, bool ignore_case) {
  ListMatch found = ListMatch::kNo;
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view pattern = list.substr(0, comma);
    const bool negated = !pattern.empty() && pattern.front() == '!';
    if (negated) pattern.remove_prefix(1);
    if (match_pattern(text, pattern, ignore_case)) {
      if (negated) return ListMatch::kDenied;
      found = ListMatch::kYes;
    }
    if (comma == std::string_view::npos) return found;
    list.remove_prefix(comma + 1);
  }
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string shown(std::string_view text) {
  return cat("'", printable(text.substr(0, kEnough)), text.size() > kEnough ? "...'" : "'");
}

std::string host_problem(std::string_view host) {
  if (std::string problem = problem_of_any_name(host); !problem.empty()) return problem;
  if (host.find(':') != std::string_view::npos) return is_ipv6(host) ? "" : "has a ':' and is no IPv6 address";
  for (const char c : host) {
    if (!alphanumeric(c) && std::string_view("._-+=").find(c) == std::string_view::npos) return has_character(c);
  }
  return {};
}

std::string user_problem(std::string_view user) {
  if (std::string problem = problem_of_any_name(user); !problem.empty()) return problem;
  if (user.back() == '\\') return "ends with '\\'";  // "DOMAIN\user" is a name
  const std::size_t bad = user.find_first_of("'\"`;&<>|(){}*?!,/%:");
  return bad == std::string_view::npos ? "" : has_character(user[bad]);
}

}  // namespace runbook::ssh
