// SPDX-License-Identifier: Apache-2.0
//
// Files as values, the same wherever they lie: how they have been looked at is up to the place.
#pragma once

#include <optional>
#include <string>

#include "host/core/files.h"
#include "modules/machine/place.h"

namespace runbook::machine {

inline constexpr std::int64_t kReadLimit = 64ll << 20;       ///< of `read`, where none is given
inline constexpr std::size_t kMostEntries = 100000;          ///< of a listing
inline constexpr std::uint64_t kMostCompared = 64ull << 20;  ///< of a file that is compared with a content
inline constexpr std::uint64_t kMostKept = 1 << 20;          ///< of a file's former content, for undo

/// What is at a path, with the names of its owners.
struct Found {
  files::Entry entry;
  std::string owner, group;
};
Value entry_value(const Found& found, const std::string& path);

/// What it should be.
struct Wanted {
  files::Attributes attributes;
  std::string owner, group;
};
/// How its content compares with the one that is described. Where that is a secret, `content` need not be known.
struct Compared {
  bool same = true;
  std::string content;
};
Result<std::optional<unsigned>> mode_of(const Value& args);
/// Whether a content may appear in a diff.
bool is_shown(const Value& content);
/// What file_verify says.
Value verified_absent(const Value& args, const std::string& path);
Value verified(const Found& there, const Wanted& wanted, const Compared& compared, const Value& args,
               const std::string& path);
/// Whether a change that file_verify can tell has happened, by what it says.
bool as_described(Verb verb, const Value& state);

/// What undo keeps of a path: {type = "absent" | "file" | "link" | "directory" | "lost", ...}; "lost" is what is too
/// large or not a plain thing. `content` is that of a file, where it is not too large.
Value kept_value(const Found& found, const std::optional<std::string>& content, const std::string& path);
Value kept_absent();
Value kept_lost();
/// The content in what was kept. An error where it is lost or held a secret.
Result<std::string> kept_content(const Value& kept, const std::string& path);
files::Attributes kept_attributes(const Value& kept);

std::string show_mode(unsigned mode);
std::string sha256_text(std::string_view text);

}  // namespace runbook::machine
