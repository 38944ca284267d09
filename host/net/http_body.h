// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/net/http_head.h"

namespace runbook {

/// The body of a response as it stands on the wire (RFC 9112, section 6): with a length, in chunks, or until the
/// connection ends.
class HttpBody {
 public:
  /// By the final head of the answer to `method`. Error http.protocol.
  Status begin(const HttpHead& head, std::string_view method);
  /// Takes from the front of `wire` and gives what of it is content: empty where more is needed, or all is there.
  /// Errors http.protocol, http.too_large (trailers).
  Result<std::string_view> next(std::string_view& wire);
  bool whole() const { return state_ == State::kWhole; }
  /// Its end is that of the connection.
  bool until_close() const { return state_ == State::kUntilClose; }

 private:
  enum class State { kWhole, kLength, kUntilClose, kSize, kChunk, kChunkEnd, kTrailer };
  Status take_line(std::string_view& wire, bool& complete);
  Status take_size();

  State state_ = State::kWhole;
  std::uint64_t left_ = 0;  ///< of the body, or of this chunk
  std::string line_;
  std::size_t trailers_ = 0;
};

}  // namespace runbook
