// SPDX-License-Identifier: Apache-2.0
#include "host/core/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "host/core/text.h"

namespace runbook::files {

namespace {

constexpr int kMostLinks = 40;
constexpr std::size_t kPiece = 256 * 1024;

const char* type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "link";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    case S_IFBLK: return "block";
    default: return "character";
  }
}

std::optional<std::string> link_target(int directory, const char* name) {
  std::string target(256, '\0');
  for (;;) {
    const ssize_t length = readlinkat(directory, name, target.data(), target.size());
    if (length < 0) return std::nullopt;
    if (static_cast<std::size_t>(length) < target.size()) {
      target.resize(static_cast<std::size_t>(length));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

void push_components(std::vector<std::string>& reversed, std::string_view path) {
  std::vector<std::string> parts = split(path, '/');
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!part->empty() && *part != ".") reversed.push_back(std::move(*part));
  }
}

void go_up(std::string& path) { path.erase(std::min(path.rfind('/'), path.size())); }

}  // namespace

const Tree& Tree::real() {
  static const Tree files;
  return files;
}

Error Tree::from_native(Error error) const {
  if (!simulated()) return error;
  const auto shorten = [this](std::string& text) {
    for (std::size_t at; (at = text.find(root_)) != std::string::npos;) text.erase(at, root_.size());
  };
  shorten(error.message);
  for (auto& [key, text] : error.context) shorten(text);
  return error;
}

Tree::Owner Tree::owner_of(const struct stat& info) const {
  if (!simulated()) return {info.st_uid, info.st_gid};
  const std::lock_guard lock(mutex_);
  const auto found = owners_.find({info.st_dev, info.st_ino});
  return found == owners_.end() ? Owner{} : found->second;
}

Entry Tree::entry_of(int directory, const char* name, const struct stat& info) const {
  Entry entry;
  entry.name = name;
  entry.type = type_name(info.st_mode);
  entry.size = static_cast<std::uint64_t>(info.st_size);
  entry.mode = info.st_mode & 07777;
  const Owner owner = owner_of(info);
  entry.uid = owner.uid;
  entry.gid = owner.gid;
  entry.modified = static_cast<double>(info.st_mtim.tv_sec) + static_cast<double>(info.st_mtim.tv_nsec) / 1e9;
  if (S_ISLNK(info.st_mode)) entry.target = link_target(directory, name).value_or("");
  return entry;
}

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

std::string normalise(std::string_view path) {
  std::string out;
  for (const std::string& part : split(path, '/')) {
    if (part == "..") {
      go_up(out);
    } else if (!part.empty() && part != ".") {
      out += '/';
      out += part;
    }
  }
  return out.empty() ? "/" : out;
}

Status check_path(std::string_view path) {
  if (path.empty()) return Error("file.path", "the path is empty");
  if (path.find('\0') != std::string_view::npos) return Error("file.path", "the path holds a NUL byte");
  if (path.front() != '/') return Error("file.path", cat("'", printable(path), "' is not an absolute path"));
  return Unit{};
}

Result<std::string> Tree::resolve(std::string_view path, Last last) const {
  RUNBOOK_TRY(check_path(path));
  std::vector<std::string> todo;
  push_components(todo, normalise(path));
  std::string real;
  int links = 0;
  while (!todo.empty()) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    if (part == "..") {
      go_up(real);
      continue;
    }
    const std::string next = real + '/' + part;
    struct stat info {};
    const bool follow = !todo.empty() || last == Last::kFollow;
    const std::string there = native(next);
    if (follow && lstat(there.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
      const auto target = link_target(AT_FDCWD, there.c_str());
      if (++links > kMostLinks) return error(ELOOP, "resolve", path);
      if (!target) return error(errno, "resolve", path);
      if (target->starts_with('/')) real.clear();
      push_components(todo, *target);
      continue;
    }
    real = next;
  }
  return real.empty() ? "/" : real;
}

