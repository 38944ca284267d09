// SPDX-License-Identifier: Apache-2.0
//
// What a runbook may touch. A grant is a kind, a target and, for the kinds of modules, patterns of what may be done
// there:
//
//   permissions = {
//     net    = { "https://*.hbp.example" },                       -- a list: everything on these targets
//     write  = { "/srv/{service}" },
//     docker = { ["ssh://deploy@node2"] = { "image.*", "container.*:{service}-*" } },
//   }
//
// How targets match, by kind:
//   net          scheme://host[:port]. The port is the scheme's own unless one is named; ":*" is any port. "*" stands for
//                characters within one label of the host ("https://*.hbp.example" is one level deep, as in
//                certificates); a host that is only "*" is any host. No wildcard covers link-local addresses,
//                where clouds keep their credentials: these are named in full.
//   read, write  an absolute path and everything below it; "*" stays within one component. write covers read.
//   run          the path of a program, or a bare name for the one of the system's own directories; "process:NAME" for
//                the detached process of that name.
//   env, secret  a name; "*" is any characters.
//   of a module  the target of its handles ("unix:///var/run/docker.sock", a zone); "*" stops at '/' and '@'.
// A target that is only "*" is every target. In "noun.verb:name" patterns (or "verb", for what acts on the target itself)
// "*" is any characters; without ":name" the pattern covers every name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/gate/pattern.h"
#include "runbook/operation.h"

namespace runbook {

/// What is needed to read a permissions table.
struct PermissionScope {
  std::vector<std::string> module_kinds = {"docker", "ssh", "dns", "cloud", "cert", "db"};
  std::vector<std::string> bare_verbs;   ///< those without a noun: "query" of db.query
  std::vector<std::string> param_names;  ///< what `{name}` may refer to
  /// The parameters' values, an object; null while they are not known: `{name}` then covers nothing.
  Value params;
  std::string directory = "/";  ///< what relative paths are relative to
  std::string home;             ///< what "~/" stands for; empty: nothing
};

class Permissions {
 public:
  struct Parsed;

  /// Reads a declaration's table; finds all its problems at once.
  static Parsed parse(const Value& table, const PermissionScope& scope);

  /// Adds a grant of the form KIND, KIND=TARGET or KIND=TARGET=PATTERN, as in `--allow net=https://example.org`.
  Status allow(std::string_view text, const PermissionScope& scope);
  /// Takes away, whatever else is granted.
  Status deny(std::string_view text, const PermissionScope& scope);

  bool covers(const Access& access) const;
  /// As covers, for a call whose arguments are not all known yet: an empty target or name may turn out to be anything.
  bool may_cover(const Access& access) const;
  /// The denial that hits this access, as it was given; empty where there is none.
  std::string denied_by(const Access& access) const;
  std::vector<Access> missing(const std::vector<Access>& accesses) const;

  /// The grants and denials, for people and `--json`: a list of {kind, target, patterns?, source = "runbook" | "--allow" |
  /// "--deny"}.
  Value describe() const;

 private:
  struct Grant {
    std::string kind;
    std::string target;             ///< as written, parameters filled in
    std::vector<Pattern> paths;     ///< read, write: the path, and where its links lead
    Pattern pattern;                ///< the target, or a net target's host
    std::string scheme;             ///< net
    int port = 0;                   ///< net; -1: any
    std::vector<std::pair<Pattern, Pattern>> actions;  ///< verb and name; none: all
    std::vector<std::string> shown;                    ///< the actions as written
    const char* source = "runbook";
    bool denial = false;

    bool on_target(const Access& access) const;
    bool allows(const Access& access, bool any_name = false) const;
  };
  class Reader;

  Status add(std::string_view text, const PermissionScope& scope, const char* source, std::vector<Grant>& list);

  std::vector<Grant> grants_;
  std::vector<Grant> denials_;
};

struct Permissions::Parsed {
  Permissions permissions;
  std::vector<std::string> problems;  ///< one line each
};

/// Whether `access` is part of what `covering` was allowed to touch: the operations inside a composite.
bool is_part_of(const Access& access, const std::vector<Access>& covering);

/// An absolute path without ".", ".." and doubled slashes, by its text alone.
std::string normal_path(std::string_view path, std::string_view directory = "/");

}  // namespace runbook
