// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_marker.h"

namespace runbook::machine {

namespace {
constexpr std::size_t kMostBefore = 16 * 1024;
}

std::string_view Marker::feed(std::string_view bytes) {
  if (found_) return bytes;
  before_ += bytes;
  const std::size_t at = before_.find(mark_);
  const std::size_t end = at == std::string::npos ? at : before_.find('\n', at);
  if (end == std::string::npos) {
    // The mark itself is never cut: it is at the end while its line is not complete.
    if (at == std::string::npos && before_.size() > 2 * kMostBefore) before_.erase(0, before_.size() - kMostBefore);
    return {};
  }
  found_ = true;
  word_ = before_.substr(at + mark_.size(), end - at - mark_.size());
  rest_ = before_.substr(end + 1);
  before_.erase(at);
  return rest_;
}

}  // namespace runbook::machine
