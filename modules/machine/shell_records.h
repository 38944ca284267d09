// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modules/machine/file_value.h"
#include "modules/machine/shell_run.h"

namespace runbook::machine {

/// Takes a script's output apart: pieces ended by the mark, which no file name and no link can hold, and lines.
class Records {
 public:
  explicit Records(const ShellEnd& end) : rest_(end.out), ending_(end.mark + "\n") {}

  /// What comes before the next mark; nothing where there is none.
  std::optional<std::string_view> piece();
  /// The next line, without its end; what is left where there is no end.
  std::string_view line();
  std::string_view rest() const { return rest_; }

  /// The numbers that the script's `ids` found for owner and group, as verifying scripts print them.
  struct Ids {
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
  };
  std::optional<Ids> ids();
  /// The path that the script's `where` printed.
  std::optional<std::string> where();
  /// What `facts` printed, a link's target included.
  std::optional<Found> facts();
  /// What is there by one line of stat: with its name, where stat printed it.
  static std::optional<Found> parse(std::string_view text);

 private:
  std::string_view rest_;
  std::string ending_;
};

/// What came back about a path is not what a script prints.
Error garbled(const std::string& path);

/// Of a directory as `where` prints it and a name in it.
std::string path_in(const std::string& directory, const std::string& name);

}  // namespace runbook::machine
