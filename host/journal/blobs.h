// SPDX-License-Identifier: Apache-2.0
//
// Values over a megabyte are kept as files named by their hash, and the database holds the name: it stays small, and
// the same content is kept once.
#pragma once

#include <string>

#include "runbook/result.h"

namespace runbook::journal {

inline constexpr std::size_t kInlineLimit = 1 << 20;
inline constexpr std::size_t kValueLimit = 64 << 20;

/// What the database holds for the text: itself, or "@blob:<hash>" after writing blobs/<hash>. Over 64 MiB: "journal.too_large".
Result<std::string> keep(const std::string& directory, std::string text);
/// The text that `keep` gave this for.
Result<std::string> recall(const std::string& directory, std::string kept);

}  // namespace runbook::journal
