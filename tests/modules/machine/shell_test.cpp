// SPDX-License-Identifier: Apache-2.0
// What can only go wrong where a machine is reached through a shell.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "modules/machine/shell_marker.h"
#include "tests/modules/machine/shell_fixture.h"
#include "tests/support/skip.h"

using namespace runbook;
using namespace runbook::machine;

namespace {

Value file(const std::string& path, Value content) {
  return Value::object({{"path", path}, {"content", std::move(content)}});
}
Value program(std::initializer_list<Value> argv) { return Value::object({{"argv", Value::array(argv)}}); }
Value sh(const char* script) { return program({"sh", "-c", script}); }

std::size_t files_in(const TempDirectory& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) count += entry.path().empty() ? 0 : 1;
  return count;
}

}  // namespace

TEST_CASE("shell: the marker is found however it is cut, and what comes before it is dropped", "[machine][shell]") {
  const std::string text = "Welcome\nto MAR MARKMARK!word\nout\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Marker marker("MARKMARK");
    std::string out(marker.feed(text.substr(0, cut)));
    out += marker.feed(text.substr(cut));
    CHECK(out == "out\n");
    CHECK(marker.word() == "!word");
    CHECK(marker.before() == "Welcome\nto MAR ");
  }
  Marker marker("MARKMARK");
  for (int line = 0; line < 100000; ++line) marker.feed("a long story\n");
  CHECK(marker.before().size() < 64 * 1024);
  CHECK(marker.feed("MARKMARK\nx") == "x");
}

TEST_CASE("shell: banners of a login are no part of any result", "[machine][shell]") {
  TempDirectory directory;
  ShellMachine machine;
  machine.shell().before = "echo Welcome; printf 'no end' >&2; ";
  REQUIRE(machine.call("write", file(directory / "f", "content\n")));
  CHECK(machine.call("read", Value::object({{"path", directory / "f"}}))->as_string() == "content\n");
  const Value result = *machine.call("run", sh("echo out; echo err >&2"));
  CHECK(result["stdout"].as_string() == "out\n");
  CHECK(result["stderr"].as_string() == "err\n");
}

TEST_CASE("shell: where no shell answers, what answered is said", "[machine][shell]") {
  TempDirectory directory;
  ShellMachine machine;
  machine.shell().before = "echo This account is currently not available.; exit 1; ";
  const auto refused = machine.call("read", Value::object({{"path", directory / "f"}}));
  CHECK(refused.error().code == "machine.shell");
  CHECK_THAT(refused.error().message, ContainsSubstring("This account is currently not available."));
  CHECK(machine.call("run", sh("true")).error().code == "machine.shell");
  // A shell that repeats the command line has not run it.
  machine.shell().before = "echo \"$0\" ";
  CHECK(machine.call("read", Value::object({{"path", directory / "f"}})).error().code == "machine.shell");
}

TEST_CASE("shell: contents, inputs and environments appear in no command line", "[machine][shell]") {
  TempDirectory directory;
  ShellMachine machine;
  REQUIRE(machine.call("write", file(directory / "f", secret("hunter2"))));
  REQUIRE(machine.call("append", file(directory / "f", secret("hunter3"))));
  REQUIRE(machine.call("file_verify", file(directory / "f", secret("hunter4"))));
  Value args = sh("cat; echo $TOKEN");
  args.set("env", Value::object({{"TOKEN", secret("hunter5")}}));
  args.set("stdin", secret("hunter6\n"));
  CHECK((*machine.call("run", args))["stdout"].as_string() == "hunter6\nhunter5\n");
  REQUIRE(machine.shell().commands.size() == 4);
  for (const std::string& command : machine.shell().commands) CHECK(command.find("hunter") == std::string::npos);
}

