// SPDX-License-Identifier: Apache-2.0
#include "host/script/sandbox/pattern.h"

#include <array>
#include <cstring>

#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

constexpr std::size_t kStepsBetweenLooks = 4096;

int byte(char c) { return static_cast<unsigned char>(c); }

// Bits of what a byte is in the C locale; a table, because this is where matching spends its time.
enum Kind : unsigned { kUpper = 1, kLower = 2, kDigit = 4, kHex = 8, kSpace = 16, kPunct = 32, kControl = 64, kZero = 128 };

constexpr std::array<unsigned char, 256> make_kinds() {
  std::array<unsigned char, 256> out{};
  for (unsigned c = 0; c < 128; ++c) {
    unsigned kinds = 0;
    if (c >= 'A' && c <= 'Z') kinds = kUpper | (c <= 'F' ? kHex : 0U);
    else if (c >= 'a' && c <= 'z') kinds = kLower | (c <= 'f' ? kHex : 0U);
    else if (c >= '0' && c <= '9') kinds = kDigit | kHex;
    else if (c < ' ' || c == 127) kinds = kControl;
    else if (c > ' ') kinds = kPunct;
    if (c == ' ' || (c >= 9 && c <= 13)) kinds |= kSpace;
    if (c == 0) kinds |= kZero;
    out[c] = static_cast<unsigned char>(kinds);
  }
  return out;
}

/// What a class letter stands for; 0 for a character that stands for itself.
constexpr unsigned kinds_of(int letter) {
  switch (letter) {
    case 'a': return kUpper | kLower;
    case 'c': return kControl;
    case 'd': return kDigit;
    case 'g': return kUpper | kLower | kDigit | kPunct;
    case 'l': return kLower;
    case 'p': return kPunct;
    case 's': return kSpace;
    case 'u': return kUpper;
    case 'w': return kUpper | kLower | kDigit;
    case 'x': return kHex;
    case 'z': return kZero;  // of Lua 5.1, still understood
    default: return 0;
  }
}

constexpr std::array<unsigned char, 256> make_classes() {
  std::array<unsigned char, 256> out{};
  for (int c = 'a'; c <= 'z'; ++c) {
    out[static_cast<std::size_t>(c)] = out[static_cast<std::size_t>(c - 'a' + 'A')] = static_cast<unsigned char>(kinds_of(c));
  }
  return out;
}

constexpr auto kKinds = make_kinds();
constexpr auto kClasses = make_classes();

bool in_class(int c, int name) {
  const unsigned wanted = kClasses[static_cast<std::size_t>(name)];
  if (wanted == 0) return name == c;
  const bool found = (kKinds[static_cast<std::size_t>(c)] & wanted) != 0;
  return (kKinds[static_cast<std::size_t>(name)] & kUpper) != 0 ? !found : found;
}

/// `set` is at the '[', `close` at its ']'.
bool in_set(int c, const char* set, const char* close) {
  const bool negated = set[1] == '^';
  for (const char* p = set + (negated ? 2 : 1); p < close; ++p) {
    if (*p == '%') {
      ++p;
      if (in_class(c, byte(*p))) return !negated;
    } else if (p[1] == '-' && p + 2 < close) {
      if (byte(*p) <= c && c <= byte(p[2])) return !negated;
      p += 2;
    } else if (byte(*p) == c) {
      return !negated;
    }
  }
  return negated;
}

}  // namespace

inline void Matcher::spend(std::size_t steps) {
  spent_ += steps;
  if (spent_ >= kStepsBetweenLooks) {
    spent_ = 0;
    check_kill(L_);
  }
}

const char* Matcher::descend(const char* at, const char* p) {
  if (depth_ == kMaxDepth) luaL_error(L_, "pattern too complex");
  ++depth_;
  const char* out = run(at, p);
  --depth_;
  return out;
}

const char* Matcher::run(const char* at, const char* p) {
  for (;;) {
    spend(1);
    if (p == pattern_end_) return at;
    const bool last = p + 1 == pattern_end_;
    if (*p == '(') return !last && p[1] == ')' ? open_capture(at, p + 2, kPosition) : open_capture(at, p + 1, kOpen);
    if (*p == ')') return close_capture(at, p + 1);
    if (*p == '$' && last) return at == end_ ? at : nullptr;
    if (*p == '%' && !last) {
      if (p[1] == 'b') {
        at = balanced(at, p + 2);
        if (at == nullptr) return nullptr;
        p += 4;
        continue;
      }
      if (p[1] == 'f') {
        p += 2;
        if (p == pattern_end_ || *p != '[') luaL_error(L_, "missing '[' after '%%f' in pattern");
        const char* rest = class_end(p);
        if (!frontier(at, p, rest)) return nullptr;
        p = rest;
        continue;
      }
      if (p[1] >= '0' && p[1] <= '9') {
        at = same_again(at, p[1]);
        if (at == nullptr) return nullptr;
        p += 2;
        continue;
      }
    }
    const char* rest = class_end(p);
    switch (rest < pattern_end_ ? *rest : '\0') {
      case '*': return greedy(at, p, rest);
      case '+': return one(at, p, rest) ? greedy(at + 1, p, rest) : nullptr;
      case '-': return lazy(at, p, rest);
      case '?':
        if (one(at, p, rest)) {
          if (const char* out = descend(at + 1, rest + 1)) return out;
        }
        p = rest + 1;
        break;
      default:
        if (!one(at, p, rest)) return nullptr;
        ++at;
        p = rest;
    }
  }
}

