// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/frames.h"

#include <algorithm>
#include <cstring>

namespace runbook::docker {

Status Frames::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const std::string_view piece = bytes.substr(0, left_);
      left_ -= static_cast<std::uint32_t>(piece.size());
      bytes.remove_prefix(piece.size());
      sink_(stream_, piece);
      continue;
    }
    const std::size_t take = std::min(sizeof header_ - header_size_, bytes.size());
    std::memcpy(header_ + header_size_, bytes.data(), take);
    header_size_ += take;
    bytes.remove_prefix(take);
    if (header_size_ < sizeof header_) break;
    header_size_ = 0;
    if (header_[0] > 3 || header_[1] != 0 || header_[2] != 0 || header_[3] != 0) {
      return Error("docker.engine", "the engine's stream of output is broken: a frame does not begin as it must");
    }
    // 3 is the engine's own report of an error within the stream.
    stream_ = header_[0] == 0 ? 1 : std::min<int>(header_[0], 2);
    left_ = static_cast<std::uint32_t>(header_[4]) << 24U | static_cast<std::uint32_t>(header_[5]) << 16U |
            static_cast<std::uint32_t>(header_[6]) << 8U | static_cast<std::uint32_t>(header_[7]);
  }
  return Unit{};
}

void Lines::feed(std::string_view bytes) {
  for (;;) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    if (rest_.empty()) {
      emit(bytes.substr(0, end));
    } else {
      rest_ += bytes.substr(0, end);
      emit(rest_);
      rest_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  rest_ += bytes;
  if (rest_.size() >= kMaxLine) end();
}

void Lines::end() {
  if (rest_.empty()) return;
  emit(rest_);
  rest_.clear();
}

void Lines::emit(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  sink_(line);
}

}  // namespace runbook::docker