Error error(int number, std::string_view doing, std::string_view path) {
  const char* code = "file.io";
  switch (number) {
    case ENOENT: code = "file.not_found"; break;
    case EACCES:
    case EPERM: code = "file.permission"; break;
    case EEXIST:
    case ENOTEMPTY: code = "file.exists"; break;
    case ENOSPC:
    case EDQUOT: code = "file.no_space"; break;
    case EROFS: code = "file.read_only"; break;
    case ENOTDIR: code = "file.not_directory"; break;
    case ELOOP: code = "file.links"; break;
    case EISDIR: code = "file.not_regular"; break;
    default: break;
  }
  char text[128];
  return Error(code, cat("cannot ", doing, " '", printable(path), "': ", strerror_r(number, text, sizeof text)))
      .with("path", printable(path))
      .with("errno", strerrorname_np(number) ? strerrorname_np(number) : cat(number));
}

Result<Place> Tree::open_place(const std::string& path) const {
  Place place;
  const std::size_t slash = path.rfind('/');
  place.name = path.substr(slash + 1);
  if (place.name.empty()) place.name = ".";
  place.directory = Fd(open(simulated() ? root_.c_str() : "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::string done;
  for (const std::string& part : split(std::string_view(path).substr(0, slash), '/')) {
    if (part.empty()) continue;
    done += '/';
    done += part;
    Fd next(openat(place.directory.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) {
      const int number = errno;
      struct stat info {};
      if (fstatat(place.directory.get(), part.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode)) {
        return Error("file.moved", cat("'", printable(done), "' has become a symbolic link"),
                     "something else changes this directory at the same time")
            .with("path", printable(path));
      }
      return error(number, "enter", done);
    }
    place.directory = std::move(next);
  }
  return place;
}

Result<Entry> Tree::stat(const std::string& path) const {
  auto place = open_place(path);
  if (!place) return std::move(place).error();
  struct stat info {};
  if (fstatat(place->directory.get(), place->name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return error(errno, "stat", path);
  }
  return entry_of(place->directory.get(), place->name.c_str(), info);
}

Result<Fd> Tree::open_regular(const std::string& path) const {
  auto place = open_place(path);
  if (!place) return std::move(place).error();
  // O_NONBLOCK: opening a FIFO that nobody writes to would otherwise wait for ever.
  Fd file(openat(place->directory.get(), place->name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  const int number = errno;
  struct stat info {};
  const bool known = file ? fstat(file.get(), &info) == 0
                          : fstatat(place->directory.get(), place->name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (known && !S_ISREG(info.st_mode)) {
    return Error("file.not_regular", cat("'", printable(path), "' is not a regular file but a ", type_name(info.st_mode)))
        .with("path", printable(path));
  }
  if (!file) return error(number, "read", path);
  return file;
}

Status Tree::read_pieces(const std::string& path, const std::function<void(std::string_view)>& piece) const {
  auto file = open_regular(path);
  if (!file) return std::move(file).error();
  std::string buffer(kPiece, '\0');
  for (;;) {
    const ssize_t got = ::read(file->get(), buffer.data(), buffer.size());
    if (got == 0) return Unit{};
    if (got > 0) {
      piece(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    } else if (errno != EINTR) {
      return error(errno, "read", path);
    }
  }
}

Result<std::string> read_all(const Fd& file, const std::string& path, std::uint64_t limit) {
  const auto too_large = [&] {
    return Error("file.too_large", cat("'", printable(path), "' is larger than the limit of ", limit, " bytes"))
        .with("path", printable(path));
  };
  struct stat info {};
  if (fstat(file.get(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) > limit) return too_large();
  // Files of /proc say 0, and a file may grow while it is read: the size is a guess.
  std::string content(static_cast<std::size_t>(info.st_size) + 1, '\0');
  std::size_t size = 0;
  for (;;) {
    if (size == content.size()) content.resize(size * 2 + 4096);
    const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error(errno, "read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > limit) return too_large();
  }
  content.resize(size);
  return content;
}

Result<std::string> Tree::read(const std::string& path, std::uint64_t limit) const {
  auto file = open_regular(path);
  if (!file) return std::move(file).error();
  return read_all(*file, path, limit);
}

Result<std::vector<Entry>> Tree::list(const std::string& path, std::size_t limit) const {
  auto place = open_place(path);
  if (!place) return std::move(place).error();
  Fd directory(openat(place->directory.get(), place->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return error(errno, "list", path);
  struct Close {
    void operator()(DIR* stream) const { closedir(stream); }
  };
  std::unique_ptr<DIR, Close> stream(fdopendir(directory.get()));
  if (!stream) return error(errno, "list", path);
  const int fd = directory.release();
  std::vector<Entry> entries;
  for (;;) {
    errno = 0;
    const dirent* item = readdir(stream.get());
    if (!item) {
      if (errno != 0) return error(errno, "list", path);
      break;
    }
    const std::string_view name = item->d_name;
    struct stat info {};
    if (name == "." || name == ".." || fstatat(fd, item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (entries.size() == limit) {
      return Error("file.too_large", cat("'", printable(path), "' holds more than ", limit, " entries"));
    }
    entries.push_back(entry_of(fd, item->d_name, info));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

namespace {

bool is_number(const std::string& name) {
  return !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == std::string::npos;
}

template <class Id, class Record>
Result<Id> look_up(const std::string& name, const char* kind, const char* code,
                   int (*get)(const char*, Record*, char*, std::size_t, Record**), Id (*id)(const Record&)) {
  Record record{};
  Record* found = nullptr;
  std::vector<char> space(16 * 1024);
  int status = 0;
  while ((status = get(name.c_str(), &record, space.data(), space.size(), &found)) == ERANGE) space.resize(space.size() * 4);
  if (found) return id(*found);
  if (is_number(name)) return static_cast<Id>(std::stoul(name));
  return Error(code, cat("there is no ", kind, " '", printable(name), "'"));
}

}  // namespace

std::optional<std::vector<std::string>> Tree::account(const char* file, std::size_t field, const std::string& wanted) const {
  const auto text = read(file, 1 << 20);
  if (!text) return std::nullopt;
  for (const std::string& line : split(*text, '\n')) {
    auto fields = split(line, ':');
    if (fields.size() > 2 && fields[field] == wanted) return fields;
  }
  return std::nullopt;
}

namespace {

Result<std::uint32_t> simulated_id(const std::optional<std::vector<std::string>>& account, const std::string& name, const char* kind,
                                   const char* code) {
  if (account && is_number((*account)[2])) return static_cast<std::uint32_t>(std::stoul((*account)[2]));
  if (name == "root") return 0U;
  if (is_number(name)) return static_cast<std::uint32_t>(std::stoul(name));
  return Error(code, cat("there is no ", kind, " '", printable(name), "'"));
}

std::string simulated_name(const std::optional<std::vector<std::string>>& account, std::uint32_t id) {
  if (account) return (*account)[0];
  return id == 0 ? "root" : std::to_string(id);
}

}  // namespace

Result<uid_t> Tree::user_id(const std::string& name) const {
  if (simulated()) return simulated_id(account("/etc/passwd", 0, name), name, "user", "file.unknown_user");
  return look_up<uid_t, passwd>(name, "user", "file.unknown_user", getpwnam_r, [](const passwd& p) { return p.pw_uid; });
}

Result<gid_t> Tree::group_id(const std::string& name) const {
  if (simulated()) return simulated_id(account("/etc/group", 0, name), name, "group", "file.unknown_group");
  return look_up<gid_t, group>(name, "group", "file.unknown_group", getgrnam_r, [](const group& g) { return g.gr_gid; });
}

std::string Tree::user_name(uid_t uid) const {
  if (simulated()) return simulated_name(account("/etc/passwd", 2, std::to_string(uid)), uid);
  passwd record{};
  passwd* found = nullptr;
  char space[16 * 1024];
  return getpwuid_r(uid, &record, space, sizeof space, &found) == 0 && found ? found->pw_name : std::to_string(uid);
}

std::string Tree::group_name(gid_t gid) const {
  if (simulated()) return simulated_name(account("/etc/group", 2, std::to_string(gid)), gid);
  group record{};
  group* found = nullptr;
  char space[16 * 1024];
  return getgrgid_r(gid, &record, space, sizeof space, &found) == 0 && found ? found->gr_name : std::to_string(gid);
}

}  // namespace runbook::files
