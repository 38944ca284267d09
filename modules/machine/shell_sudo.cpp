// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_sudo.h"

#include <cstdlib>

#include "host/core/shell_quote.h"
#include "host/core/text.h"

namespace runbook::machine {

namespace {

bool says(const std::string& said, std::string_view words) { return said.find(words) != std::string::npos; }

std::string last_line(const std::string& said) {
  const std::string_view text = trim(said);
  return printable(text.substr(text.rfind('\n') + 1));
}

}  // namespace

std::optional<Sudo> sudo_of(const Value& target) {
  const Value& wanted = target["sudo"];
  if (!wanted.as_bool() && !wanted.is_string()) return std::nullopt;
  Sudo sudo;
  sudo.user = wanted.as_string();
  if (target.has("sudo_password")) sudo.password = target["sudo_password"].reveal();
  return sudo;
}

Status check_sudo(const Sudo& sudo) {
  if (sudo.password && sudo.password->find_first_of(std::string("\n\0", 2)) != std::string::npos) {
    return Error("machine.argument", "the password for sudo holds a line break or a NUL byte");
  }
  if (sudo.user.find('\0') != std::string::npos) return Error("machine.argument", "the user for sudo holds a NUL byte");
  return Unit{};
}

std::string sudo_prompt(const std::string& mark) { return mark + "?"; }

std::string sudo_script(const Sudo& sudo, const std::string& mark, const std::string& script) {
  const std::size_t half = mark.size() / 2;
  std::string text = cat("LC_ALL=C; export LC_ALL\nm=", shell_quote(mark.substr(0, half)),
                         "; n=", shell_quote(mark.substr(half)), "\n");
  text += "command -v sudo >/dev/null 2>&1 || { printf '%s%s!sudo\\n' \"$m\" \"$n\" >&2; exit 97; }\n";
  text += "printf '%s%s\\n' \"$m\" \"$n\" >&2\n";
  text += sudo.password ? "exec sudo -S -p \"$m$n?\"" : "exec sudo -n";
  if (!sudo.user.empty()) text += " -u " + shell_quote(sudo.user);
  // Under which process group it runs; where there is no /proc, sh is taken to be the leader.
  const std::string group = cat("(g=$$; { read -r a b c d g e </proc/$$/stat; } 2>/dev/null; printf '%s%s#%s\\n' ",
                                shell_quote(mark.substr(0, half)), " ", shell_quote(mark.substr(half)), " \"$g\" >&2)\n");
  return text + " -- sh -c " + shell_quote(group + script) + "\n";
}

std::string take_sudo_group(std::string& said, const std::string& mark) {
  const std::size_t at = said.find(mark + "#");
  const std::size_t end = at == std::string::npos ? at : said.find('\n', at);
  if (end == std::string::npos) return {};
  const std::size_t first = at + mark.size() + 1;
  std::string group = said.substr(first, end - first);
  said.erase(at, end + 1 - at);
  const bool plain = group.find_first_not_of("0123456789") == std::string::npos;
  return plain && std::strtol(group.c_str(), nullptr, 10) > 1 ? group : std::string();
}

Error wrong_password() {
  return Error("machine.sudo_password", "sudo did not take the password",
               "it is the password of the user who logs in, not root's");
}

Error sudo_error(const Sudo& sudo, const std::string& said) {
  const std::string line = last_line(said);
  const std::string who = sudo.user.empty() ? "root" : sudo.user;
  if (says(said, "a password is required")) {
    if (sudo.password) return wrong_password();
    return Error("machine.sudo_password", cat("sudo wants a password to act as '", printable(who), "'"),
                 "give it: sudo { password = ... }, or permit it there with NOPASSWD");
  }
  if (says(said, "incorrect password") || says(said, "no password was provided")) return wrong_password();
  if (says(said, "must have a tty") || says(said, "no tty present")) {
    return Error("machine.sudo", cat("sudo there insists on a terminal: ", line),
                 "remove 'requiretty' from its sudoers file");
  }
  if (says(said, "is not in the sudoers file") || says(said, "is not allowed to")) {
    return Error("machine.sudo", cat("sudo refuses to act as '", printable(who), "': ", line),
                 "permit it in the sudoers file there");
  }
  if (says(said, "unknown user"))
    return Error("machine.unknown_user", cat("there is no user '", printable(who), "' for sudo to act as"));
  return Error("machine.sudo", cat("sudo did not run the command", line.empty() ? "" : ": ", line));
}

}  // namespace runbook::machine
