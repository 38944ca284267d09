// SPDX-License-Identifier: Apache-2.0
//
// Two trees of files and what it takes to make one like the other: sync.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/core/files.h"
#include "modules/machine/file_value.h"
#include "modules/machine/local.h"
#include "runbook/value.h"

namespace runbook::machine {

/// What is left alone on both sides. A pattern without '/' is about names, one with it about paths within the tree; a
/// directory that is left alone is so with all that is in it. What transfers leave beside their targets always is.
class Excludes {
 public:
  explicit Excludes(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  bool matches(const std::string& path) const;
  /// Those about names.
  std::vector<std::string> names() const;

 private:
  std::vector<std::string> patterns_;
};

/// By path within the tree, so that a directory comes before what is in it.
using FileTree = std::map<std::string, files::Entry>;
inline constexpr std::size_t kMostInTree = 200000;
/// What is in a tree and is left alone: its type, where that is why.
using LeftAlone = std::map<std::string, std::string>;
/// Files, directories and links; other things have no content to send, and are `left` alone as what is excluded.
Result<FileTree> walk_tree(const files::Tree& files, const std::string& root, const Excludes& excludes,
                           LeftAlone* left = nullptr);
bool has_content(const files::Entry& entry);
bool is_ours(std::string_view name);  ///< what transfers leave beside their targets
Error too_many_in_tree(const std::string& root);

/// Of a path within a tree; empty: the tree itself.
std::string parent_of(const std::string& path);

/// The paths of a list, all of them within a tree: what is permitted is the tree.
Result<std::vector<std::string>> paths_within(const Value& list);

/// What the files there should be beside being the same.
struct TreeWishes {
  std::optional<unsigned> mode, directory_mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  bool remove = false;
  unsigned mode_of(const files::Entry& entry) const;
};
Result<TreeWishes> tree_wishes(const Value& args);

struct TreeDifference {
  std::vector<std::string> added, changed, attributes;
  std::vector<std::string> removed_files, removed_directories;  ///< the directories deepest first
  /// A directory on one side and something else on the other: what is there has to go first.
  std::vector<std::string> replaced;
  std::uint64_t bytes = 0;
};

/// The files that only their checksums tell apart.
std::vector<std::string> undecided(const FileTree& here, const FileTree& there);
struct TreesSeen {
  FileTree here, there;
  LeftAlone left;              ///< there
  std::set<std::string> same;  ///< those of undecided() that have the same content
};
/// An error where something that is left alone is in the way.
Result<TreeDifference> compare_trees(const TreesSeen& seen, const TreeWishes& wishes);
/// What tree_verify says. `absent`: there is nothing at `path`.
Value tree_state(const TreeDifference& difference, const FileTree& here, const std::string& path, bool absent);

}  // namespace runbook::machine
