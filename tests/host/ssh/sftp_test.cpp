// SPDX-License-Identifier: Apache-2.0
#include "tests/host/ssh/sftp_fixture.h"
#include "tests/support/skip.h"

namespace runbook::ssh::sftp {

namespace {

std::vector<std::string> names(const std::vector<Entry>& entries) {
  std::vector<std::string> out;
  for (const Entry& entry : entries) out.push_back(entry.name);
  return out;
}

}  // namespace

TEST_CASE("sftp: an account without a shell can be listed, looked at, and changed") {
  SftpAccount account;
  const ClientPtr client = account.client();
  const std::string directory = account.path("d"), file = account.path("d/a b'\"\n"), link = account.path("d/link");
  Attributes mode;
  mode.mode = 0750;
  must(account.wait(mkdir(client, directory, mode)));
  account.files().file("d/a b'\"\n", "content");
  must(account.wait(symlink(client, link, "a b'\"\n")));
  CHECK(must(account.wait(readlink(client, link))) == "a b'\"\n");
  CHECK(must(account.wait(lstat(client, link))).type() == "link");
  const Attributes seen = must(account.wait(stat(client, link)));
  CHECK(seen.type() == "file");
  CHECK(seen.size == 7);
  CHECK(must(account.wait(stat(client, directory))).permissions() == 0750);
  CHECK(must(account.wait(realpath(client, directory + "/../d"))) == directory);
  CHECK(names(must(account.finish(list(client, directory, 100)))) == std::vector<std::string>{"a b'\"\n", "link"});
  CHECK(must(account.finish(read_file(client, file, 100))) == "content");

  mode.mode = 0600;
  mode.accessed = mode.modified = 1000000000;
  must(account.wait(setstat(client, file, mode)));
  const Attributes changed = must(account.wait(stat(client, file)));
  CHECK(changed.permissions() == 0600);
  CHECK(changed.modified == 1000000000U);

  must(account.wait(posix_rename(client, file, account.path("d/b"))));
  CHECK(account.wait(rmdir(client, directory)).error().code == "ssh.sftp_failed");
  must(account.wait(remove(client, link)));
  must(account.wait(remove(client, account.path("d/b"))));
  must(account.wait(rmdir(client, directory)));
  CHECK(account.wait(stat(client, directory)).error().code == "ssh.not_found");
}

TEST_CASE("sftp: a listing of thousands comes whole, and one of too many is refused") {
  SftpAccount account;
  const ClientPtr client = account.client();
  for (int i = 0; i < 1500; ++i) account.files().file(cat("file", 10000 + i), "");
  const auto entries = must(account.finish(list(client, account.files().path(), 5000)));
  CHECK(entries.size() == 1500);
  CHECK(entries.front().name == "file10000");
  CHECK(account.finish(list(client, account.files().path(), 1000)).error().code == "ssh.too_large");
}

TEST_CASE("sftp: 100 MB go up and come down as they were") {
  SftpAccount account;
  const ClientPtr client = account.client();
  make_file(account.path("big"), 100'000'001);
  const SourcePtr source = must(file_source(files::Tree::real(), account.path("big")));
  PutOptions put;
  put.path = account.path("up");
  put.verify = true;
  std::uint64_t told = 0;
  put.progress = [&](std::uint64_t bytes) { told = bytes; };
  must(account.finish(put_file(client, source, put)));
  CHECK(told > 90'000'000);
  CHECK(sum(account.path("up")) == source->sha256);
  struct stat up {}, big {};
  REQUIRE(::stat(account.path("up").c_str(), &up) == 0);
  REQUIRE(::stat(account.path("big").c_str(), &big) == 0);
  CHECK(up.st_mtime == big.st_mtime);

  FetchOptions fetch;
  fetch.from = account.path("up");
  fetch.to = account.path("down");
  fetch.files = std::make_shared<const files::Tree>();
  CHECK(must(account.finish(fetch_file(client, fetch))) == 100'000'001);
  CHECK(sum(account.path("down")) == source->sha256);
  CHECK(names(must(account.finish(list(client, account.files().path(), 100)))) == std::vector<std::string>{"big", "down", "up"});
}

TEST_CASE("sftp: a transfer whose connection is cut goes on from where it was, both ways") {
  SftpAccount account;
  make_file(account.path("big"), 60'000'000);
  const SourcePtr source = must(file_source(files::Tree::real(), account.path("big")));
  PutOptions put;
  put.path = account.path("up");
  std::uint64_t first = 0, again = 0;
  bool cut = false;
  put.progress = [&](std::uint64_t bytes) {
    if (bytes > 20'000'000 && !cut) {
      cut = true;
      account.server().cut();
    } else if (cut && again == 0 && bytes > 0) {
      again = bytes;
    }
    if (!cut) first = bytes;
  };
  SECTION("up, by itself") {
    must(account.finish(on_session<Unit>(account.sessions(), account.destination(), [&](ClientPtr client) { return put_file(client, source, put); }, 3)));
    CHECK(cut);
    CHECK(again > 10'000'000);
    CHECK(sum(account.path("up")) == source->sha256);
  }
  SECTION("up, at the next attempt") {
    CHECK(account.finish(put_file(account.client(), source, put)).error().code == "ssh.connection_lost");
    CHECK(account.finish(find_path(account.client(), account.path("up"), false)).value() == std::nullopt);
    std::uint64_t from = 0;
    put.progress = [&](std::uint64_t bytes) {
      if (from == 0) from = bytes;
    };
    must(account.finish(put_file(account.client(), source, put)));
    CHECK(from > 10'000'000);
    CHECK(sum(account.path("up")) == source->sha256);
  }
  SECTION("down") {
    FetchOptions fetch;
    fetch.from = account.path("big");
    fetch.to = account.path("down");
    fetch.files = std::make_shared<const files::Tree>();
    fetch.progress = put.progress;
    CHECK(must(account.finish(on_session<std::uint64_t>(account.sessions(), account.destination(), [&](ClientPtr client) { return fetch_file(client, fetch); }, 3))) ==
          60'000'000);
    CHECK(cut);
    CHECK(again > 10'000'000);
    CHECK(sum(account.path("down")) == source->sha256);
  }
}

TEST_CASE("sftp: a part that another content left is not gone on with, nor a link in its place") {
  SftpAccount account;
  const ClientPtr client = account.client();
  const SourcePtr source = content_source("it", "new content", false);
  const std::string part = account.path(part_name("file", source->sha256));
  account.files().file("victim", "untouched");
  must(account.wait(symlink(client, part, account.path("victim"))));
  PutOptions put;
  put.path = account.path("file");
  must(account.finish(put_file(client, source, put)));
  CHECK(account.files().content("file") == "new content");
  CHECK(account.files().content("victim") == "untouched");
}

TEST_CASE("sftp: a part of this very name that another account, or nobody alone, can write to is not gone on with") {
  SftpAccount account;
  const ClientPtr client = account.client();
  make_file(account.path("big"), 20'000'000);
  const SourcePtr source = must(file_source(files::Tree::real(), account.path("big")));
  const std::string part = account.path(part_name("up", source->sha256));
  std::filesystem::copy_file(account.path("big"), part);
  std::uint64_t from = 0;
  PutOptions put;
  put.path = account.path("up");
  put.progress = [&](std::uint64_t bytes) {
    if (from == 0) from = bytes;
  };
  SECTION("of another owner") {
    if (geteuid() != 0) RUNBOOK_SKIP("giving files away needs root");
    REQUIRE(chmod(part.c_str(), 0600) == 0);
    REQUIRE(chown(part.c_str(), 65534, 65534) == 0);
  }
  SECTION("that the group may write to") { REQUIRE(chmod(part.c_str(), 0660) == 0); }
  must(account.finish(put_file(client, source, put)));
  CHECK(from < 10'000'000);  // as much as is under way at a time may be told at once
  CHECK(sum(account.path("up")) == source->sha256);
  struct stat info {};
  REQUIRE(stat(account.path("up").c_str(), &info) == 0);
  CHECK(info.st_uid == geteuid());
  CHECK(std::distance(std::filesystem::directory_iterator(account.files().path()), {}) == 2);
}

TEST_CASE("sftp: a part that has lost bytes is found out, and the next upload begins anew") {
  SftpAccount account;
  const ClientPtr client = account.client();
  make_file(account.path("big"), 5'000'000);
  const SourcePtr source = must(file_source(files::Tree::real(), account.path("big")));
  const std::string part = account.path(part_name("up", source->sha256));
  account.files().file(part.substr(account.files().path().size() + 1), std::string(4'000'000, '\0'));
  REQUIRE(chmod(part.c_str(), 0600) == 0);
  PutOptions put;
  put.path = account.path("up");
  const Status damaged = account.finish(put_file(client, source, put));
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().code == "ssh.checksum");
  CHECK(damaged.error().retryable);
  CHECK_FALSE(std::filesystem::exists(account.path("up")));
  must(account.finish(put_file(client, source, put)));
  CHECK(sum(account.path("up")) == source->sha256);
}