TEST_CASE("shell: each operation is one command", "[machine][shell]") {
  TempDirectory directory;
  ShellMachine machine;
  REQUIRE(machine.call("write", file(directory / "f", "x")));
  REQUIRE(machine.call("file_verify", file(directory / "f", "y")));
  REQUIRE(machine.call("list", Value::object({{"path", directory.path()}})));
  CHECK(machine.shell().started == 3);
}

TEST_CASE("shell: content that is cut off on the way takes the place of nothing", "[machine][shell]") {
  TempDirectory directory;
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    ShellMachine machine(userland);
    directory.file("f", "former");
    machine.shell().most_input = 100000;
    const std::string content(1 << 20, 'x');
    CHECK(machine.call("write", file(directory / "f", content)).error().code == "machine.io");
    CHECK(machine.call("append", file(directory / "f", content)).error().code == "machine.io");
    CHECK(machine.call("write", file(directory / "g", content)).error().code == "machine.io");
    CHECK(directory.content("f") == "former");
    CHECK(files_in(directory) == 1);
    Value args = sh("touch \"$MARK\"");
    args.set("env", Value::object({{"MARK", directory / "ran"}, {"REST", std::string(2000, 'x')}}));
    machine.shell().most_input = 1000;
    CHECK_FALSE(machine.call("run", args));
    CHECK_FALSE(std::filesystem::exists(directory / "ran"));
  }
}

TEST_CASE("shell: a large content arrives whole", "[machine][shell]") {
  TempDirectory directory;
  ShellMachine machine;
  std::string content;
  for (int number = 0; content.size() < 5 << 20; ++number) content += std::to_string(number) + std::string(1, '\0');
  REQUIRE(machine.call("write", file(directory / "f", content)));
  CHECK(directory.content("f") == content);
  CHECK(machine.call("read", Value::object({{"path", directory / "f"}}))->as_string() == content);
}

TEST_CASE("shell: a full disk and one that cannot be written say so, and nothing is left", "[machine][shell]") {
  TempDirectory directory;
  const Mount full(directory / "full", 0, "size=64k"), fixed(directory / "fixed", MS_RDONLY, "size=64k");
  if (!full || !fixed) RUNBOOK_SKIP("root is needed to mount a small file system");
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    ShellMachine machine(userland);
    const std::string content(1 << 20, 'x');
    REQUIRE(machine.call("write", file(directory / "full/f", "former")));
    CHECK(machine.call("write", file(directory / "full/f", content)).error().code == "machine.no_space");
    CHECK(machine.call("append", file(directory / "full/f", content)).error().code == "machine.no_space");
    CHECK(machine.call("read", Value::object({{"path", directory / "full/f"}}))->as_string() == "former");
    CHECK(machine.call("list", Value::object({{"path", directory / "full"}}))->items().size() == 1);
    CHECK(machine.call("write", file(directory / "fixed/f", "x")).error().code == "machine.read_only");
    CHECK(machine.call("directory_create", Value::object({{"path", directory / "fixed/d/e"}})).error().code ==
          "machine.read_only");
    CHECK(machine.call("link_create", Value::object({{"path", directory / "fixed/l"}, {"to", "x"}})).error().code ==
          "machine.read_only");
    const Value all = Value::object({{"path", directory.path()}, {"recursive", true}});
    CHECK(machine.call("remove", all).error().code == "machine.mount");
    CHECK(std::filesystem::exists(directory / "full/f"));
  }
}

