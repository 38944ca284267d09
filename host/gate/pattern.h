// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace runbook {

/// A text with wildcards. A wildcard is the byte kWildcard, not '*': a '*' that came from a parameter's value stays
/// a plain character, whatever is done to the text between reading it and matching it.
class Pattern {
 public:
  static constexpr char kWildcard = '\x01';

  Pattern() = default;
  explicit Pattern(std::string encoded) : encoded_(std::move(encoded)) {}
  /// Every '*' is a wildcard.
  static Pattern glob(std::string_view text);

  /// Whether the whole text matches; a wildcard stands for any characters, none of them in `barriers`.
  bool matches(std::string_view text, std::string_view barriers = {}) const;

  /// Whether it is one wildcard and nothing else.
  bool is_any() const { return encoded_.size() == 1 && encoded_[0] == kWildcard; }
  bool has_wildcard() const { return encoded_.find(kWildcard) != std::string::npos; }
  const std::string& encoded() const { return encoded_; }
  /// As a person wrote it: wildcards are '*' again.
  std::string show() const;

 private:
  std::string encoded_;
};

}  // namespace runbook
