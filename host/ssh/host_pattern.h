// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace runbook::ssh {

/// ssh_config(5), "PATTERNS": `*` is any text, `?` any character. Time is bounded by the product of the lengths,
/// whatever the pattern.
bool match_pattern(std::string_view text, std::string_view pattern, bool ignore_case = false);

enum class ListMatch {
  kNo,
  kYes,
  kDenied,  ///< a pattern with `!` matched: wins over all others
};
/// A pattern list: "*.example.com,!db.example.com".
ListMatch match_pattern_list(std::string_view text, std::string_view list, bool ignore_case = false);

std::string lower_case(std::string_view text);

/// What is wrong with the name of a host or a user ("has a control character ..."); empty where nothing is. A name that
/// is good cannot be taken for an option of a program, a pattern, a path, or something that a shell acts on.
std::string host_problem(std::string_view host);
std::string user_problem(std::string_view user);

/// For an error: quoted, printable, and no more than 200 characters of it.
std::string shown(std::string_view text);

}  // namespace runbook::ssh
