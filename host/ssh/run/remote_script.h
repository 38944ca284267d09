// SPDX-License-Identifier: Apache-2.0
//
// What is sent to a server to be run. sshd hands it to the user's login shell, which may be any, and which may print
// things of its own first. So what is sent is one word-by-word plain command for every shell there is, and it marks where
// the program's own output begins, under which process group it runs, and how it ended.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runbook::ssh {

/// The command line for a program; `nonce` tells our marks from what else is printed. It begins each stream with
/// NONCE+GROUP and ends it with NONCE=CODE; with a terminal there is one stream.
std::string wrapped_command(const std::vector<std::string>& argv, const std::string& nonce, bool terminal);
/// Ends a process group: TERM, five seconds, KILL.
std::string kill_command(int group);

/// One stream of a wrapped program: what comes between the marks.
class MarkedStream {
 public:
  /// `has_end`: the closing mark is expected on this one.
  MarkedStream(std::string nonce, bool has_end) : nonce_(std::move(nonce)), has_end_(has_end) {}
  /// The part of `bytes`, and of what was held back before, that is the program's own.
  std::string take(std::string_view bytes);
  /// What is left when nothing more comes.
  std::string rest();

  bool begun() const { return begun_; }
  int group() const { return group_; }                       ///< the process group, once begun; 0: not said
  std::optional<int> code() const { return code_; }          ///< the exit status, once it has ended
  const std::string& before() const { return before_; }      ///< what was printed before the program (the end of it)

 private:
  std::size_t mark(char kind, std::size_t& line_end) const;

  std::string nonce_;
  bool has_end_;
  bool begun_ = false;
  int group_ = 0;
  std::optional<int> code_;
  std::string before_, held_;
};

}  // namespace runbook::ssh
