// SPDX-License-Identifier: Apache-2.0
// Lua patterns, as the manual defines them, in a matcher that can be stopped: the stock one backtracks for hours
// on a short hostile pattern, out of reach of any hook.
#pragma once

#include <cstddef>
#include <string_view>

#include "host/script/lua_api.h"

namespace runbook::script {

class Matcher {
 public:
  /// The subject and pattern must stay on L's stack: captures point into them.
  Matcher(lua_State* L, std::string_view subject, std::string_view pattern)
      : L_(L), begin_(subject.data()), end_(begin_ + subject.size()), pattern_end_(pattern.data() + pattern.size()) {}

  /// The end of a match of `pattern` that begins at `at`, or null. Raises for a malformed pattern.
  const char* match(const char* at, const char* pattern) {
    captures_ = 0;
    return descend(at, pattern);
  }

  /// Pushes one capture of the match [from, to); the whole match as capture 0 where there are none.
  void push_capture(int index, const char* from, const char* to);
  /// Pushes all captures, or the whole match where there are none; gives their number.
  int push_captures(const char* from, const char* to);
  /// As push_captures, but nothing for a pattern without captures.
  int push_only_captures();

 private:
  static constexpr int kMaxCaptures = 32;
  static constexpr int kMaxDepth = 200;
  enum : std::ptrdiff_t { kOpen = -1, kPosition = -2 };
  struct Capture {
    const char* start;
    std::ptrdiff_t length;
  };

  const char* descend(const char* at, const char* p);
  const char* run(const char* at, const char* p);
  const char* open_capture(const char* at, const char* p, std::ptrdiff_t kind);
  const char* close_capture(const char* at, const char* p);
  const char* greedy(const char* at, const char* p, const char* rest);
  const char* lazy(const char* at, const char* p, const char* rest);
  const char* balanced(const char* at, const char* p);
  const char* same_again(const char* at, char digit);
  bool frontier(const char* at, const char* p, const char* rest);
  bool one(const char* at, const char* p, const char* rest);
  const char* class_end(const char* p);
  void spend(std::size_t steps);

  lua_State* L_;
  const char* begin_;
  const char* end_;
  const char* pattern_end_;
  std::size_t spent_ = 0;
  int captures_ = 0;
  int depth_ = 0;
  Capture capture_[kMaxCaptures];
};

}  // namespace runbook::script
