// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/run/remote_script.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "host/core/text.h"

namespace runbook::ssh {

namespace {

constexpr std::size_t kMostBefore = 4096;
constexpr std::size_t kMostMark = 40;  // after the nonce

/// Means itself between single quotes to all shells, and to printf's %b.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '\'' && c != '\\' && c != '!'; }

/// As printf's %b reads it. What a program is given is encrypted and summed, so its length counts.
std::string octal(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto value = static_cast<unsigned char>(text.front());
    const char digits[] = {'\\', '0', static_cast<char>('0' + (value >> 6U)), static_cast<char>('0' + (value >> 3U & 7U)),
                           static_cast<char>('0' + (value & 7U))};
    out.append(digits, sizeof digits);
    text.remove_prefix(1);
  }
  return out;
}

/// For a POSIX shell.
std::string sh_word(std::string_view text) {
  std::string out = "'";
  out.reserve(text.size() + text.size() / 8 + 2);
  for (std::size_t quote; (quote = text.find('\'')) != std::string_view::npos; text.remove_prefix(quote + 1)) {
    out += text.substr(0, quote);
    out += "'\\''";
  }
  out += text;
  out += '\'';
  return out;
}

}  // namespace

std::string wrapped_command(const std::vector<std::string>& argv, const std::string& nonce, bool terminal) {
  // In two halves, so that the marks are nowhere in what is sent: a login shell may print that (set -x, an audit).
  const std::string mark = cat(nonce.substr(0, nonce.size() / 2), ' ', nonce.substr(nonce.size() / 2), ' ');
  // The group is the fifth field of its own stat; where there is no /proc, sh is taken to be the leader, as under sshd.
  // It is there until the program has ended: the server takes its end for the program's, and would end the input.
  std::string script = cat("trap : TERM;g=$$;{ read -r a b c d g e </proc/$$/stat;} 2>/dev/null;printf '%s%s+%s\\n' ", mark, "\"$g\";");
  if (!terminal) script += cat("printf '%s%s+\\n' ", mark, ">&2;");
  for (const std::string& word : argv) script += sh_word(word) + ' ';
  const std::string end = cat("printf '%s%s=%s\\n' ", mark, "\"$c\"");
  script += cat(";c=$?;", end, terminal ? ";" : cat(';', end, " >&2;"), "exit \"$c\"");
  // Single quotes mean the same to all shells as long as there is no backslash before a backslash or a quote between them
  // (fish), no line break and no exclamation mark (csh). The octal form has none of them, and costs a fork.
  const bool same_everywhere = script.find_first_of("\n!") == std::string::npos && script.find("\\\\") == std::string::npos &&
                               script.find("\\'") == std::string::npos;
  if (same_everywhere) return cat("exec sh -c ", sh_word(script));
  return cat("exec sh -c 'eval \"$(printf %b \"$0\")\"' '", octal(script), '\'');
}

std::string kill_command(int group) {
  const std::string all = cat("-", group);  // without "--": dash takes that for a number
  return cat("exec sh -c 'kill -TERM ", all, ";i=0;while [ $i -lt 50 ];do kill -0 ", all,
             " 2>/dev/null||exit 0;sleep 0.1 2>/dev/null||{ sleep 1;i=$((i+9));};i=$((i+1));done;kill -KILL ", all, "'");
}

// Where in `held_` the line of a mark begins that is there with its end; nothing otherwise.
std::size_t MarkedStream::mark(char kind, std::size_t& line_end) const {
  const std::size_t at = held_.find(nonce_ + kind);
  line_end = at == std::string::npos ? at : held_.find('\n', at);
  return line_end == std::string::npos ? line_end : at;
}

std::string MarkedStream::take(std::string_view bytes) {
  held_ += bytes;
  std::size_t end = 0;
  if (!begun_) {
    const std::size_t at = mark('+', end);
    if (at == std::string::npos) {
      if (held_.find(nonce_) == std::string::npos && held_.size() > 2 * kMostBefore) held_.erase(0, held_.size() - kMostBefore);
      before_ = held_;
      return {};
    }
    before_ = held_.substr(0, at);
    group_ = std::atoi(held_.c_str() + at + nonce_.size() + 1);
    held_.erase(0, end + 1);
    begun_ = true;
  }
  if (!has_end_) return std::exchange(held_, {});
  if (code_) {
    held_.clear();  // of what was left behind in the background
    return {};
  }
  std::size_t at = mark('=', end);
  if (at != std::string::npos) {
    code_ = std::atoi(held_.c_str() + at + nonce_.size() + 1);
    std::string out = held_.substr(0, at);
    held_.clear();
    return out;
  }
  // What could be the beginning of the mark waits for more.
  at = held_.find(nonce_);
  std::size_t keep = at == std::string::npos ? 0 : held_.size() - at;
  for (std::size_t size = std::min(nonce_.size() - 1, held_.size()); keep == 0 && size > 0; --size) {
    if (std::string_view(held_).substr(held_.size() - size) == std::string_view(nonce_).substr(0, size)) keep = size;
  }
  if (keep > nonce_.size() + kMostMark) keep = 0;
  std::string out = held_.substr(0, held_.size() - keep);
  held_.erase(0, held_.size() - keep);
  return out;
}

std::string MarkedStream::rest() { return begun_ ? std::exchange(held_, {}) : std::string(); }

}  // namespace runbook::ssh
