// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/cli/console.h"
#include "host/cli/display.h"
#include "host/core/text.h"

namespace runbook::cli {

/// A terminal that understands what the live display sends: text, newline, carriage return, cursor up, erase below,
/// colours. What scrolls off its top is kept.
class FakeScreen {
 public:
  FakeScreen(int columns, int rows) : columns_(columns), rows_(rows) {}

  void write(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] == '\x1b') {
        const std::size_t end = text.find_first_of("mAJ", i);
        const int count = std::atoi(std::string(text.substr(i + 2, end - i - 2)).c_str());
        if (text[end] == 'A') {
          up(count);
        } else if (text[end] == 'J') {
          lines_.resize(static_cast<std::size_t>(row_) + 1);
          lines_.back().resize(static_cast<std::size_t>(column_));
        }
        i = end + 1;
      } else if (text[i] == '\n') {
        ++row_;
        column_ = 0;
        grow();
        ++i;
      } else if (text[i] == '\r') {
        column_ = 0;
        ++i;
      } else {
        put(text[i++]);
      }
    }
  }

  /// Everything that a person could scroll through.
  std::string text() const { return join(lines_, "\n"); }
  void resize(int columns, int rows) { columns_ = columns, rows_ = rows; }
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  int highest_up = 0;

 private:
  void up(int count) {
    highest_up = std::max(highest_up, count);
    row_ = std::max(0, row_ - count);
  }
  void grow() {
    if (lines_.size() <= static_cast<std::size_t>(row_)) lines_.resize(static_cast<std::size_t>(row_) + 1);
  }
  void put(char c) {
    grow();
    std::string& line = lines_[static_cast<std::size_t>(row_)];
    line.resize(std::max(line.size(), static_cast<std::size_t>(column_)));
    line.replace(static_cast<std::size_t>(column_), 1, 1, c);
    ++column_;
  }

  int columns_, rows_, row_ = 0, column_ = 0;
  std::vector<std::string> lines_{1};
};

struct FakeConsole {
  explicit FakeConsole(bool terminal = false, int columns = 60, int rows = 12) : screen(columns, rows) {
    console.out.write = [this](std::string_view text) {
      out += text;
      screen.write(text);
      return true;
    };
    console.err.write = [this](std::string_view text) {
      err += text;
      screen.write(text);
      return true;
    };
    console.out.terminal = console.err.terminal = console.redraws = terminal;
    console.unicode = false;
    console.size = [this] { return std::pair(screen.columns(), screen.rows()); };
    console.now = [this] { return time; };
  }

  std::string out, err;
  FakeScreen screen;
  double time = 100;
  Console console;
};

/// Feeds events written as JSON, one a line.
inline void feed(Display& display, const char* lines) {
  for (const std::string& line : split(lines, '\n')) {
    if (!trim(line).empty()) display.event(from_json(trim(line)).value());
  }
}

}  // namespace runbook::cli
