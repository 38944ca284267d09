// SPDX-License-Identifier: Apache-2.0
#include "host/gate/pattern.h"

#include <algorithm>

namespace runbook {

Pattern Pattern::glob(std::string_view text) {
  std::string encoded(text);
  std::replace(encoded.begin(), encoded.end(), '*', kWildcard);
  return Pattern(std::move(encoded));
}

std::string Pattern::show() const {
  std::string text = encoded_;
  std::replace(text.begin(), text.end(), kWildcard, '*');
  return text;
}

// Going back to the last wildcard only is enough: no earlier one can be stretched past what stopped a later one,
// because the text between them would have to contain the same barrier.
bool Pattern::matches(std::string_view text, std::string_view barriers) const {
  constexpr std::size_t kNone = std::string::npos;
  std::size_t at = 0, in = 0, star = kNone, resume = 0;
  while (in < text.size()) {
    if (at < encoded_.size() && encoded_[at] == kWildcard) {
      star = at++;
      resume = in;
    } else if (at < encoded_.size() && encoded_[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != kNone && barriers.find(text[resume]) == std::string_view::npos) {
      at = star + 1;
      in = ++resume;
    } else {
      return false;
    }
  }
  while (at < encoded_.size() && encoded_[at] == kWildcard) ++at;
  return at == encoded_.size();
}

}  // namespace runbook
