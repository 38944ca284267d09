// SPDX-License-Identifier: Apache-2.0
// Archives of containers: read in pieces of any size, written as tar reads them, and never let out of their root.
#include <sys/stat.h>

#include <filesystem>

#include "host/core/text.h"
#include "modules/docker/container/container_path.h"
#include "modules/docker/container/tar_compare.h"
#include "modules/docker/container/tar_extract.h"
#include "modules/docker/container/tar_source.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::docker;
namespace fs = std::filesystem;

namespace {

files::TreePtr tree() { return std::make_shared<files::Tree>(); }

std::string archive_of(const std::string& path, const std::string& name) {
  TarSource source(tree(), std::move(*tar_items(*tree(), path, name)), {});
  std::string out;
  for (;;) {
    auto piece = source.next();
    REQUIRE(piece.ok());
    if (piece->empty()) return out;
    out += *piece;
  }
}

Status extract(const std::string& archive, const std::string& root, std::size_t piece, bool* changed = nullptr) {
  TarExtract to(tree(), root, "top");
  for (std::size_t at = 0; at < archive.size(); at += piece) RUNBOOK_TRY(to.take(std::string_view(archive).substr(at, piece)));
  RUNBOOK_TRY(to.end());
  if (changed != nullptr) *changed = to.changed();
  return Unit{};
}

std::string one_entry(const std::string& name, char kind, const std::string& link = {}, unsigned mode = 0644) {
  TarItem item;
  item.name = name;
  item.entry.type = kind == '2' ? "link" : kind == '5' ? "directory" : "file";
  item.entry.target = link;
  item.entry.mode = mode;
  TarSource source(tree(), {item}, {});
  return source.next().value();
}

}  // namespace

