// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook::docker {

/// Takes apart what a container without a terminal writes: frames of 8 bytes (stream, 0, 0, 0, length big-endian) and
/// as many bytes of payload. Payload is passed on as it comes, without being copied or kept.
class Frames {
 public:
  using Sink = std::function<void(int stream, std::string_view bytes)>;  ///< stream 1: stdout, 2: stderr
  explicit Frames(Sink sink) : sink_(std::move(sink)) {}

  /// docker.engine where the bytes are no frames.
  Status feed(std::string_view bytes);
  /// Whether the stream may end here: between two frames.
  bool complete() const { return header_size_ == 0 && left_ == 0; }

 private:
  Sink sink_;
  unsigned char header_[8] = {};
  std::size_t header_size_ = 0;
  std::uint32_t left_ = 0;
  int stream_ = 1;
};

/// Cuts text into lines, per stream. A line longer than kMaxLine is handed on in pieces.
class Lines {
 public:
  static constexpr std::size_t kMaxLine = 1U << 20U;
  using Sink = std::function<void(std::string_view line)>;
  explicit Lines(Sink sink) : sink_(std::move(sink)) {}

  void feed(std::string_view bytes);
  /// Hands on what follows the last newline.
  void end();

 private:
  void emit(std::string_view line);
  Sink sink_;
  std::string rest_;
};

}  // namespace runbook::docker
