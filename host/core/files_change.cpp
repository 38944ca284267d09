// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "host/core/files.h"
#include "host/core/text.h"

namespace runbook::files {

namespace {

constexpr int kMostDepth = 1000;

Error not_regular(const std::string& path, const char* what, std::string hint = {}) {
  return Error("file.not_regular", cat("'", printable(path), "' is ", what), std::move(hint)).with("path", printable(path));
}

Error exists(const std::string& path) { return error(EEXIST, "create", path); }

std::string fresh_name() {
  std::uint64_t random = 0;
  while (getrandom(&random, sizeof random, 0) < 0 && errno == EINTR) {
  }
  char name[32];
  snprintf(name, sizeof name, ".runbook-%016llx", static_cast<unsigned long long>(random));
  return name;
}

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return error(errno, "write", path);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return Unit{};
}

}  // namespace

// What a simulated machine holds goes with the test: nothing of it needs to outlive a power cut.
Status Tree::sync(int fd, const std::string& path) const {
  if (simulated() || fsync(fd) == 0) return Unit{};
  return error(errno, "write", path);
}

// Makes the change of a directory's entries durable. A directory that may be written but not read cannot be synced.
Status Tree::sync_directory(int directory, const std::string& path) const {
  if (simulated()) return Unit{};
  const Fd readable(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (readable && fsync(readable.get()) != 0 && errno != EINVAL) return error(errno, "sync the directory of", path);
  return Unit{};
}

Status Tree::set_owner(int fd, const Attributes& attributes, const std::string& path) const {
  if (!attributes.uid && !attributes.gid) return Unit{};
  if (!simulated()) {
    const uid_t uid = attributes.uid.value_or(static_cast<uid_t>(-1));
    const gid_t gid = attributes.gid.value_or(static_cast<gid_t>(-1));
    return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0 ? Status(Unit{}) : error(errno, "change the owner of", path);
  }
  struct stat info {};
  if (fstat(fd, &info) != 0) return error(errno, "change the owner of", path);
  Owner owner = owner_of(info);
  owner.uid = attributes.uid.value_or(owner.uid);
  owner.gid = attributes.gid.value_or(owner.gid);
  const std::lock_guard lock(mutex_);
  owners_[{info.st_dev, info.st_ino}] = owner;
  return Unit{};
}

// Owner first: a change of owner clears set-user-id bits.
Status Tree::apply(int fd, const Attributes& attributes, const std::string& path) const {
  RUNBOOK_TRY(set_owner(fd, attributes, path));
  if (attributes.mode && fchmod(fd, static_cast<mode_t>(*attributes.mode)) != 0) {
    return error(errno, "change the mode of", path);
  }
  return Unit{};
}

// A file that has no name yet that anybody looks for, beside the one it will replace. Gone again unless it was placed.
class Tree::Draft {
 public:
  Draft(const Tree& files, Place& place) : files_(files), place_(place) {}
  ~Draft() {
    if (!name_.empty()) unlinkat(place_.directory.get(), name_.c_str(), 0);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  Status open(const std::string& path) {
    std::string name = fresh_name();
    file_ = Fd(openat(place_.directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_) return error(errno, "write", path);
    name_ = std::move(name);
    // The number of a file that is gone is given out again.
    if (files_.simulated()) {
      Attributes root;
      root.uid = 0;
      root.gid = 0;
      return files_.set_owner(file_.get(), root, path);
    }
    return Unit{};
  }
  int fd() const { return file_.get(); }
  void named(std::string name) { name_ = std::move(name); }
  const std::string& name() const { return name_; }

  Status place(bool replace, const std::string& path) {
    if (file_) RUNBOOK_TRY(files_.sync(file_.get(), path));
    const int directory = place_.directory.get();
    if (renameat2(directory, name_.c_str(), directory, place_.name.c_str(), replace ? 0 : RENAME_NOREPLACE) != 0) {
      return error(errno, "replace", path);
    }
    name_.clear();
    return files_.sync_directory(directory, path);
  }

 private:
  const Tree& files_;
  Place& place_;
  Fd file_;
  std::string name_;
};

// What the new file keeps of the old one. An error where the old one is no regular file.
Result<bool> Tree::keep_attributes(const Place& place, const std::string& path, Attributes& attributes) const {
  struct stat info {};
  if (fstatat(place.directory.get(), place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) return error(errno, "write", path);
    if (!attributes.mode) attributes.mode = attributes.new_mode;
    return false;
  }
  if (S_ISLNK(info.st_mode)) {
    return not_regular(path, "a symbolic link", "write to the file that it leads to, or remove the link first");
  }
  if (!S_ISREG(info.st_mode)) return not_regular(path, S_ISDIR(info.st_mode) ? "a directory" : "not a regular file");
  if (!attributes.mode) attributes.mode = info.st_mode & 07777;
  const Owner owner = owner_of(info);
  if (!attributes.uid && (simulated() || owner.uid != geteuid())) attributes.uid = owner.uid;
  if (!attributes.gid && (simulated() || owner.gid != getegid())) attributes.gid = owner.gid;
  return true;
}

Status Tree::write(const std::string& path, std::string_view content, const Attributes& wanted) const {
  auto place = open_place(path);
  if (!place) return std::move(place).error();
  Attributes attributes = wanted;
  if (auto kept = keep_attributes(*place, path, attributes); !kept) return std::move(kept).error();
  Draft draft(*this, *place);
  RUNBOOK_TRY(draft.open(path));
  RUNBOOK_TRY(write_all(draft.fd(), content, path));
  RUNBOOK_TRY(apply(draft.fd(), attributes, path));
  return draft.place(true, path);
}

Status Tree::append(const std::string& path, std::string_view content, const Attributes& wanted) const {
  auto place = open_place(path);
  if (!place) return std::move(place).error();
  Attributes attributes = wanted;
  auto there = keep_attributes(*place, path, attributes);
  if (!there) return std::move(there).error();
  if (!*there) return write(path, content, wanted);
  const Fd file(openat(place->directory.get(), place->name.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat before {};
  if (!file || fstat(file.get(), &before) != 0) return error(errno, "append to", path);
  if (!S_ISREG(before.st_mode)) return not_regular(path, "not a regular file");
  Status written = write_all(file.get(), content, path);
  if (written) written = sync(file.get(), path);
  if (!written) {
    if (ftruncate(file.get(), before.st_size) != 0) return std::move(written).error().with("left", "a part was added");
    return written;
  }
  return apply(file.get(), wanted, path);
}

Status Tree::copy(const std::string& from, const std::string& to, bool replace, const Attributes& wanted) const {
  auto source = open_regular(from);
  if (!source) return std::move(source).error();
  struct stat info {};
  if (fstat(source->get(), &info) != 0) return error(errno, "read", from);
  auto place = open_place(to);
  if (!place) return std::move(place).error();
  Attributes attributes = wanted;
  attributes.new_mode = info.st_mode & 0777;
  auto there = keep_attributes(*place, to, attributes);
  if (!there) return std::move(there).error();
  if (*there && !replace) return exists(to);
  Draft draft(*this, *place);
  RUNBOOK_TRY(draft.open(to));
  Status written = Unit{};
  RUNBOOK_TRY(read_pieces(from, [&](std::string_view piece) {
    if (written) written = write_all(draft.fd(), piece, to);
  }));
  RUNBOOK_TRY(std::move(written));
  RUNBOOK_TRY(apply(draft.fd(), attributes, to));
  return draft.place(replace, to);
}

Status Tree::rename(const std::string& from, const std::string& to, bool replace) const {
  auto source = open_place(from);
  if (!source) return std::move(source).error();
  auto place = open_place(to);
  if (!place) return std::move(place).error();
  if (renameat2(source->directory.get(), source->name.c_str(), place->directory.get(), place->name.c_str(),
                replace ? 0 : RENAME_NOREPLACE) != 0) {
    if (errno == EXDEV) {
      return Error("file.io", cat("'", printable(from), "' and '", printable(to), "' are on different file systems"),
                   "copy the file, then remove the old one");
    }
    return error(errno, "rename", errno == EEXIST ? to : from);
  }
  RUNBOOK_TRY(sync_directory(place->directory.get(), to));
  return sync_directory(source->directory.get(), from);
}

namespace {

Status remove_tree(int parent, const char* name, dev_t device, int depth, const std::string& path) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return Unit{};
  if (errno != EISDIR && errno != EPERM) return error(errno, "remove", path);
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0) return Unit{};
  if (errno != ENOTEMPTY && errno != EEXIST) return error(errno, "remove", path);
  if (depth > kMostDepth) return Error("file.io", cat("'", printable(path), "' is nested too deeply"));
  Fd directory(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!directory || fstat(directory.get(), &info) != 0) return error(errno, "remove", path);
  if (info.st_dev != device) {
    return Error("file.mount", cat("'", printable(path), "' is another file system"), "unmount it first");
  }
  DIR* stream = fdopendir(directory.get());
  if (!stream) return error(errno, "remove", path);
  directory.release();
  Status status = Unit{};
  while (const dirent* item = status ? readdir(stream) : nullptr) {
    const std::string_view child = item->d_name;
    if (child == "." || child == "..") continue;
    status = remove_tree(dirfd(stream), item->d_name, device, depth + 1, cat(path, '/', child));
  }
  closedir(stream);
  RUNBOOK_TRY(std::move(status));
  if (unlinkat(parent, name, AT_REMOVEDIR) != 0) return error(errno, "remove", path);
  return Unit{};
}

}  // namespace

Result<bool> Tree::remove(const std::string& path, bool recursive) const {
  if (path == "/") return Error("file.path", "refusing to remove '/'");
  auto place = open_place(path);
  if (!place) {
    if (place.error().code == "file.not_found") return false;
    return std::move(place).error();
  }
  const int directory = place->directory.get();
  const char* name = place->name.c_str();
  struct stat info {};
  if (fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    return error(errno, "remove", path);
  }
  if (recursive) {
    RUNBOOK_TRY(remove_tree(directory, name, info.st_dev, 0, path));
  } else if (unlinkat(directory, name, S_ISDIR(info.st_mode) ? AT_REMOVEDIR : 0) != 0) {
    Error failed = error(errno, "remove", path);
    if (failed.code == "file.exists") failed.hint = "give recursive = true to remove what is in it";
    return failed;
  }
  RUNBOOK_TRY(sync_directory(directory, path));
  return true;
}

Status Tree::directory_create(const std::string& path, const Attributes& wanted) const {
  auto place = open_place(path);
  if (!place && place.error().code == "file.not_found") {
    const std::string parent = path.substr(0, path.rfind('/'));
    Attributes plain;
    plain.mode = 0755;
    Status made = directory_create(parent, plain);
    if (!made && made.error().code != "file.exists") return made;
    place = open_place(path);
  }
  if (!place) return std::move(place).error();
  const int parent = place->directory.get();
  if (mkdirat(parent, place->name.c_str(), 0700) != 0) return error(errno, "create", path);
  const Fd made(openat(parent, place->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made) return error(errno, "create", path);
  Attributes attributes = wanted;
  if (!attributes.mode) attributes.mode = 0755;
  if (simulated() && !attributes.uid) attributes.uid = 0;
  if (simulated() && !attributes.gid) attributes.gid = 0;
  if (Status applied = apply(made.get(), attributes, path); !applied) {
    unlinkat(parent, place->name.c_str(), AT_REMOVEDIR);
    return applied;
  }
  return sync_directory(parent, path);
}

Status Tree::link_create(const std::string& path, const std::string& target, bool replace) const {
  if (target.empty() || target.find('\0') != std::string::npos) return Error("file.path", "the target of a link cannot be empty");
  auto place = open_place(path);
  if (!place) return std::move(place).error();
  const int directory = place->directory.get();
  struct stat info {};
  if (fstatat(directory, place->name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!replace) return exists(path);
    if (!S_ISLNK(info.st_mode)) return Error("file.exists", cat("'", printable(path), "' is there and is not a symbolic link"));
  }
  Draft draft(*this, *place);
  const std::string name = fresh_name();
  if (symlinkat(target.c_str(), directory, name.c_str()) != 0) return error(errno, "create", path);
  draft.named(name);
  return draft.place(replace, path);
}

Status Tree::update(const std::string& path, const Attributes& attributes) const {
  auto place = open_place(path);
  if (!place) return std::move(place).error();
  const Fd file(openat(place->directory.get(), place->name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!file || fstat(file.get(), &info) != 0) return error(errno, "change", path);
  if (S_ISLNK(info.st_mode)) return not_regular(path, "a symbolic link");
  RUNBOOK_TRY(set_owner(file.get(), attributes, path));
  // A descriptor that only names the file can be changed through /proc alone; opening it for reading could be refused.
  if (attributes.mode && chmod(cat("/proc/self/fd/", file.get()).c_str(), static_cast<mode_t>(*attributes.mode)) != 0) {
    return error(errno, "change the mode of", path);
  }
  return Unit{};
}

}  // namespace runbook::files
