// SPDX-License-Identifier: Apache-2.0
#include "host/core/files.h"

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_directory.h"

namespace files = runbook::files;
using files::Attributes;
using files::Last;
using runbook::TempDirectory;

namespace {
std::size_t entries(const TempDirectory& directory) { return files::Tree::real().list(directory.path(), 1000).value().size(); }
Attributes with_mode(unsigned mode) {
  Attributes attributes;
  attributes.mode = mode;
  return attributes;
}
}  // namespace

TEST_CASE("files: paths are normalised by their text", "[core]") {
  CHECK(files::normalise("/a//b/./c/../d/") == "/a/b/d");
  CHECK(files::normalise("/../..") == "/");
  CHECK(files::check_path("").error().code == "file.path");
  CHECK(files::check_path("a/b").error().code == "file.path");
  CHECK(files::check_path(std::string_view("/a\0b", 4)).error().code == "file.path");
}

TEST_CASE("files: links are resolved, and what does not exist is kept", "[core]") {
  TempDirectory directory;
  std::filesystem::create_directory(directory / "real");
  REQUIRE(symlink("real", (directory / "link").c_str()) == 0);
  REQUIRE(symlink("../link/file", (directory / "real/up").c_str()) == 0);
  REQUIRE(symlink("loop", (directory / "loop").c_str()) == 0);
  CHECK(files::Tree::real().resolve(directory / "link/new/file", Last::kFollow).value() == directory / "real/new/file");
  CHECK(files::Tree::real().resolve(directory / "link", Last::kKeep).value() == directory / "link");
  CHECK(files::Tree::real().resolve(directory / "real/up", Last::kFollow).value() == directory / "real/file");
  CHECK(files::Tree::real().resolve(directory / "loop", Last::kFollow).error().code == "file.links");
}

TEST_CASE("files: a write replaces the content and keeps the mode", "[core]") {
  TempDirectory directory;
  const std::string path = directory / "f";
  REQUIRE(files::Tree::real().write(path, "one", {}));
  CHECK(files::Tree::real().stat(path)->mode == 0644);
  REQUIRE(files::Tree::real().write(path, "two", with_mode(0640)));
  REQUIRE(files::Tree::real().write(path, std::string_view("a\0b", 3), {}));
  CHECK(files::Tree::real().stat(path)->mode == 0640);
  CHECK(files::Tree::real().read(path, 100).value() == std::string("a\0b", 3));
  CHECK(entries(directory) == 1);
}

TEST_CASE("files: hostile names are only names", "[core]") {
  TempDirectory directory;
  for (const std::string name : {"-rf", "two\nlines", "\xff\xfe", " ", "*", "\x1b[2J", "..."}) {
    REQUIRE(files::Tree::real().write(directory / name, name, {}));
    CHECK(files::Tree::real().read(directory / name, 100).value() == name);
    CHECK(files::error(ENOENT, "read", directory / name).message.find('\x1b') == std::string::npos);
    CHECK(files::Tree::real().remove(directory / name, false).value());
  }
  CHECK(entries(directory) == 0);
}

TEST_CASE("files: only regular files are read, and nothing blocks", "[core]") {
  TempDirectory directory;
  REQUIRE(mkfifo((directory / "fifo").c_str(), 0600) == 0);
  CHECK(files::Tree::real().read(directory / "fifo", 10).error().code == "file.not_regular");
  CHECK(files::Tree::real().read("/dev/zero", 10).error().code == "file.not_regular");
  CHECK(files::Tree::real().read(directory.path(), 10).error().code == "file.not_regular");
  CHECK(files::Tree::real().read(directory / "missing", 10).error().code == "file.not_found");
  CHECK(files::Tree::real().read(files::Tree::real().resolve("/proc/self/status", Last::kFollow).value(), 1 << 20).value().size() > 10);
  CHECK(files::Tree::real().read(directory.file("big", "0123456789"), 9).error().code == "file.too_large");
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", (directory / "socket").c_str());
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(files::Tree::real().read(directory / "socket", 10).error().code == "file.not_regular");
  close(fd);
}

TEST_CASE("files: a directory that became a link is refused", "[core]") {
  TempDirectory directory;
  std::filesystem::create_directories(directory / "granted/sub");
  std::filesystem::create_directory(directory / "outside");
  const std::string path = files::Tree::real().resolve(directory / "granted/sub/f", Last::kKeep).value();
  std::filesystem::remove(directory / "granted/sub");
  REQUIRE(symlink("../outside", (directory / "granted/sub").c_str()) == 0);
  CHECK(files::Tree::real().write(path, "x", {}).error().code == "file.moved");
  CHECK(files::Tree::real().append(path, "x", {}).error().code == "file.moved");
  CHECK(files::Tree::real().remove(path, true).error().code == "file.moved");
  CHECK(files::Tree::real().directory_create(path, {}).error().code == "file.moved");
  CHECK(files::Tree::real().read(path, 10).error().code == "file.moved");
  CHECK(std::filesystem::is_empty(directory / "outside"));
}

