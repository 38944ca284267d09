// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/core/files.h"

namespace runbook::ssh {

/// A known_hosts file that nobody else of us changes for now: open, locked, and still the one that has this name.
struct LockedFile {
  files::Fd file;  ///< none: there is no such file
  bool made = false;
};

/// Blocking, for two seconds at most where another program holds the lock. `make`: it and its directory are made (0600,
/// 0700) where they are missing. Errors: "ssh.known_hosts".
Result<LockedFile> lock_known_hosts(const std::string& path, bool make);
Result<std::string> read_known_hosts(const LockedFile& locked, const std::string& path);

/// "ssh.known_hosts", with the words of errno.
Error known_hosts_error(const std::string& what, const std::string& path);
std::string known_hosts_directory(const std::string& path);

}  // namespace runbook::ssh