TEST_CASE("shell: what another user may not do is said", "[machine][shell]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to be another user");
  TempDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  std::filesystem::create_directory(directory / "closed");
  std::filesystem::permissions(directory / "closed", std::filesystem::perms(0700));
  directory.file("closed/f", "x");
  std::filesystem::permissions(directory.file("secret", "x"), std::filesystem::perms(0600));
  ShellMachine machine;
  machine.shell().env[0] = "PATH=/usr/bin:/bin";
  machine.shell().uid = 65534;
  const auto code = [&](const char* verb, Value args) { return machine.call(verb, std::move(args)).error().code; };
  const auto at = [&](const char* path) { return Value::object({{"path", directory / path}}); };
  CHECK(code("read", at("secret")) == "machine.permission");
  CHECK(code("checksum", at("secret")) == "machine.permission");
  CHECK(code("stat", at("closed/f")) == "machine.permission");
  CHECK(code("find", at("closed/f")) == "machine.permission");
  CHECK(code("list", at("closed")) == "machine.permission");
  CHECK(code("write", file(directory / "f", "x")) == "machine.permission");
  CHECK(code("append", file(directory / "secret", "x")) == "machine.permission");
  CHECK(code("remove", at("secret")) == "machine.permission");
  CHECK(code("directory_create", at("d")) == "machine.permission");
  CHECK(code("attributes_update", Value::object({{"path", directory / "secret"}, {"mode", "0644"}})) ==
        "machine.permission");
  CHECK(code("run", program({directory / "secret"})) == "machine.permission");
}

TEST_CASE("shell: programs run as on this computer", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    TempDirectory directory;
    ShellMachine machine(userland);
    CHECK((*machine.call("run", program({"printf", "%s|", "", "a b", "$(x)", "-n", "\xff\n"})))["stdout"].as_string() ==
          "|a b|$(x)|-n|\xff\n|");
    const auto failed = machine.call("run", sh("echo one; echo two >&2; exit 7"));
    CHECK(failed.error().code == "machine.exit");
    CHECK(failed.error().context.at("exit_code") == "7");
    CHECK(failed.error().context.at("output") == "two");
    Value killed = sh("kill -KILL $$");
    killed.set("check", false);
    CHECK((*machine.call("run", killed))["code"].as_int() == 137);
    Value where = sh("pwd; cat; echo \"$A\" $LANG");
    where.set("cwd", directory.path());
    where.set("stdin", "in\n");
    where.set("env", Value::object({{"A", "line\n'two'"}, {"size", 1}, {"m", "x"}}));
    CHECK((*machine.call("run", where))["stdout"].as_string() == directory.path() + "\nin\nline\n'two' C.UTF-8\n");
    const auto code = [&](Value args) { return machine.call("run", std::move(args)).error().code; };
    CHECK(code(program({"no-such-program"})) == "machine.not_found");
    CHECK(code(program({"/no/such/program"})) == "machine.not_found");
    CHECK(code(program({"./x"})) == "machine.not_found");
    CHECK(code(program({})) == "machine.argument");
    CHECK(code(program({"echo", secret("x")})) == "machine.secret_argument");
    Value lost = sh("true");
    lost.set("cwd", "/nonexistent");
    CHECK(code(lost) == "machine.not_found");
    Value query = sh("printf 12345");
    query.set("max_output", 4);
    CHECK(machine.call("query", query).error().code == "machine.output_limit");
    Value slow = sh("echo working; sleep 1000");
    slow.set("timeout", 0.3);
    const auto late = machine.call("run", slow);
    CHECK(late.error().code == "machine.timeout");
    CHECK(late.error().context.at("output") == "working");
  }
}

TEST_CASE("shell: the program's input is the program's, whatever came before it", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    ShellMachine machine(userland);
    Value args = program({"cat"});
    std::string input;
    for (int number = 0; input.size() < 300000; ++number) input += std::to_string(number) + "\n";
    args.set("stdin", input);
    args.set("env", Value::object({{"A", std::string(5000, 'a')}}));
    CHECK((*machine.call("run", args))["stdout"].as_string() == input);
    CHECK((*machine.call("run", program({"cat"})))["stdout"].as_string().empty());
  }
}