TEST_CASE("sftp: a read-only account says that it does not permit changes") {
  SftpAccount account("-R");
  const ClientPtr client = account.client();
  account.files().file("there", "content");
  CHECK(must(account.finish(read_file(client, account.path("there"), 100))) == "content");
  CHECK(account.wait(mkdir(client, account.path("d"), {})).error().code == "ssh.permission");
  PutOptions put;
  put.path = account.path("new");
  CHECK(account.finish(put_file(client, content_source("it", "x", false), put)).error().code == "ssh.permission");
}

TEST_CASE("sftp: where the server cannot replace a file in one step it is said, before anything is sent") {
  SftpAccount account("-P posix-rename");
  const ClientPtr client = account.client();
  CHECK_FALSE(client->has_posix_rename());
  account.files().file("there", "old");
  PutOptions put;
  put.path = account.path("there");
  const Status refused = account.finish(put_file(client, content_source("it", "new", false), put));
  CHECK(refused.error().code == "ssh.unsupported");
  CHECK(refused.error().message.find("posix-rename") != std::string::npos);
  CHECK(account.files().content("there") == "old");
  put.atomic = false;
  must(account.finish(put_file(client, content_source("it", "new", false), put)));
  CHECK(account.files().content("there") == "new");
  put.path = account.path("fresh");
  put.atomic = true;
  must(account.finish(put_file(client, content_source("it", "new", false), put)));
  CHECK(account.files().content("fresh") == "new");
}

