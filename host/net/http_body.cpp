// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_body.h"

#include <algorithm>
#include <charconv>

#include "host/core/text.h"

namespace runbook {
namespace {

constexpr std::size_t kMaxLine = 16U << 10U;
constexpr std::size_t kMaxTrailers = 64U << 10U;

Error wrong(std::string_view what) { return Error("http.protocol", cat("the body of the response is broken: ", what)); }

Result<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return wrong(cat("'", printable(text.substr(0, 40)), "' is no length"));
  return value;
}

}  // namespace

Status HttpBody::begin(const HttpHead& head, std::string_view method) {
  state_ = State::kUntilClose;
  if (method == "HEAD" || head.status == 204 || head.status == 304) {
    state_ = State::kWhole;
    return Unit{};
  }
  const std::string* length = nullptr;
  for (const auto& [name, value] : head.headers) {
    if (name == "transfer-encoding") {
      // Whoever does not know an encoding cannot know where the body ends.
      if (lower_case(value) != "chunked") return wrong(cat("the transfer encoding '", printable(value.substr(0, 40)), "' is not known"));
      state_ = State::kSize;
    }
    if (name != "content-length") continue;
    if (length && *length != value) return wrong("it has two lengths");
    length = &value;
  }
  if (!length || state_ == State::kSize) return Unit{};
  const auto bytes = number(*length, 10);
  if (!bytes) return bytes.error();
  left_ = *bytes;
  state_ = left_ == 0 ? State::kWhole : State::kLength;
  return Unit{};
}

Status HttpBody::take_line(std::string_view& wire, bool& complete) {
  const auto end = wire.find('\n');
  complete = end != std::string_view::npos;
  line_ += wire.substr(0, end);
  if (line_.size() > kMaxLine) return wrong("a line in it does not end");
  wire.remove_prefix(complete ? end + 1 : wire.size());
  if (complete && !line_.empty() && line_.back() == '\r') line_.pop_back();
  return Unit{};
}

Status HttpBody::take_size() {
  const std::string_view line = line_;
  const auto size = number(trim(line.substr(0, line.find(';'))), 16);  // behind ';' stand extensions, which may be ignored
  if (!size) return size.error();
  left_ = *size;
  state_ = left_ == 0 ? State::kTrailer : State::kChunk;
  return Unit{};
}

Result<std::string_view> HttpBody::next(std::string_view& wire) {
  while (!wire.empty() && state_ != State::kWhole) {
    if (state_ == State::kUntilClose) return std::exchange(wire, {});
    if (state_ == State::kLength || state_ == State::kChunk) {
      const std::string_view piece = wire.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, wire.size())));
      wire.remove_prefix(piece.size());
      left_ -= piece.size();
      if (left_ == 0) state_ = state_ == State::kLength ? State::kWhole : State::kChunkEnd;
      return piece;
    }
    bool complete = false;
    RUNBOOK_TRY(take_line(wire, complete));
    if (!complete) break;
    if (state_ == State::kSize) {
      RUNBOOK_TRY(take_size());
    } else if (state_ == State::kChunkEnd) {
      if (!line_.empty()) return wrong("a chunk is longer than it says");
      state_ = State::kSize;
    } else if (line_.empty()) {
      state_ = State::kWhole;
    } else if ((trailers_ += line_.size()) > kMaxTrailers) {
      return Error("http.too_large", "the trailers of the response do not end");
    }
    line_.clear();
  }
  return std::string_view();
}

}  // namespace runbook