TEST_CASE("shell: what is touched is said in the words of the route", "[machine][shell]") {
  ShellMachine machine;
  const auto access = machine.access("copy", Value::object({{"from", "/a/../etc/x"}, {"to", "/b/"}}));
  REQUIRE(access.size() == 2);
  CHECK((access[0].verb == "read" && access[0].name == "/etc/x"));
  CHECK((access[1].verb == "write" && access[1].name == "/b"));
  CHECK(machine.access("run", program({"systemctl", "restart"}))[0].name == "systemctl");
  CHECK(machine.access("query", program({"/usr/bin/../bin/id"}))[0].name == "/usr/bin/id");
  CHECK(machine.access("file_ensure", Value::object({{"path", "/x"}}))[0].verb == "write");
}

TEST_CASE("shell: nothing is left where the connection breaks in the middle of a change", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    DYNAMIC_SECTION(userland.name) {
      TempDirectory directory;
      ShellMachine machine(userland);
      REQUIRE(machine.call("write", file(directory / "f", "content")));
      REQUIRE(machine.call("append", file(directory / "f", "content")));
      REQUIRE(machine.call("link_create", Value::object({{"path", directory / "l"}, {"to", "f"}})));
      for (const std::string& command : machine.shell().commands) {
        // As it is after the connection has gone: no input comes, and nobody reads.
        int in[2], error[2];
        REQUIRE(pipe2(in, O_CLOEXEC) == 0);
        REQUIRE(pipe2(error, O_CLOEXEC) == 0);
        const pid_t child = fork();
        if (child == 0) {
          signal(SIGPIPE, SIG_DFL);
          dup2(in[0], 0);
          dup2(open("/dev/null", O_WRONLY), 1);
          dup2(error[1], 2);
          const std::string path = machine.shell().env[0];
          char* environment[] = {const_cast<char*>(path.c_str()), nullptr};
          execle("/bin/sh", "sh", "-c", command.c_str(), nullptr, environment);
          _exit(127);
        }
        close(in[0]);
        close(error[1]);
        char mark[200];
        CHECK(read(error[0], mark, sizeof mark) > 0);
        close(error[0]);
        close(in[1]);
        waitpid(child, nullptr, 0);
        for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
          CHECK_FALSE(entry.path().filename().string().starts_with(".runbook-"));
      }
    }
  }
}

TEST_CASE("shell: root changes no file that others put in the place of one meanwhile", "[machine][shell]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to be able to do harm");
  for (const Userland& userland : kUserlands) {
    if (userland.busybox_alone) continue;
    DYNAMIC_SECTION(userland.name) {
      TempDirectory directory, victim;
      victim.file("f", "victim's");
      std::filesystem::permissions(directory.path(), std::filesystem::perms(0777));
      ShellMachine machine(userland);
      const auto link = [&](const std::string& name) {
        return "rm -rf '" + (directory / name) + "'; ln -s '" + victim.path() + (name == "f" ? "/f" : "") + "' '" +
               (directory / name) + "'; exit $k\n";
      };
      for (const char* name : {"f", "d"}) {
        directory.file("f", "former");
        std::filesystem::create_directory(directory / "d");
        machine.replace_tool("chown", "chown \"$@\"; k=$?; " + link(name));
        const Value change = Value::object({{"path", directory / name}, {"mode", "0777"}, {"owner", "daemon"}});
        CHECK(machine.call("attributes_update", change).error().code == "machine.permission");
        std::filesystem::remove(directory / name);
      }
      machine.replace_tool("mkdir", "mkdir \"$@\"; k=$?; [ \"$3\" = ./new ] || exit $k; " + link("new"));
      const Value make = Value::object({{"path", directory / "new"}, {"mode", "0777"}});
      CHECK_FALSE(machine.call("directory_create", make));
      struct stat info {};
      for (const std::string& path : {victim.path(), victim / "f"}) {
        REQUIRE(stat(path.c_str(), &info) == 0);
        CHECK((info.st_mode & 0777) != 0777);
        CHECK(info.st_uid == 0);
      }
    }
  }
}