const char* Matcher::class_end(const char* p) {
  if (*p == '%') {
    if (++p == pattern_end_) luaL_error(L_, "malformed pattern (ends with '%%')");
    return p + 1;
  }
  if (*p != '[') return p + 1;
  const char* from = p;
  ++p;
  if (p < pattern_end_ && *p == '^') ++p;
  do {  // a ']' that comes first stands for itself
    if (p == pattern_end_) luaL_error(L_, "malformed pattern (missing ']')");
    if (*p++ == '%' && p < pattern_end_) ++p;
  } while (p == pattern_end_ || *p != ']');
  spend(static_cast<std::size_t>(p - from));
  return p + 1;
}

bool Matcher::one(const char* at, const char* p, const char* rest) {
  if (at >= end_) return false;
  switch (*p) {
    case '.': return true;
    case '%': return in_class(byte(*at), byte(p[1]));
    case '[': spend(static_cast<std::size_t>(rest - p)); return in_set(byte(*at), p, rest - 1);
    default: return *p == *at;
  }
}

bool Matcher::frontier(const char* at, const char* p, const char* rest) {
  const int before = at == begin_ ? 0 : byte(at[-1]);
  const int here = at == end_ ? 0 : byte(*at);
  return !in_set(before, p, rest - 1) && in_set(here, p, rest - 1);
}

const char* Matcher::greedy(const char* at, const char* p, const char* rest) {
  std::ptrdiff_t count = 0;
  while (one(at + count, p, rest)) {
    spend(1);
    ++count;
  }
  for (; count >= 0; --count) {
    if (const char* out = descend(at + count, rest + 1)) return out;
  }
  return nullptr;
}

const char* Matcher::lazy(const char* at, const char* p, const char* rest) {
  for (;; ++at) {
    if (const char* out = descend(at, rest + 1)) return out;
    if (!one(at, p, rest)) return nullptr;
  }
}

const char* Matcher::open_capture(const char* at, const char* p, std::ptrdiff_t kind) {
  if (captures_ >= kMaxCaptures) luaL_error(L_, "too many captures");
  capture_[captures_] = {at, kind};
  ++captures_;
  const char* out = descend(at, p);
  if (out == nullptr) --captures_;
  return out;
}

const char* Matcher::close_capture(const char* at, const char* p) {
  int index = captures_ - 1;
  while (index >= 0 && capture_[index].length != kOpen) --index;
  if (index < 0) luaL_error(L_, "invalid pattern capture");
  capture_[index].length = at - capture_[index].start;
  const char* out = descend(at, p);
  if (out == nullptr) capture_[index].length = kOpen;
  return out;
}

const char* Matcher::balanced(const char* at, const char* p) {
  if (p + 1 >= pattern_end_) luaL_error(L_, "malformed pattern (missing arguments to '%%b')");
  if (at == end_ || *at != *p) return nullptr;
  int open = 1;
  for (const char* s = at + 1; s < end_; ++s) {
    spend(1);
    if (*s == p[1]) {
      if (--open == 0) return s + 1;
    } else if (*s == *p) {
      ++open;
    }
  }
  return nullptr;
}

const char* Matcher::same_again(const char* at, char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= captures_ || capture_[index].length == kOpen) {
    luaL_error(L_, "invalid capture index %%%d", index + 1);
  }
  const std::ptrdiff_t length = capture_[index].length;
  if (length < 0 || end_ - at < length) return nullptr;
  spend(static_cast<std::size_t>(length) / 16);
  return std::memcmp(capture_[index].start, at, static_cast<std::size_t>(length)) == 0 ? at + length : nullptr;
}

void Matcher::push_capture(int index, const char* from, const char* to) {
  if (index >= captures_) {
    if (index != 0) luaL_error(L_, "invalid capture index %%%d", index + 1);
    lua_pushlstring(L_, from, static_cast<std::size_t>(to - from));
    return;
  }
  const Capture& capture = capture_[index];
  if (capture.length == kOpen) luaL_error(L_, "unfinished capture");
  if (capture.length == kPosition) {
    lua_pushinteger(L_, capture.start - begin_ + 1);
  } else {
    lua_pushlstring(L_, capture.start, static_cast<std::size_t>(capture.length));
  }
}

int Matcher::push_captures(const char* from, const char* to) {
  const int count = captures_ == 0 ? 1 : captures_;
  luaL_checkstack(L_, count, "too many captures");
  for (int i = 0; i < count; ++i) push_capture(i, from, to);
  return count;
}

int Matcher::push_only_captures() { return captures_ == 0 ? 0 : push_captures(nullptr, nullptr); }

}  // namespace runbook::script
