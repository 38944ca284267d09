// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

/// The texts under which a secret may turn up: as it is, its lines, and encoded as base64 (both alphabets, at each of the
/// three offsets it can have within something longer), hex, percent-encoding, JSON, XML and shell quoting.
/// Line ends are left out: whoever looks for these forms skips them in the text too, which finds wrapped ones.
std::vector<std::string> secret_forms(std::string_view secret);

}  // namespace runbook
