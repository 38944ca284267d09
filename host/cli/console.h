// SPDX-License-Identifier: Apache-2.0
//
// Where output goes and what it may look like there.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "host/cli/command_line.h"

namespace runbook::cli {

/// One of the two output streams. A closed pipe is remembered, not reported: what is written afterwards is dropped.
struct Stream {
  std::function<bool(std::string_view)> write;  ///< false once it cannot be written to
  std::function<int()> problem;                 ///< the errno that ended it; 0: none, or only that nobody reads any more
  bool terminal = false;
  bool colour = false;
};

struct Console {
  Stream out;  ///< results
  Stream err;  ///< progress, logs, errors
  bool redraws = false;  ///< `err` is a terminal on which the cursor can go back
  bool unicode = false;
  std::function<std::pair<int, int>()> size;  ///< columns and rows of the terminal behind `err`
  std::function<double()> now;                ///< seconds, monotonic
};

/// The console of this process, as its environment (NO_COLOR, FORCE_COLOR, TERM, LC_ALL) and --color and --plain say.
/// Ignores SIGPIPE.
Console open_console(const CommandLine& line);

/// Whether to colour: --color, then NO_COLOR (set and not empty), FORCE_COLOR, then what the stream is.
bool want_colour(std::string_view when, bool terminal, const std::function<const char*(const char*)>& environment);

/// Paints text for one stream.
class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}
  std::string red(std::string_view text) const { return with("31", text); }
  std::string green(std::string_view text) const { return with("32", text); }
  std::string yellow(std::string_view text) const { return with("33", text); }
  std::string cyan(std::string_view text) const { return with("36", text); }
  std::string bold(std::string_view text) const { return with("1", text); }
  std::string dim(std::string_view text) const { return with("2", text); }
  bool colour() const { return colour_; }

 private:
  std::string with(std::string_view code, std::string_view text) const;
  bool colour_;
};

/// Columns that the text takes on a terminal; colours take none.
int text_width(std::string_view text);
/// The text cut to the width, with an ellipsis where something is missing. Colours are kept and ended.
std::string fit(std::string_view text, int width, bool unicode);
/// One line: newlines and tabs become blanks, control bytes visible.
std::string one_line(std::string_view text);

}  // namespace runbook::cli
