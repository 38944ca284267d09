// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::ssh {

/// "user@host:port", "ssh://user@host:port", "[2001:db8::1]:2222". Nothing that could be taken for an option of a
/// program, no control characters, no spaces. Errors: "ssh.address".
struct Address {
  std::string user;  ///< empty: not said
  std::string host;
  int port = 0;  ///< 0: not said

  static Result<Address> parse(std::string_view text);
  /// As it may be shown, and as permissions name it: "deploy@web1", "web1:2222".
  std::string show() const;
};

/// What ssh_config(5) files say of one host: the first value of each keyword wins, IdentityFile adds up.
struct HostConfig {
  std::string host_name;  ///< after HostName and its %h, in lower case; the alias where there is none
  std::optional<std::string> user;
  std::optional<int> port;
  std::vector<std::string> identity_files;  ///< absolute; %-tokens and ~ replaced; empty: the defaults; "none" stays
  std::vector<std::string> certificate_files;
  std::optional<bool> identities_only;
  std::optional<std::string> identity_agent;   ///< a path, "none", or "SSH_AUTH_SOCK" for the variable of that name
  std::vector<std::string> known_hosts_files;  ///< UserKnownHostsFile; empty: the default; "none" alone: no file
  std::optional<std::string> strict_host_key_checking;  ///< "yes", "accept-new", "no", "ask"
  std::vector<Address> jumps;  ///< ProxyJump, the one to connect to first; empty for "none" too
  std::optional<double> alive_interval, connect_timeout;  ///< seconds
  std::optional<int> alive_count;
  std::optional<int> required_rsa_size;  ///< bits
};

struct ConfigFile {
  std::string path;  ///< for errors
  std::string text;
  bool system = false;  ///< of /etc/ssh: Include is relative to that, and knows no ~
};

struct ConfigContext {
  std::string home;  ///< what ~ is
  std::string local_user;
  /// Reads a file that Include names; "file.not_found" is no error there. Patterns (Include conf.d/*) go to `list`.
  std::function<Result<std::string>(const std::string& path)> read;
  std::function<std::vector<std::string>(const std::string& pattern)> list;
};

/// Applies files, the user's first and then the system's, to `alias`. What `into` says already (a port from the command
/// line) stays. `user`: the one that the caller gives; it wins over User, and is what Match user looks at. Where a file
/// says `Match final`, all are read a second time, as ssh does, with the host's real name.
///
/// What cannot be honoured and would change whom or how we reach (ProxyCommand, Match exec, PKCS11Provider,
/// HostKeyAlias
/// ...) is an error if it applies to this host; what is only about OpenSSH's own comfort (ControlMaster, forwarding,
/// escape characters) or the choice of algorithms is passed over. An unknown keyword is an error with the nearest known
/// one, unless IgnoreUnknown names it. Errors are "ssh.config" and begin with "file:line: ".
Status apply_config(const std::vector<ConfigFile>& files, const std::string& alias, const std::string& user,
                    const ConfigContext& context, HostConfig& into);

}  // namespace runbook::ssh
