// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/file_tree.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>

#include "host/core/text.h"

namespace runbook::machine {

namespace {

constexpr std::size_t kMostShown = 30;

Status walk(const files::Tree& files, const std::string& root, const std::string& below, const Excludes& excludes,
            FileTree& out, LeftAlone* left) {
  auto entries = files.list(below.empty() ? root : cat(root == "/" ? "" : root, '/', below), kMostEntries);
  if (!entries) return std::move(entries).error();
  for (files::Entry& entry : *entries) {
    std::string path = below.empty() ? entry.name : cat(below, '/', entry.name);
    const bool excluded = is_ours(entry.name) || excludes.matches(path);
    if (excluded || !has_content(entry)) {
      if (left) left->emplace(path, excluded ? "" : entry.type);
      continue;
    }
    if (out.size() >= kMostInTree) return too_many_in_tree(root);
    const bool directory = entry.type == "directory";
    out.emplace(path, std::move(entry));
    if (directory) RUNBOOK_TRY(walk(files, root, path, excludes, out, left));
  }
  return Unit{};
}

std::int64_t whole_seconds(double time) { return static_cast<std::int64_t>(std::floor(time)); }

bool holds_any(const LeftAlone& left, const std::string& directory) {
  const auto first = left.lower_bound(directory + "/");
  return first != left.end() && first->first.starts_with(directory + "/");
}

Value list_of(const std::vector<std::string>& names) {
  Value list = Value::Array{};
  for (const std::string& name : names) list.push(name);
  return list;
}

}  // namespace

bool Excludes::matches(const std::string& path) const {
  for (const std::string& pattern : patterns_) {
    const bool whole = pattern.find('/') != std::string::npos;
    const std::string text = whole && pattern[0] == '/' ? pattern.substr(1) : pattern;
    for (std::size_t end = path.find('/'), begin = 0;; end = path.find('/', end + 1)) {
      const std::string part =
          path.substr(whole ? 0 : begin, end == std::string::npos ? end : end - (whole ? 0 : begin));
      if (fnmatch(text.c_str(), part.c_str(), FNM_PATHNAME) == 0) return true;
      if (end == std::string::npos) break;
      begin = end + 1;
    }
  }
  return false;
}

std::vector<std::string> Excludes::names() const {
  std::vector<std::string> out;
  std::copy_if(patterns_.begin(), patterns_.end(), std::back_inserter(out),
               [](const std::string& one) { return one.find('/') == std::string::npos; });
  return out;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool is_ours(std::string_view name) { return name.starts_with(".runbook-"); }

bool has_content(const files::Entry& entry) {
  return entry.type == "file" || entry.type == "directory" || entry.type == "link";
}

Error too_many_in_tree(const std::string& root) {
  return Error("file.too_large", cat("'", printable(root), "' holds more than ", kMostInTree, " files"),
               "sync parts of it");
}

Result<FileTree> walk_tree(const files::Tree& files, const std::string& root, const Excludes& excludes,
                           LeftAlone* left) {
  FileTree tree;
  RUNBOOK_TRY(walk(files, root, "", excludes, tree, left));
  return tree;
}

Result<std::vector<std::string>> paths_within(const Value& list) {
  std::vector<std::string> paths = list.as_strings();
  for (const std::string& path : paths) {
    bool good = !path.empty() && path.find('\0') == std::string::npos;
    for (const std::string& part : split(path, '/')) good = good && !part.empty() && part != "." && part != "..";
    if (!good) {
      return Error("machine.path", cat("'", printable(path), "' is no path within a tree"),
                   "for example \"css/site.css\"");
    }
  }
  return paths;
}

unsigned TreeWishes::mode_of(const files::Entry& entry) const {
  return (entry.type == "directory" ? directory_mode : mode).value_or(entry.mode);
}

Result<TreeWishes> tree_wishes(const Value& args) {
  TreeWishes wishes;
  auto mode = machine::mode_of(args);
  if (!mode) return std::move(mode).error();
  wishes.mode = *mode;
  auto directory_mode = machine::mode_of(Value::object({{"mode", args["directory_mode"]}}));
  if (!directory_mode) return std::move(directory_mode).error();
  wishes.directory_mode = *directory_mode;
  wishes.remove = args["delete"].as_bool();
  return wishes;
}

std::vector<std::string> undecided(const FileTree& here, const FileTree& there) {
  std::vector<std::string> out;
  for (const auto& [path, entry] : here) {
    const auto found = there.find(path);
    if (found == there.end() || entry.type != "file" || found->second.type != "file") continue;
    if (entry.size == found->second.size && whole_seconds(entry.modified) != whole_seconds(found->second.modified))
      out.push_back(path);
  }
  return out;
}

Result<TreeDifference> compare_trees(const TreesSeen& seen, const TreeWishes& wishes) {
  const auto& [here, there, left, same] = seen;
  for (const auto& [path, type] : left) {
    if (type.empty() || here.count(path) == 0) continue;
    return Error("file.not_regular", cat("'", printable(path), "' in the tree there is a ", type),
                 "remove it, or exclude it");
  }
  TreeDifference out;
  for (const auto& [path, entry] : here) {
    const auto found = there.find(path);
    const files::Entry* other = found == there.end() ? nullptr : &found->second;
    const bool file = entry.type == "file", directory = entry.type == "directory";
    const std::uint64_t bytes = file ? entry.size : 0;
    if (other && other->type != entry.type && (directory || other->type == "directory")) {
      out.replaced.push_back(path);
      (other->type == "directory" ? out.removed_directories : out.removed_files).push_back(path);
      other = nullptr;
    }
    if (!other) {
      out.added.push_back(path);
      out.bytes += bytes;
      continue;
    }
    const bool equal_file = file && entry.size == other->size &&
                            (whole_seconds(entry.modified) == whole_seconds(other->modified) || same.count(path) > 0);
    const bool equal_link = entry.type == "link" && entry.target == other->target;
    if (entry.type != other->type || !(directory || equal_file || equal_link)) {
      out.changed.push_back(path);
      out.bytes += bytes;
      continue;
    }
    const bool mode = entry.type == "link" || wishes.mode_of(entry) == other->mode;
    const bool owner = (!wishes.uid || *wishes.uid == other->uid) && (!wishes.gid || *wishes.gid == other->gid);
    if (!mode || !owner) out.attributes.push_back(path);
  }
  const std::set<std::string> replaced(out.replaced.begin(), out.replaced.end());
  for (const auto& [path, entry] : there) {
    if (here.count(path) > 0) continue;
    bool goes = wishes.remove;
    // What is in a directory that a file takes the place of.
    for (std::string above = parent_of(path); !goes && !above.empty(); above = parent_of(above))
      goes = replaced.count(above) > 0;
    if (!goes) continue;
    if (entry.type != "directory") {
      out.removed_files.push_back(path);
    } else if (!holds_any(left, path)) {
      out.removed_directories.push_back(path);
    }
  }
  std::sort(out.removed_directories.begin(), out.removed_directories.end(), std::greater<>());
  return out;
}

Value tree_state(const TreeDifference& difference, const FileTree& here, const std::string& path, bool absent) {
  std::string diff;
  const auto show = [&](char sign, const std::vector<std::string>& names, const char* more) {
    std::size_t shown = 0, left = 0;
    for (const std::string& name : names) {
      if (shown++ >= kMostShown) {
        ++left;
        continue;
      }
      const auto found = sign == '-' ? here.end() : here.find(name);
      const bool file = found != here.end() && found->second.type == "file";
      diff += cat(sign, ' ', printable(name), file ? cat(" (", found->second.size, " bytes)") : "", more, "\n");
    }
    if (left > 0) diff += cat(sign, " ... and ", left, " more\n");
  };
  show('+', difference.added, "");
  show('~', difference.changed, "");
  show('~', difference.attributes, ": mode or owner");
  show('-', difference.removed_files, "");
  show('-', difference.removed_directories, "/");
  Value state = Value::object({{"path", path},
                               {"absent", absent},
                               {"same", diff.empty() && !absent},
                               {"added", list_of(difference.added)},
                               {"changed", list_of(difference.changed)},
                               {"attributes", list_of(difference.attributes)},
                               {"replaced", list_of(difference.replaced)},
                               {"removed_files", list_of(difference.removed_files)},
                               {"removed_directories", list_of(difference.removed_directories)},
                               {"bytes", static_cast<std::int64_t>(difference.bytes)}});
  if (absent) diff = cat("+ ", printable(path), "\n", diff);
  if (!diff.empty()) state.set("diff", diff);
  return state;
}

}  // namespace runbook::machine
