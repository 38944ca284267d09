// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runbook {

namespace detail {
inline void append(std::string& out, std::string_view piece) { out += piece; }
inline void append(std::string& out, const std::string& piece) { out += piece; }
inline void append(std::string& out, const char* piece) { out += piece; }
inline void append(std::string& out, char piece) { out += piece; }
template <class T>
  requires std::is_arithmetic_v<T>
void append(std::string& out, T piece) {
  out += std::to_string(piece);
}
}  // namespace detail

/// Joins text and numbers: cat("line ", 3, ": ", what).
template <class... Pieces>
std::string cat(const Pieces&... pieces) {
  std::string out;
  (detail::append(out, pieces), ...);
  return out;
}

/// The pieces with `separator` between them.
std::string join(const std::vector<std::string>& pieces, std::string_view separator);

/// The parts of `text` between the separators; one part for an empty text.
std::vector<std::string> split(std::string_view text, char separator);

std::string_view trim(std::string_view text);

/// 1-based line and column of a byte offset.
std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t offset);

/// Offset of the first byte that is not valid UTF-8, or npos.
std::size_t invalid_utf8(std::string_view text);

/// Appends a JSON string literal; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// The text with invalid UTF-8 replaced by U+FFFD and control bytes other than newline and tab made visible as
/// \xHH: what may be shown on a terminal or written to a log.
std::string printable(std::string_view text);

/// The candidate nearest to `word` by edit distance, or empty where none is near enough to be meant.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// Seconds of "90", "90s", "5m", "1h30m", "250ms", "2d"; negative for what is no duration.
double parse_duration(std::string_view text);

/// Bytes of "4096", "10MiB", "1.5GB", "64k"; negative for what is no size.
double parse_size(std::string_view text);

/// "1.2 s", "350 ms", "4m 10s": for people.
std::string show_duration(double seconds);

}  // namespace runbook
