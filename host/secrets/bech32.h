// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook::secrets {

/// Bech32 of BIP 173, without its limit on length: how age writes keys. The prefix decides the case.
std::string bech32_encode(std::string_view prefix, std::string_view bytes);

struct Bech32 {
  std::string prefix;  ///< in lower case
  std::string bytes;
};
Result<Bech32> bech32_decode(std::string_view text);

}  // namespace runbook::secrets
