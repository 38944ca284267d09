// SPDX-License-Identifier: Apache-2.0
//
// Doing things as another user, by sudo at the place. The password goes there when it is asked for and at no other
// time: where sudo does not ask, it would become the input of the program.
#pragma once

#include <optional>
#include <string>

#include "runbook/value.h"

namespace runbook::machine {

struct Sudo {
  std::string user;  ///< empty: root
  std::optional<std::string> password;
};

/// From sudo = true | "user" and sudo_password of a handle's target; nothing where that is not wanted.
std::optional<Sudo> sudo_of(const Value& target);
Status check_sudo(const Sudo& sudo);

/// The script that runs `script` by sudo. It prints `mark` as a line to its standard error, and sudo then asks for the
/// password with sudo_prompt(mark).
std::string sudo_script(const Sudo& sudo, const std::string& mark, const std::string& script);
/// What the script says first is its process group: taken out of what sudo's error stream `said`; empty while it is not there.
std::string take_sudo_group(std::string& said, const std::string& mark);
std::string sudo_prompt(const std::string& mark);

/// Why sudo did not run the script, by what it printed instead.
Error sudo_error(const Sudo& sudo, const std::string& said);
Error wrong_password();

}  // namespace runbook::machine
