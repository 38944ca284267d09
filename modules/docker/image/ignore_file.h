// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook::docker {

/// A `.dockerignore`: which paths of a build context are left out. Patterns as the docker client reads them: `*`, `?`
/// and `[a-z]` within a name, `**` across names, `!` brings back, the last pattern that fits decides, and a pattern
/// that fits a directory fits what is in it.
class IgnoreFile {
 public:
  explicit IgnoreFile(std::string_view text);

  /// `path` is relative, with slashes: "src/main.o".
  bool ignores(const std::string& path) const;
  /// Whether something below an ignored directory may be brought back, so that it must be looked through.
  bool has_exceptions() const { return has_exceptions_; }

 private:
  struct Rule {
    std::vector<std::string> names;
    bool keep = false;
  };
  std::vector<Rule> rules_;
  bool has_exceptions_ = false;
};

/// Whether one name fits a pattern of one name.
bool name_fits(std::string_view pattern, std::string_view name);

}  // namespace runbook::docker
