// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/error.h"
#include "runbook/value.h"

namespace runbook {

/// Removes the known secrets of a run from any text, raw or encoded (see secret_forms.h), also where line ends wrap
/// them: each becomes "***". A secret under four bytes is removed only as it is and as a whole word. One thread.
class Redactor {
 public:
  static constexpr std::string_view kMark = "***";

  Redactor();
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  void add(std::string_view secret);
  /// Adds every secret inside a value.
  void add_secrets_of(const Value& value);
  bool empty() const { return known_.empty(); }

  std::string redact(std::string_view text) const;
  /// Every string and key inside; secrets stay what they are.
  Value redact_value(const Value& value) const;
  /// Every text of the error, its context and its causes.
  Error redact_error(Error error) const;

  /// Redacts a text that arrives in pieces: what might be the beginning of a secret is held back until more is known.
  class Stream {
   public:
    explicit Stream(const Redactor& redactor);
    ~Stream();
    Stream(Stream&&) noexcept;

    /// What can be shown by now.
    std::string feed(std::string_view chunk);
    /// The rest; the stream can be used again.
    std::string finish();

   private:
    struct Span {
      std::size_t begin, end;  // in held_
      bool word;               // counts only where no word character is next to it
    };
    void scan(std::string_view chunk);
    std::string emit(bool finished);

    const Redactor* redactor_;
    std::uint64_t version_ = 0;
    std::int32_t state_ = 0;
    std::string held_;
    std::vector<std::size_t> places_;  // of the bytes in held_ that are no line ends
    std::vector<Span> found_;
    char before_ = '\n';  // the byte before held_
  };

 private:
  struct Node;
  void insert(std::string_view form);
  void build() const;
  std::int32_t child(std::int32_t node, unsigned char c) const;
  std::int32_t advance(std::int32_t node, unsigned char c) const;
  bool finds_any(std::string_view text) const;

  std::vector<std::string> known_;
  mutable std::vector<Node> nodes_;
  mutable std::array<std::int32_t, 256> root_{};  ///< the root's children, 0 where there is none
  mutable bool built_ = true;
  std::uint64_t version_ = 1;
};

}  // namespace runbook
