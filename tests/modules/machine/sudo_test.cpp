// SPDX-License-Identifier: Apache-2.0
// sudo is played by a script that does what it does at its borders: the real one needs users and a sudoers file.
#include <filesystem>

#include "tests/modules/machine/shell_fixture.h"

using namespace runbook;
using namespace runbook::machine;

namespace {

// $FAKE says how it behaves; what it was called with is left in $LOG.
constexpr const char* kSudo = R"sh(#!/bin/sh
printf '%s\n' "$*" >>"$LOG"
prompt= user=root ask=1
while :; do
  case $1 in
    -n) ask= ;;
    -S) ;;
    -p) prompt=$2; shift ;;
    -u) user=$2; shift ;;
    --) shift; break ;;
  esac
  shift
done
case $FAKE in
  refuses) echo "deploy is not in the sudoers file." >&2; exit 1 ;;
  tty) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1 ;;
  unknown) echo "sudo: unknown user: $user" >&2; exit 1 ;;
  password)
    [ -n "$ask" ] || { echo "sudo: a password is required" >&2; exit 1; }
    for try in 1 2 3; do
      printf '%s' "$prompt" >&2
      IFS= read -r given
      [ "$given" = "right one" ] && break
      [ $try = 3 ] && { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
      echo "Sorry, try again." >&2
    done ;;
esac
SUDO_USER=deploy AS=$user exec "$@"
)sh";

class SudoMachine : public ShellMachine {
 public:
  explicit SudoMachine(const char* behaviour, Value sudo = true, Value password = {}) {
    directory_.file("sudo", kSudo);
    std::filesystem::permissions(directory_ / "sudo", std::filesystem::perms(0755));
    shell().env[0] = "PATH=" + directory_.path() + ":/usr/bin:/bin";
    shell().env.push_back(std::string("FAKE=") + behaviour);
    shell().env.push_back("LOG=" + directory_ / "log");
    target().set("sudo", std::move(sudo));
    if (!password.is_null()) target().set("sudo_password", std::move(password));
  }
  std::string log() const { return directory_.content("log"); }
  Result<Value> cat() {
    return call("run",
                Value::object({{"argv", Value::array({"sh", "-c", "echo \"$AS\"; cat"})}, {"stdin", "the input\n"}}));
  }

 private:
  TempDirectory directory_;
};

}  // namespace

TEST_CASE("sudo: where no password is needed none is sent", "[machine][shell]") {
  CHECK((*SudoMachine("").cat())["stdout"].as_string() == "root\nthe input\n");
  SudoMachine unasked("", "postgres", secret("hunter2"));
  CHECK((*unasked.cat())["stdout"].as_string() == "postgres\nthe input\n");
  CHECK(unasked.log().find("-u postgres --") != std::string::npos);
}

TEST_CASE("sudo: the password is sent when it is asked for, and is no part of the input", "[machine][shell]") {
  SudoMachine machine("password", true, secret("right one"));
  CHECK((*machine.cat())["stdout"].as_string() == "root\nthe input\n");
  TempDirectory directory;
  REQUIRE(machine.call("write", Value::object({{"path", directory / "f"}, {"content", "content"}})));
  CHECK(directory.content("f") == "content");
  CHECK(machine.log().find("right one") == std::string::npos);
  for (const std::string& command : machine.shell().commands) CHECK(command.find("right one") == std::string::npos);
}

TEST_CASE("sudo: a wrong password is an error at once", "[machine][shell]") {
  SudoMachine machine("password", true, secret("wrong"));
  CHECK(machine.cat().error().code == "machine.sudo_password");
  CHECK(machine.shell().started == 1);
  const auto missing = SudoMachine("password").cat();
  CHECK(missing.error().code == "machine.sudo_password");
  CHECK(missing.error().hint.find("password = ") != std::string::npos);
  CHECK(SudoMachine("password", true, secret("two\nlines")).cat().error().code == "machine.argument");
}

TEST_CASE("sudo: why it does not run the command is said", "[machine][shell]") {
  CHECK(SudoMachine("refuses").cat().error().code == "machine.sudo");
  CHECK_THAT(SudoMachine("tty").cat().error().hint, ContainsSubstring("requiretty"));
  CHECK(SudoMachine("unknown", "nobody-there").cat().error().code == "machine.unknown_user");
  SudoMachine without("");
  TempDirectory directory;
  std::filesystem::create_symlink("/bin/dash", directory / "sh");
  without.shell().env[0] = "PATH=" + directory.path();
  const auto missing = without.cat();
  CHECK(missing.error().code == "machine.sudo");
  CHECK_THAT(missing.error().message, ContainsSubstring("there is no sudo"));
}

TEST_CASE("sudo: a file that is sent begins after the password, and is not taken for it", "[machine][shell]") {
  TempDirectory here, there;
  const std::string content = "right one\n" + std::string(600'000, 'x');
  SudoMachine machine("password", true, secret("right one"));
  for (const char* verb : {"file_put", "file_fetch"}) {
    auto put = machine.call(verb, Value::object({{"from", here.file("f", content)}, {"to", there / verb}}));
    if (!put) FAIL(put.error().code << ": " << put.error().message);
    CHECK((there.content(verb) == content));
  }
}
