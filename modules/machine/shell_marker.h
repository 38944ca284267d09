// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace runbook::machine {

/// Finds, in a stream, the line by which a script says that it has begun. What comes before it is not ours: the banners
/// that a login prints. The script puts the mark together out of two halves, so that whatever repeats the command line
/// is not taken for it.
class Marker {
 public:
  explicit Marker(std::string mark) : mark_(std::move(mark)) {}

  /// Takes more of the stream and gives what belongs to the script: it is valid until the next call.
  std::string_view feed(std::string_view bytes);
  bool found() const { return found_; }
  /// What follows the mark on its line: empty, or why the script ended before it had begun.
  const std::string& word() const { return word_; }
  /// The end of what came before the mark.
  const std::string& before() const { return before_; }

 private:
  std::string mark_;
  std::string before_;
  std::string rest_;
  std::string word_;
  bool found_ = false;
};

}  // namespace runbook::machine
