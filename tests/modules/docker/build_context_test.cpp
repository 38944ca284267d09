// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/image/build_context.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "host/core/text.h"
#include "modules/docker/image/ignore_file.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

struct Directory {
  TempDirectory temp;
  void write(const std::string& name, const std::string& content) const {
    for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      mkdir((temp / name.substr(0, slash)).c_str(), 0755);
    }
    std::ofstream((temp / name)) << content;
    chmod((temp / name).c_str(), 0644);
  }
  BuildContext open() const {
    auto real = files::Tree::real().resolve(temp.path(), files::Last::kFollow);
    REQUIRE(real.ok());
    auto context = BuildContext::open(std::make_shared<files::Tree>(), *real, "Dockerfile");
    if (!context.ok()) FAIL(context.error().message);
    return std::move(*context);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    const BuildContext context = open();
    for (const auto& entry : context.entries()) out.push_back(entry.name);
    return out;
  }
  std::string archive() const {
    ContextArchive archive(open());
    std::string all;
    for (;;) {
      auto piece = archive.next();
      if (!piece.ok()) FAIL(piece.error().message);
      if (piece->empty()) return all;
      all += *piece;
    }
  }
};

}  // namespace

TEST_CASE("docker ignore file: patterns mean what they mean to the docker client", "[docker]") {
  const IgnoreFile ignore("# comment\n/build\n*.o\n**/*.tmp\ndocs/**/draft\nsrc/[a-c]?.cpp\n!keep.o\n  spaced  \nnode_modules/\n!node_modules/mine\n");
  for (const char* path : {"build", "build/deep/file", "x.o", "a.tmp", "deep/er/a.tmp", "docs/draft", "docs/a/b/draft",
                           "docs/a/draft/x", "src/b1.cpp", "spaced", "node_modules/theirs/index.js"}) {
    CHECK((ignore.ignores(path) ? std::string(path) : cat(path, " is not ignored")) == path);
  }
  for (const char* path : {"deep/build", "src/x.o", "keep.o", "docs/drafts", "src/d1.cpp", "src/b12.cpp", "node_modules/mine",
                           "node_modules/mine/index.js", "comment"}) {
    CHECK((ignore.ignores(path) ? cat(path, " is ignored") : std::string(path)) == path);
  }
  CHECK(ignore.has_exceptions());
}

TEST_CASE("docker ignore file: a pattern that could run away does not", "[docker]") {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  CHECK_FALSE(name_fits(pattern + "b", std::string(5000, 'a')));
  CHECK(name_fits(pattern, std::string(5000, 'a')));
  CHECK_FALSE(name_fits("[a", "a"));
}

TEST_CASE("docker build context: what is ignored stays out, but the Dockerfile and the list of ignored files", "[docker]") {
  Directory directory;
  directory.write("Dockerfile", "FROM scratch\n");
  directory.write(".dockerignore", "*\n!app\napp/secret\n");
  directory.write("app/main", "x");
  directory.write("app/secret", "y");
  directory.write("notes", "z");
  CHECK(directory.names() == std::vector<std::string>{".dockerignore", "Dockerfile", "app", "app/main"});
}

TEST_CASE("docker build context: the hash depends on contents, names and modes, not on times", "[docker]") {
  Directory directory;
  directory.write("Dockerfile", "FROM scratch\n");
  directory.write("a", "one");
  const auto hash = [&] { return directory.open().hash().value(); };
  const std::string first = hash();
  const std::string archive = directory.archive();
  const timespec times[] = {{1, 0}, {1, 0}};
  utimensat(AT_FDCWD, (directory.temp / "a").c_str(), times, 0);
  CHECK(hash() == first);
  CHECK(directory.archive() == archive);
  chmod((directory.temp / "a").c_str(), 0755);
  CHECK(hash() != first);
  chmod((directory.temp / "a").c_str(), 0644);
  directory.write("a", "two");
  CHECK(hash() != first);
  directory.write("a", "one");
  CHECK(hash() == first);
  CHECK(symlink("a", (directory.temp / "link").c_str()) == 0);
  CHECK(hash() != first);
}

TEST_CASE("docker build context: the archive is one that tar reads, with links and long names", "[docker]") {
  Directory directory;
  const std::string long_name = "deep/" + std::string(150, 'n');
  directory.write("Dockerfile", "FROM scratch\n");
  directory.write(long_name, std::string(1'000'000, 'x'));
  CHECK(symlink("../outside", (directory.temp / "link").c_str()) == 0);
  TempDirectory out;
  std::ofstream((out / "context.tar")) << directory.archive();
  REQUIRE(std::system(cat("tar -C ", out.path(), " -xf ", (out / "context.tar")).c_str()) == 0);
  struct stat status {};
  REQUIRE(stat((out / long_name).c_str(), &status) == 0);
  CHECK(status.st_size == 1'000'000);
  CHECK(status.st_mtime == 0);
  char target[64] = {};
  REQUIRE(readlink((out / "link").c_str(), target, sizeof target - 1) > 0);
  CHECK(std::string(target) == "../outside");
}

TEST_CASE("docker build context: one without a Dockerfile is refused, and so is a file that shrinks while it is sent", "[docker]") {
  Directory directory;
  directory.write("a", std::string(2'000'000, 'x'));
  const auto refused = BuildContext::open(std::make_shared<files::Tree>(), directory.temp.path(), "Dockerfile");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "docker.context");

  directory.write("Dockerfile", "FROM scratch\n");
  ContextArchive archive(directory.open());
  REQUIRE(archive.next().ok());
  CHECK(truncate((directory.temp / "a").c_str(), 10) == 0);
  Result<std::string> piece = archive.next();
  while (piece.ok() && !piece->empty()) piece = archive.next();
  REQUIRE_FALSE(piece.ok());
  CHECK_THAT(piece.error().message, ContainsSubstring("became shorter"));
}
