// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::ssh {

/// What known_hosts files say of one server (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
class KnownHosts {
 public:
  enum class Verdict {
    kKnown,      ///< this very key is listed
    kUnknown,    ///< nothing is known of this host
    kOtherType,  ///< keys of other types are listed, none of this one
    kChanged,    ///< another key of this type is listed
    kRevoked,    ///< the key is marked @revoked
    kAuthority,  ///< only a @cert-authority line covers the host
  };
  struct Answer {
    Verdict verdict;
    std::string file;      ///< where the line that decided stands
    int line = 0;
    std::string known;     ///< fingerprint of the key that is listed instead (kChanged)
  };

  /// Adds a file's text; lines that cannot be read are kept in `problems`.
  void add(std::string_view text, const std::string& file);
  Answer check(const std::string& host, int port, std::string_view key_blob) const;
  /// The key types listed for a host, in the order of preference in which they should be asked for; empty where none.
  std::vector<std::string> types(const std::string& host, int port) const;
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Line {
    std::string file;
    int number = 0;
    enum class Mark { kNone, kRevoked, kAuthority } mark = Mark::kNone;
    std::string hosts;  ///< comma-separated patterns, or one hashed name
    std::string blob;
  };
  bool matches(const Line& line, const std::string& host, int port) const;
  std::vector<Line> lines_;
  std::vector<std::string> problems_;
};

/// The line to add for a key, "host ssh-ed25519 AAAA...\n" ("[host]:2222" for other ports).
std::string known_hosts_line(const std::string& host, int port, std::string_view key_blob);
/// Adds a line to a file so that no other program sees half of it and nothing that another one added is lost: locked,
/// appended, synced. The file and its directory are made (0600, 0700) where they are missing.
Status known_hosts_append(const std::string& path, const std::string& line);

}  // namespace runbook::ssh
