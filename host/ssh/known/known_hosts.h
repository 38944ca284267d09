// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runbook/result.h"

namespace runbook::ssh {

/// What known_hosts files say of one server (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
///
/// A server at another port than 22 is listed as "[host]:port". Where nothing is known of that, a key that is listed
/// for the plain name is accepted, as ssh does: only this server can have it. Another key under the plain name says
/// nothing. Stricter than ssh: what is revoked for the plain name is revoked at every port.
class KnownHosts {
 public:
  enum class Verdict {
    kKnown,      ///< this very key is listed
    kUnknown,    ///< nothing is known of this host
    kOtherType,  ///< keys of other types are listed, none of this one; to ssh the same as kChanged
    kChanged,    ///< another key of this type is listed
    kRevoked,    ///< the key is marked @revoked
    kAuthority,  ///< only a @cert-authority line covers the host
  };
  struct Answer {
    Verdict verdict;
    std::string file;  ///< where the line that decided stands
    int line = 0;
    std::string known;  ///< fingerprint of the key that is listed instead (kChanged)
  };

  /// Adds a file's text; lines that cannot be read are kept in `problems`.
  void add(std::string_view text, const std::string& file);
  Answer check(const std::string& host, int port, std::string_view key_blob) const;
  /// The key types listed for a host, in the order of preference in which they should be asked for; empty where none.
  /// "ssh-rsa" is the key's type: rsa-sha2-512 and rsa-sha2-256 are to be asked for with it. Types that libssh2 does
  /// not know are left out.
  std::vector<std::string> types(const std::string& host, int port) const;
  const std::vector<std::string>& problems() const { return problems_; }
  /// Whether a line of a file names this host at this port, and nobody else: no pattern, no mark, no second name.
  static bool stands_for(std::string_view line, const std::string& host, int port);

 private:
  struct Line {
    std::string file;
    int number = 0;
    enum class Mark { kNone, kRevoked, kAuthority } mark = Mark::kNone;
    std::string hosts;         ///< comma-separated patterns; empty where the name is hashed
    std::string salt, digest;  ///< of a hashed name
    std::string type, blob;

    /// Reads a line that is no comment; gives what is wrong with it, or nothing.
    std::string read(std::string_view text);
    std::string read_name(std::string_view name);
    /// `name` in lower case, with "[...]:port" where the port is another than 22.
    bool covers(const std::string& name) const;
    /// What a line that covers the host, and is not @revoked, says of a key.
    Verdict verdict_on(std::string_view key, std::string_view key_type) const;
  };
  void note(std::size_t index);
  /// The lines that may cover one of the names, in their order.
  std::vector<const Line*> candidates(const std::string& name, const std::string& other) const;

  std::vector<Line> lines_;
  std::unordered_map<std::string, std::vector<std::size_t>> named_;  ///< lines with plain names only, by each of them
  std::vector<std::size_t> unnamed_;                                 ///< those with patterns, or hashed
  std::vector<std::string> problems_;
};

/// The line to add for a key, "host ssh-ed25519 AAAA...\n" ("[host]:2222" for other ports). Empty where the host's name
/// or the key would make it mean something else (a pattern, two lines).
std::string known_hosts_line(const std::string& host, int port, std::string_view key_blob);
/// Adds a line to a file so that no other program sees half of it and nothing that another one added is lost: locked,
/// appended, synced. The file and its directory are made (0600, 0700) where they are missing. Blocking, for two seconds
/// at most where another program holds the lock. `judge`, asked under the lock, sees what the file says by then, and
/// whether the line is still wanted. Errors: "ssh.known_hosts", those of `judge`.
using KnownHostsJudge = std::function<Result<bool>(const KnownHosts& now)>;
Status known_hosts_append(const std::string& path, const std::string& line, const KnownHostsJudge& judge = {});

/// Takes out the lines that stand for this host at this port alone (patterns, marked lines and lines with several names
/// stay), and says how many. The file is replaced in one go, under the same lock. A file that is not there has none.
Result<int> known_hosts_remove(const std::string& path, const std::string& host, int port);

}  // namespace runbook::ssh
