// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/login_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include "host/core/text.h"
#include "tests/support/sshd.h"

namespace runbook::ssh {

namespace {

const std::string kLine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhvc3Qga2V5IG9mIGFuIGV4YW1wbGUgc2VydmVy\n";

/// A private key below `name`, for its owner alone.
std::string make_key(const TempDirectory& tmp, const std::string& name) {
  REQUIRE(run_program({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp / name}) == 0);
  return tmp / name;
}

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "" : result.error().code;
}

}  // namespace

TEST_CASE("login files: links on the way to a file, and in its place, are followed") {
  const TempDirectory tmp;
  std::filesystem::create_directories(tmp / "dotfiles/ssh");
  tmp.file("dotfiles/ssh/config", "Host a\n");
  tmp.file("dotfiles/ssh/known_hosts", "web1 " + kLine);
  make_key(tmp, "dotfiles/ssh/key");
  std::filesystem::create_directory_symlink("dotfiles/ssh", tmp / ".ssh");
  std::filesystem::create_symlink("../dotfiles/ssh/key", tmp / "dotfiles/ssh/linked");
  LoginFiles files;
  CHECK(files.config(tmp / ".ssh/config", true, Reading::kFiles).ok());
  CHECK(files.key(tmp / ".ssh/key", "", Reading::kFiles).ok());
  CHECK(files.public_key(tmp / ".ssh/key.pub", Reading::kFiles).ok());
  const auto known = files.known_hosts({tmp / ".ssh/known_hosts"}, Reading::kFiles);
  REQUIRE(known);
  CHECK((*known)->types("web1", 22) == std::vector<std::string>{"ssh-ed25519"});
  // As Kubernetes mounts a secret: the file is a link to one in a directory that is a link.
  std::filesystem::create_directory(tmp / "mount");
  std::filesystem::create_directory_symlink("../dotfiles/ssh", tmp / "mount/..data");
  std::filesystem::create_symlink("..data/key", tmp / "mount/key");
  CHECK(files.key(tmp / "mount/key", "", Reading::kFiles).ok());
}

TEST_CASE("login files: an error is forgotten when the file changes, a key that was read stays") {
  const TempDirectory tmp;
  LoginFiles files;
  const std::string path = tmp / "key";
  CHECK(code_of(files.key(path, "", Reading::kFiles)) == "file.not_found");
  CHECK(code_of(files.key(path, "", Reading::kMemory)) == "file.not_found");
  make_key(tmp, "key");
  CHECK(code_of(files.key(path, "", Reading::kMemory)) == kNotRead);
  CHECK(files.key(path, "", Reading::kFiles).ok());
  std::filesystem::remove(path);
  CHECK(files.key(path, "", Reading::kMemory).ok());
}

TEST_CASE("login files: known hosts that another program changed are read again") {
  const TempDirectory tmp;
  LoginFiles files;
  const std::vector<std::string> paths = {tmp.file("kh", "")};
  REQUIRE(files.known_hosts(paths, Reading::kFiles).ok());
  CHECK(files.known_hosts(paths, Reading::kMemory).ok());
  tmp.file("kh", "web1 " + kLine);
  CHECK(code_of(files.known_hosts(paths, Reading::kMemory)) == kNotRead);
  const auto known = files.known_hosts(paths, Reading::kFiles);
  REQUIRE(known);
  CHECK_FALSE((*known)->types("web1", 22).empty());
}

TEST_CASE("login files: a private key that others may open is not used, a public one may lie open") {
  const TempDirectory tmp;
  const std::string path = make_key(tmp, "key");
  for (const mode_t mode : {0640, 0604, 0660}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    LoginFiles files;
    const auto key = files.key(path, "", Reading::kFiles);
    CHECK(code_of(key) == "ssh.key_exposed");
    CHECK(key.error().hint.find("chmod 600") != std::string::npos);
  }
  REQUIRE(chmod(path.c_str(), 0400) == 0);
  LoginFiles files;
  CHECK(files.key(path, "", Reading::kFiles).ok());
  CHECK(code_of(files.key(path + ".pub", "", Reading::kFiles)) == "ssh.key_unsupported");
}

TEST_CASE("login files: a configuration that others may write to is refused where it is to be the user's own") {
  const TempDirectory tmp;
  const std::string path = tmp.file("config", "Host a\n");
  for (const mode_t mode : {0664, 0646}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    LoginFiles files;
    CHECK(code_of(files.config(path, true, Reading::kFiles)) == "ssh.config");
    CHECK(files.config(path, false, Reading::kFiles).ok());
  }
}

TEST_CASE("login files: what stands under the name of a public key must be one") {
  const TempDirectory tmp;
  LoginFiles files;
  CHECK(code_of(files.public_key(tmp.file("a", "root:x:0:0\n"), Reading::kFiles)) == "ssh.key_format");
  CHECK(code_of(files.public_key(tmp.file("b", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==\n"), Reading::kFiles)) == "ssh.key_format");
  CHECK(files.public_key(tmp.file("c", kLine), Reading::kFiles).ok());
}

}  // namespace runbook::ssh