TEST_CASE("shell: where it cannot be told whether there is another file system nothing is removed", "[machine][shell]") {
  TempDirectory directory;
  std::filesystem::create_directories(directory / "d/e");
  ShellMachine machine;
  machine.replace_tool("sort", "exit 1\n");
  const Value all = Value::object({{"path", directory / "d"}, {"recursive", true}});
  CHECK(machine.call("remove", all).error().code == "machine.unsupported");
  CHECK(std::filesystem::exists(directory / "d/e"));
}

TEST_CASE("shell: a directory that cannot be listed is not called empty", "[machine][shell]") {
  TempDirectory directory;
  directory.file("f", "f");
  const Value path = Value::object({{"path", directory.path()}});
  for (const char* tool : {"stat", "xargs"}) {
    ShellMachine machine;
    machine.replace_tool(tool, "echo 'invalid option' >&2; exit 1\n");
    CHECK(machine.call("list", path).error().code == "machine.unsupported");
  }
}

TEST_CASE("shell: a file is read up to the limit that is given", "[machine][shell]") {
  TempDirectory directory;
  constexpr std::int64_t kSize = 90 << 20;
  std::filesystem::resize_file(directory.file("f", ""), kSize);
  ShellMachine machine;
  const auto content = machine.call("read", Value::object({{"path", directory / "f"}, {"limit", kSize}}));
  REQUIRE(content);
  CHECK(content->as_string().size() == kSize);
}

TEST_CASE("shell: any tool for checksums will do", "[machine][shell]") {
  TempDirectory directory, tools;
  directory.file("f", "content\n");
  for (const char* tool : {"sh", "cat", "stat", "id", "cut", "readlink"}) {
    std::filesystem::create_symlink(std::filesystem::exists(std::string("/usr/bin/") + tool) ? std::string("/usr/bin/") + tool
                                                                                         : std::string("/bin/") + tool,
                                    tools / tool);
  }
  ShellMachine machine;
  machine.shell().env[0] = "PATH=" + tools.path();
  const Value path = Value::object({{"path", directory / "f"}});
  CHECK(machine.call("checksum", path).error().code == "machine.unsupported");
  std::ofstream(tools / "shasum") << "#!/bin/sh\nshift 2\nexec /usr/bin/sha256sum\n";
  std::filesystem::permissions(tools / "shasum", std::filesystem::perms(0755));
  CHECK(machine.call("checksum", path)->as_string() == Machine().call("checksum", path)->as_string());
  Value described = file(directory / "f", secret("content\n"));
  CHECK((*machine.call("file_verify", described))["content"].as_bool());
}

TEST_CASE("shell: what was renamed over something large goes back, and that is said to be lost", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    TempDirectory directory;
    ShellMachine machine(userland);
    directory.file("a", "a");
    directory.file("b", std::string(2 << 20, 'b'));
    Value args = Value::object({{"from", directory / "a"}, {"to", directory / "b"}, {"replace", true}});
    const Operation& rename = machine.operation("rename");
    const Value before = *machine.act(rename.capture, args);
    REQUIRE(machine.call("rename", args));
    args.set("before", before);
    CHECK(machine.act(rename.revert, args).error().code == "machine.cannot_revert");
    CHECK(directory.content("a") == "a");
    CHECK_FALSE(std::filesystem::exists(directory / "b"));
  }
}

TEST_CASE("shell: what cannot be handed to a program there is said", "[machine][shell]") {
  ShellMachine machine(kUserlands[1]);
  CHECK(machine.call("run", program({"echo", std::string(200000, 'x')})).error().code == "machine.argument");
  CHECK(machine.call("run", program({"echo", std::string(100000, 'x')})));
  Value args = sh("true");
  args.set("env", Value::object({{"EUID", "7"}}));
  const auto refused = machine.call("run", args);
  CHECK(refused.error().code == "machine.argument");
  CHECK(refused.error().hint.find("/usr/bin/env") != std::string::npos);
}