TEST_CASE("sftp: an account without SFTP says so, and one that says something else is shown") {
  Sshd server({"ForceCommand echo Welcome to this machine"});
  SshRuns runs(server);
  auto sessions = std::make_shared<Sessions>(std::make_shared<Connections>(runs.loop()));
  std::optional<Result<ClientPtr>> out;
  sessions->open(runs.destination(), [&](Result<ClientPtr> client) { out.emplace(std::move(client)); });
  REQUIRE(runs.until([&] { return out.has_value(); }));
  CHECK(out->error().code == "ssh.no_sftp");
  CHECK(out->error().message.find("Welcome") != std::string::npos);
}

TEST_CASE("sftp: a session that nobody uses is closed, and the next use opens one") {
  SftpAccount account;
  std::weak_ptr<Client> first = account.client();
  CHECK(account.until([&] { return first.expired(); }, 10));
  CHECK(must(account.wait(realpath(account.client(), "/"))) == "/");
}

TEST_CASE("sftp: a transfer that is cancelled leaves the session usable") {
  SftpAccount account;
  const ClientPtr client = account.client();
  make_file(account.path("big"), 50'000'000);
  const SourcePtr source = must(file_source(files::Tree::real(), account.path("big")));
  PutOptions put;
  put.path = account.path("up");
  bool under_way = false;
  put.progress = [&](std::uint64_t bytes) { under_way = bytes > 1'000'000; };
  Cancel cancel = run<Status>(account.loop(), put_file(client, source, put), [](const Status&) { FAIL("it was cancelled"); });
  REQUIRE(account.until([&] { return under_way; }));
  cancel();
  CHECK(must(account.wait(realpath(client, "/"))) == "/");
  CHECK(account.finish(find_path(client, account.path("up"), false)).value() == std::nullopt);
}

}  // namespace runbook::ssh::sftp
