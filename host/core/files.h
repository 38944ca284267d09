// SPDX-License-Identifier: Apache-2.0
//
// Blocking file work, for Loop::blocking: world.shared<Tree>() is the tree that a run works on. No function here follows a symbolic link: paths are resolved once, with
// resolve(), and what is then opened is opened component by component with O_NOFOLLOW. So a directory that is
// replaced by a link between the check of a path and its use leads to an error and never elsewhere. All changes are
// whole or not at all: content goes to a new file beside the old one, is synced, and takes its place by rename.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runbook/result.h"

struct stat;

namespace runbook {
class World;
}

namespace runbook::files {

/// A file descriptor with an owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

struct Entry {
  std::string name;    ///< in a listing
  std::string type;    ///< "file", "directory", "link", "fifo", "socket", "block", "character"
  std::uint64_t size = 0;
  unsigned mode = 0;   ///< permission bits
  uid_t uid = 0;
  gid_t gid = 0;
  double modified = 0; ///< Unix seconds
  std::string target;  ///< of a link
};

/// What a file is to be given; what is absent is kept, or has the default of a new file.
struct Attributes {
  std::optional<unsigned> mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  unsigned new_mode = 0644;  ///< of a file that did not exist, where `mode` is absent
};

enum class Last { kFollow, kKeep };  ///< whether resolve() goes through a link in the last place

/// "/a/b" of "/a/./x/../b/": by the text alone.
std::string normalise(std::string_view path);
/// Refuses the empty path, a relative one and one with a NUL ("file.path").
Status check_path(std::string_view path);
/// A "file.*" error from an errno: not_found, permission, exists, no_space, not_regular, not_directory, read_only, io.
Error error(int number, std::string_view doing, std::string_view path);

/// The content of an open file; "file.too_large" where it is more than `limit` bytes. `path`: for errors.
Result<std::string> read_all(const Fd& file, const std::string& path, std::uint64_t limit);

/// The directory of a path, opened without going through any link, and the last component.
struct Place {
  Fd directory;
  std::string name;
};

/// One tree of files: this computer's, or a simulated machine's below a directory of its own, where "/" is that directory,
/// links stay inside, and owners are only noted. May be used on any thread. REQUIRES: it outlives the jobs that use it.
class Tree {
 public:
  /// This computer's.
  Tree() = default;
  explicit Tree(World&) {}
  static const Tree& real();
  explicit Tree(std::string root) : root_(std::move(root)) {}
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  /// The path with every symbolic link replaced by where it leads. What does not exist yet is kept as it is written.
  Result<std::string> resolve(std::string_view path, Last last) const;
  /// Where this computer has a resolved path: what another library is to open by name.
  std::string native(const std::string& path) const { return root_ + path; }
  /// An error of such a library, which names native paths, in terms of this tree.
  Error from_native(Error error) const;

  // All take resolved paths.
  Result<Entry> stat(const std::string& path) const;
  /// The open regular file, never a device or a FIFO that would block.
  Result<Fd> open_regular(const std::string& path) const;
  Result<std::string> read(const std::string& path, std::uint64_t limit) const;
  /// Hands the content on in pieces.
  Status read_pieces(const std::string& path, const std::function<void(std::string_view)>& piece) const;
  /// Sorted by name; at most `limit` entries.
  Result<std::vector<Entry>> list(const std::string& path, std::size_t limit) const;

  Status write(const std::string& path, std::string_view content, const Attributes& attributes) const;
  /// Adds to the end of a file, or makes it; what could not be added whole is taken back.
  Status append(const std::string& path, std::string_view content, const Attributes& attributes) const;
  /// Copies a regular file with its permission bits; refuses an existing `to` unless `replace`.
  Status copy(const std::string& from, const std::string& to, bool replace, const Attributes& attributes) const;
  Status rename(const std::string& from, const std::string& to, bool replace) const;
  /// False when there was nothing. Does not cross into another file system.
  Result<bool> remove(const std::string& path, bool recursive) const;
  /// Makes the missing parents too, with 0755. "file.exists" when it is there.
  Status directory_create(const std::string& path, const Attributes& attributes) const;
  /// A symbolic link; with `replace` it takes the place of another link in one step.
  Status link_create(const std::string& path, const std::string& target, bool replace) const;
  Status update(const std::string& path, const Attributes& attributes) const;

  /// By name or number ("file.unknown_user", "file.unknown_group").
  Result<uid_t> user_id(const std::string& name) const;
  Result<gid_t> group_id(const std::string& name) const;
  std::string user_name(uid_t uid) const;
  std::string group_name(gid_t gid) const;

  Result<Place> open_place(const std::string& path) const;

 private:
  class Draft;
  struct Owner {
    uid_t uid = 0;
    gid_t gid = 0;
  };
  Entry entry_of(int directory, const char* name, const struct stat& info) const;
  Owner owner_of(const struct stat& info) const;
  Status set_owner(int fd, const Attributes& attributes, const std::string& path) const;
  Status apply(int fd, const Attributes& attributes, const std::string& path) const;
  Result<bool> keep_attributes(const Place& place, const std::string& path, Attributes& attributes) const;
  Status sync(int fd, const std::string& path) const;
  Status sync_directory(int directory, const std::string& path) const;
  /// The line of /etc/passwd or /etc/group of a simulated machine with `wanted` as its `field`.
  std::optional<std::vector<std::string>> account(const char* file, std::size_t field, const std::string& wanted) const;
  bool simulated() const { return !root_.empty(); }

  std::string root_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<dev_t, ino_t>, Owner> owners_;  ///< of a simulated machine's files, where not root
};
using TreePtr = std::shared_ptr<const Tree>;

}  // namespace runbook::files