TEST_CASE("files: a link in the last place is neither read nor written through", "[core]") {
  TempDirectory directory;
  directory.file("f", "old");
  REQUIRE(symlink("f", (directory / "link").c_str()) == 0);
  CHECK(files::Tree::real().write(directory / "link", "new", {}).error().code == "file.not_regular");
  CHECK_FALSE(files::Tree::real().read(directory / "link", 10));
  CHECK(files::Tree::real().update(directory / "link", with_mode(0777)).error().code == "file.not_regular");
  CHECK(directory.content("f") == "old");
}

TEST_CASE("files: append adds, and makes what is missing", "[core]") {
  TempDirectory directory;
  REQUIRE(files::Tree::real().append(directory / "f", "a", {}));
  REQUIRE(files::Tree::real().append(directory / "f", "b", {}));
  CHECK(directory.content("f") == "ab");
}

TEST_CASE("files: copies and renames refuse to overwrite unless told to", "[core]") {
  TempDirectory directory;
  directory.file("a", "a");
  chmod((directory / "a").c_str(), 0750);
  directory.file("b", "b");
  CHECK(files::Tree::real().copy(directory / "a", directory / "b", false, {}).error().code == "file.exists");
  CHECK(files::Tree::real().rename(directory / "a", directory / "b", false).error().code == "file.exists");
  REQUIRE(files::Tree::real().copy(directory / "a", directory / "c", false, {}));
  CHECK(files::Tree::real().stat(directory / "c")->mode == 0750);
  REQUIRE(files::Tree::real().rename(directory / "c", directory / "b", true));
  CHECK(directory.content("b") == "a");
  CHECK(entries(directory) == 2);
}

TEST_CASE("files: a tree is removed without following links out of it", "[core]") {
  TempDirectory directory;
  std::filesystem::create_directories(directory / "tree/sub");
  std::filesystem::create_directory(directory / "keep");
  directory.file("keep/f", "x");
  directory.file("tree/sub/f", "x");
  REQUIRE(symlink("../keep", (directory / "tree/link").c_str()) == 0);
  CHECK(files::Tree::real().remove(directory / "tree", false).error().code == "file.exists");
  CHECK(files::Tree::real().remove(directory / "tree", true).value());
  CHECK_FALSE(files::Tree::real().remove(directory / "tree", true).value());
  CHECK(directory.content("keep/f") == "x");
  CHECK(files::Tree::real().remove("/", true).error().code == "file.path");
}

TEST_CASE("files: directories are made with their parents, once", "[core]") {
  TempDirectory directory;
  REQUIRE(files::Tree::real().directory_create(directory / "a/b/c", with_mode(02750)));
  CHECK(files::Tree::real().stat(directory / "a/b/c")->mode == 02750);
  CHECK(files::Tree::real().stat(directory / "a")->mode == 0755);
  CHECK(files::Tree::real().directory_create(directory / "a/b/c", {}).error().code == "file.exists");
}

TEST_CASE("files: a link takes the place of another link only", "[core]") {
  TempDirectory directory;
  REQUIRE(files::Tree::real().link_create(directory / "l", "one", false));
  CHECK(files::Tree::real().link_create(directory / "l", "two", false).error().code == "file.exists");
  REQUIRE(files::Tree::real().link_create(directory / "l", "two", true));
  CHECK(files::Tree::real().stat(directory / "l")->target == "two");
  directory.file("f", "x");
  CHECK(files::Tree::real().link_create(directory / "f", "two", true).error().code == "file.exists");
  CHECK(entries(directory) == 2);
}

TEST_CASE("files: a full disk leaves the old content and no half file", "[core]") {
  TempDirectory directory;
  if (mount("none", directory.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    RUNBOOK_SKIP("this process may not mount a small file system");
  }
  REQUIRE(files::Tree::real().write(directory / "f", "old", {}));
  const std::string large(1 << 20, 'x');
  const auto written = files::Tree::real().write(directory / "f", large, {});
  const auto appended = files::Tree::real().append(directory / "f", large, {});
  const auto copied = files::Tree::real().copy("/proc/self/exe", directory / "g", false, {});
  CHECK(files::Tree::real().read(directory / "f", 100).value() == "old");
  CHECK(entries(directory) == 1);
  umount(directory.path().c_str());
  CHECK(written.error().code == "file.no_space");
  CHECK(appended.error().code == "file.no_space");
  CHECK_FALSE(copied);
}

TEST_CASE("files: what the system refuses is said with path and errno", "[core]") {
  TempDirectory directory;
  const auto missing = files::Tree::real().write(directory / "no/f", "x", {});
  CHECK(missing.error().code == "file.not_found");
  CHECK(missing.error().context.at("errno") == "ENOENT");
  CHECK_THAT(missing.error().message, ContainsSubstring(directory / "no"));
  CHECK(files::Tree::real().user_id("no-such-user").error().code == "file.unknown_user");
  CHECK(files::Tree::real().user_id("root").value() == 0);
  CHECK(files::Tree::real().user_id("4711").value() == 4711);
  if (geteuid() != 0) {
    chmod(directory.path().c_str(), 0500);
    CHECK(files::Tree::real().write(directory / "f", "x", {}).error().code == "file.permission");
    chmod(directory.path().c_str(), 0700);
  } else if (mount("none", directory.path().c_str(), "tmpfs", MS_RDONLY, nullptr) == 0) {
    const auto refused = files::Tree::real().write(directory / "f", "x", {});
    umount(directory.path().c_str());
    CHECK(refused.error().code == "file.read_only");
  }
}