TEST_CASE("docker tar: what is written is read back, whatever the size of the pieces", "[docker]") {
  TempDirectory directory;
  fs::create_directories(directory / "from/below");
  directory.file("from/empty", "");
  directory.file("from/below/large", std::string(700'000, 'x'));
  directory.file("from/" + std::string(150, 'n'), "long");
  fs::create_symlink(std::string(130, 't'), directory / "from/link");
  const std::string archive = archive_of(directory / "from", "top");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{1} << 20U}) {
    const std::string to = directory / cat("to", piece);
    bool changed = false;
    REQUIRE(extract(archive, to, piece, &changed).ok());
    CHECK(changed);
    CHECK(directory.content(cat("to", piece, "/below/large")) == std::string(700'000, 'x'));
    CHECK(directory.content(cat("to", piece, "/", std::string(150, 'n'))) == "long");
    CHECK(fs::read_symlink(to + "/link").string() == std::string(130, 't'));
    REQUIRE(extract(archive, to, piece, &changed).ok());
    CHECK_FALSE(changed);
  }
  directory.file("archive", archive);
  const std::string list = directory / "list";
  CHECK(std::system(cat("tar -tf ", directory / "archive", " >", list).c_str()) == 0);
}

TEST_CASE("docker tar: an archive writes nothing outside its root", "[docker]") {
  TempDirectory directory;
  fs::create_directories(directory / "root");
  const std::string outside = directory.file("outside", "safe");
  CHECK_FALSE(extract(one_entry("top/../../outside", '0'), directory / "root", 4096).ok());
  const std::string link = one_entry("top/way", '2', directory.path());
  const std::string through = link.substr(0, link.size() - 1024) + one_entry("top/way/outside", '0');
  CHECK_FALSE(extract(through, directory / "root", 4096).ok());
  CHECK(directory.content("outside") == "safe");
}

TEST_CASE("docker tar: a program of a container does not run here as whoever copied it", "[docker]") {
  TempDirectory directory;
  REQUIRE(extract(one_entry("program", '0', {}, 06755), directory / "program", 4096).ok());
  CHECK(fs::status(directory / "program").permissions() == fs::perms(0755));
  bool changed = true;
  REQUIRE(extract(one_entry("program", '0', {}, 06755), directory / "program", 4096, &changed).ok());
  CHECK_FALSE(changed);
}

TEST_CASE("docker tar: an archive that is broken or ends early is an error", "[docker]") {
  TempDirectory directory;
  const std::string archive = one_entry("top", '0');
  CHECK(extract(archive.substr(0, 512), directory / "a", 4096).error().code == "docker.engine");
  std::string wrong = archive;
  wrong[3] = 'X';
  CHECK(extract(wrong, directory / "b", 4096).error().code == "docker.engine");
  CHECK_FALSE(fs::exists(directory / "b"));
}

TEST_CASE("docker tar: where a copy ends up follows docker cp", "[docker]") {
  const auto copied = [](const char* from, bool from_directory, const char* to, bool exists, bool directory) -> std::string {
    End source = end_of(from);
    source.directory = from_directory;
    End target = end_of(to);
    target.exists = exists;
    target.directory = directory;
    auto path = copied_path(source, target);
    return path ? *path : path.error().code;
  };
  CHECK(copied("/a/b", false, "/x", false, false) == "/x");
  CHECK(copied("/a/b", false, "/x", true, false) == "/x");
  CHECK(copied("/a/b", false, "/x", true, true) == "/x/b");
  CHECK(copied("/a/b", false, "/x/", false, false) == "docker.not_found");
  CHECK(copied("/a/b", false, "/", true, true) == "/b");
  CHECK(copied("/a/b", true, "/x", false, false) == "/x");
  CHECK(copied("/a/b", true, "/x/", false, false) == "/x");
  CHECK(copied("/a/b", true, "/x", true, true) == "/x/b");
  CHECK(copied("/a/b/.", true, "/x", true, true) == "/x");
  CHECK(copied("/a/b/.", true, "/x", false, false) == "/x");
  CHECK(copied("/a/b", true, "/x", true, false) == "docker.conflict");
}

namespace {

// Whether `archive`, whose first component is any, has what is at `path` and is to be called "name".
bool has(const std::string& archive, const std::string& path, std::size_t piece, TarOwner owner = {}) {
  auto items = std::make_shared<const std::vector<TarItem>>(std::move(*tar_items(*tree(), path, "name")));
  TarCompare compare(tree(), items, owner);
  compare.expect("name");
  for (std::size_t at = 0; at < archive.size(); at += piece) REQUIRE(compare.take(std::string_view(archive).substr(at, piece)));
  REQUIRE(compare.end());
  return *compare.all_there();
}

}  // namespace

TEST_CASE("docker tar: what a container has is compared as it comes, whatever the size of the pieces", "[docker]") {
  TempDirectory directory;
  fs::create_directories(directory / "from/below");
  directory.file("from/empty", "");
  directory.file("from/below/large", std::string(700'000, 'x'));
  fs::create_symlink("target", directory / "from/link");
  const std::string archive = archive_of(directory / "from", "top");
  for (const std::size_t piece : {1UL << 20U, 4097UL, 511UL}) CHECK(has(archive, directory / "from", piece));
  CHECK_FALSE(has(archive, directory / "from", 4096, {7, 0}));

  directory.file("from/below/large", std::string(699'999, 'x') + "y");
  CHECK_FALSE(has(archive, directory / "from", 4096));
  directory.file("from/below/large", std::string(700'001, 'x'));
  CHECK_FALSE(has(archive, directory / "from", 4096));
  directory.file("from/below/large", std::string(700'000, 'x'));
  CHECK(has(archive, directory / "from", 4096));
  fs::permissions(directory / "from/empty", fs::perms::owner_read);
  CHECK_FALSE(has(archive, directory / "from", 4096));
}

TEST_CASE("docker tar: a further name of a file in a container is compared by its content", "[docker]") {
  TempDirectory directory;
  const std::string ends(1024, '\0');
  const auto entry = [](const std::string& name, char kind, const std::string& text) {
    TarItem item;
    item.name = name;
    item.content = text;
    item.entry.type = "file";
    item.entry.size = text.size();
    item.entry.mode = 0644;
    TarSource source(tree(), {item}, {});
    std::string out = source.next().value();
    out.resize(512 + (text.size() + 511) / 512 * 512);
    if (kind == '0') return out;
    std::string link = "top/first";
    out.resize(512);
    out[156] = kind;
    out.replace(124, 11, std::string(11, '0'));
    out.replace(157, link.size(), link);
    out.replace(148, 8, 8, ' ');
    unsigned sum = 0;
    for (const char c : out) sum += static_cast<unsigned char>(c);
    char text_of_sum[8];
    snprintf(text_of_sum, sizeof text_of_sum, "%06o", sum);
    out.replace(148, 7, text_of_sum, 7);
    return out;
  };
  const std::string archive = entry("top/first", '0', "same") + entry("top/second", '1', "") + ends;
  const auto compared = [&](const std::string& first, const std::string& second) {
    std::vector<TarItem> items;
    for (const auto& [name, text] : {std::pair{"name/first", first}, std::pair{"name/second", second}}) {
      if (text.empty()) continue;
      TarItem item;
      item.name = name;
      item.content = text;
      item.entry.type = "file";
      item.entry.size = text.size();
      item.entry.mode = 0644;
      items.push_back(item);
    }
    TarCompare compare(tree(), std::make_shared<const std::vector<TarItem>>(items), {});
    compare.expect("name");
    REQUIRE(compare.take(archive));
    REQUIRE(compare.end());
    return *compare.all_there();
  };
  CHECK(compared("same", "same"));
  CHECK(compared("", "same"));
  CHECK_FALSE(compared("same", "else"));
  CHECK_FALSE(compared("", "else"));
  CHECK_FALSE(compared("else", "same"));
}
