// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::ssh {

/// "user@host:port", "ssh://user@host:port", "[2001:db8::1]:2222". Nothing that could be taken for an option of a program,
/// no control characters, no spaces.
struct Address {
  std::string user;  ///< empty: not said
  std::string host;
  int port = 0;      ///< 0: not said

  static Result<Address> parse(std::string_view text);
  /// As it may be shown, and as permissions name it: "deploy@web1", "web1:2222".
  std::string show() const;
};

/// What ssh_config(5) files say of one host: the first value of each keyword wins, IdentityFile adds up.
struct HostConfig {
  std::string host_name;  ///< after HostName and its %h; the alias where there is none
  std::optional<std::string> user;
  std::optional<int> port;
  std::vector<std::string> identity_files;     ///< absolute; %-tokens and ~ replaced; empty: the defaults
  std::vector<std::string> certificate_files;
  std::optional<bool> identities_only;
  std::optional<std::string> identity_agent;   ///< a path, or "none"
  std::vector<std::string> known_hosts_files;  ///< UserKnownHostsFile; empty: the default
  std::optional<std::string> strict_host_key_checking;  ///< "yes", "accept-new", "no", "ask"
  std::vector<Address> jumps;                  ///< ProxyJump, nearest first; empty for "none" too
  std::optional<double> alive_interval, connect_timeout;  ///< seconds
  std::optional<int> alive_count;
};

struct ConfigContext {
  std::string home;        ///< what ~ is
  std::string local_user;
  /// Reads a file that Include names; "file.not_found" is no error there. Patterns (Include conf.d/*) go to `list`.
  std::function<Result<std::string>(const std::string& path)> read;
  std::function<std::vector<std::string>(const std::string& pattern)> list;
};

/// Applies a file (and then the system's, by calling again with the same result) to `alias`. `user`: the one that the caller
/// gives, for Match user. What cannot be honoured and would change whom or how we reach (ProxyCommand, Match exec, PKCS11,
/// GSSAPI that is required ...) is an error "ssh.config" with file and line, if it applies to this host; what is only about
/// OpenSSH's own comfort (ControlMaster, forwarding, escape characters, colours) is passed over. An unknown keyword is an
/// error with the nearest known one, unless IgnoreUnknown names it.
Status apply_config(std::string_view text, const std::string& file, const std::string& alias, const std::string& user,
                    const ConfigContext& context, HostConfig& into);

}  // namespace runbook::ssh
