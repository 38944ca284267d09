// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <fstream>

#include "host/core/text.h"
#include "tests/host/ssh/ssh_runs.h"

namespace runbook::ssh {

namespace {

int count_of(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

bool is_alive(const std::string& pid) { return !pid.empty() && std::ifstream("/proc/" + pid + "/stat").good(); }

}  // namespace

TEST_CASE("a program on another machine gives its output and its exit code") {
  const Sshd server;
  SshRuns ssh(server);
  auto ran = ssh.run({"sh", "-c", "cat; echo problem >&2; exit 3"}, {}, "what it reads");
  CHECK(ran->ok().code == 3);
  CHECK(ran->out == "what it reads");
  CHECK(ran->err == "problem\n");
}

TEST_CASE("every word of a command line arrives as it is") {
  const Sshd server;
  SshRuns ssh(server);
  const std::vector<std::string> words = {"", " ", "it's", "\"", "\\", "\\\\", "a\nb", "\n", "$(id)", "`id`", "!!", "-n", "--", "%s", "\xff\xfe", "*", "~", "a;b", "\\'", "\t", "é"};
  std::vector<std::string> argv = {"printf", "[%s]"};
  std::string expected;
  for (const std::string& word : words) {
    argv.push_back(word);
    expected += cat('[', word, ']');
  }
  auto ran = ssh.run(argv);
  CHECK(ran->ok().code == 0);
  CHECK(ran->out == expected);
}

TEST_CASE("many programs share one connection") {
  const Sshd server;
  SshRuns ssh(server);
  for (int i = 0; i < 5; ++i) CHECK(ssh.run({"true"})->ok().code == 0);
  std::vector<std::shared_ptr<Ran>> all;
  for (int i = 0; i < 5; ++i) all.push_back(ssh.start({"echo", std::to_string(i)}));
  for (int i = 0; i < 5; ++i) CHECK(ssh.wait(all[static_cast<std::size_t>(i)]).out == cat(i, '\n'));
  CHECK(count_of(server.log(), "Accepted publickey") == 1);
}

TEST_CASE("where a server takes one program at a time the others wait for their turn") {
  const Sshd server({"MaxSessions 1"});
  SshRuns ssh(server);
  std::vector<std::shared_ptr<Ran>> all;
  for (int i = 0; i < 6; ++i) all.push_back(ssh.start({"echo", std::to_string(i)}));
  for (int i = 0; i < 6; ++i) {
    ssh.wait(all[static_cast<std::size_t>(i)]).ok();
    CHECK(all[static_cast<std::size_t>(i)]->out == cat(i, '\n'));
  }
  CHECK(count_of(server.log(), "Accepted publickey") == 1);
}

TEST_CASE("a server that takes only two logins at a time is asked again") {
  const Sshd server({"MaxStartups 2"});
  SshRuns ssh(server);
  std::vector<std::shared_ptr<Ran>> all;
  for (int i = 0; i < 12; ++i) {
    Destination to = ssh.destination();
    to.passphrase = std::to_string(i);  // a connection of its own each
    all.push_back(ssh.start({"true"}, to));
  }
  for (const auto& ran : all) CHECK(ssh.wait(ran, 60).ok().code == 0);
  CHECK(count_of(server.log(), "Accepted publickey") == 12);
}

TEST_CASE("streams that go both ways at once on one connection arrive whole") {
  const Sshd server;
  SshRuns ssh(server);
  std::string data;
  for (int i = 0; data.size() < (8U << 20U); ++i) data += cat(i, ' ');
  std::vector<std::shared_ptr<Ran>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(ssh.start({"cat"}));
    all.back()->process->write(data, {});
    all.back()->process->end_input();
  }
  auto loud = ssh.start({"sh", "-c", "head -c 10485760 /dev/zero >&2; echo done"});
  for (const auto& ran : all) {
    CHECK(ssh.wait(ran, 60).ok().code == 0);
    CHECK((ran->out == data));
  }
  CHECK(ssh.wait(loud, 60).out == "done\n");
  CHECK(loud->err.size() == 10485760);
}

TEST_CASE("dropping a program ends it, and what it started") {
  for (const char* limit : {"MaxSessions 10", "MaxSessions 1"}) {
    const Sshd server({limit});
    SshRuns ssh(server);
    auto ran = ssh.start({"sh", "-c", "sleep 600 & echo $! $$; wait"});
    REQUIRE(ssh.until([&] { return ran->out.find('\n') != std::string::npos; }));
    const std::vector<std::string> pids = split(trim(ran->out), ' ');
    REQUIRE(is_alive(pids[0]));
    ran->process.reset();
    ssh.close();  // waits for it
    CHECK_FALSE(is_alive(pids[0]));
    CHECK_FALSE(is_alive(pids[1]));
  }
}

TEST_CASE("a program that is dropped before it began leaves nothing behind") {
  const Sshd server;
  SshRuns ssh(server);
  auto ran = ssh.start({"sleep", "600"});
  ran->process.reset();
  ssh.close();
  CHECK_FALSE(ran->exit);
}

TEST_CASE("what is left in the background does not keep a program from having ended") {
  const Sshd server;
  SshRuns ssh(server);
  auto ran = ssh.start({"sh", "-c", "sleep 600 & echo $!"});
  ssh.wait(ran, 10);
  CHECK(ran->ok().code == 0);
  run_program({"/bin/kill", "-9", std::string(trim(ran->out))});
}

TEST_CASE("what a profile prints is no output of the program") {
  TempDirectory directory;
  const std::string profile = directory.file("profile", "echo Welcome; echo 'rb rb rb' >&2\n");
  const Sshd server({cat("SetEnv BASH_ENV=", profile)});
  SshRuns ssh(server);
  auto ran = ssh.run({"echo", "mine"});
  CHECK(ran->out == "mine\n");
  CHECK(ran->err.empty());
}

TEST_CASE("an account that may not log in says so") {
  const Sshd server({"ForceCommand echo This account is currently not available.; exit 1"});
  SshRuns ssh(server);
  auto ran = ssh.run({"true"});
  CHECK(ran->error().code == "ssh.no_shell");
  CHECK(ran->error().message.find("This account is currently not available.") != std::string::npos);
}

TEST_CASE("a connection that is cut in the middle is an error that may be tried again, and the next program connects anew") {
  const Sshd server;
  SshRuns ssh(server);
  auto ran = ssh.start({"sh", "-c", "echo begun; sleep 600"});
  REQUIRE(ssh.until([&] { return !ran->out.empty(); }));
  server.cut();
  ssh.wait(ran);
  CHECK(ran->error().code == "ssh.connection_lost");
  CHECK(ran->error().retryable);
  CHECK(ssh.run({"echo", "again"})->out == "again\n");
}

TEST_CASE("a connection that was lost while idle is made again without a word") {
  const Sshd server;
  SshRuns ssh(server);
  ssh.run({"true"})->ok();
  ssh.run({"true"})->ok();
  server.cut();
  usleep(200000);  // for the news to arrive; our loop does not turn meanwhile
  CHECK(ssh.run({"echo", "again"})->out == "again\n");
}

TEST_CASE("a signal that ends a program is told") {
  const Sshd server;
  SshRuns ssh(server);
  auto ran = ssh.run({"sh", "-c", "kill -9 $PPID; sleep 5"});
  CHECK(ran->ok().signal == "KILL");
}

TEST_CASE("a program may have a terminal") {
  const Sshd server;
  SshRuns ssh(server);
  const RemoteTerminal terminal{100, 30};
  auto ran = ssh.start({"sh", "-c", "tty >/dev/null && stty size; exit 4"}, {}, &terminal);
  ssh.wait(ran);
  CHECK(ran->ok().code == 4);
  CHECK(ran->out == "30 100\r\n");
}

TEST_CASE("output waits while its reader is paused") {
  const Sshd server;
  SshRuns ssh(server);
  auto ran = ssh.start({"head", "-c", "20000000", "/dev/zero"});
  ran->process->set_paused(true);
  ssh.until([] { return false; }, 0.5);
  const std::size_t seen = ran->out.size();
  CHECK(seen < 4U << 20U);
  ran->process->set_paused(false);
  ssh.wait(ran);
  CHECK(ran->out.size() == 20000000);
}

TEST_CASE("endless output that is taken slowly leaves time for everything else") {
  const Sshd server;
  SshRuns ssh(server);
  RemoteCommand command;
  int taken = 0;
  command.argv = {"cat", "/dev/zero"};
  command.on_output = [&taken](bool, std::string_view) {
    ++taken;
    usleep(10000);
  };
  const auto process = ssh.connections().shell(ssh.destination())->start(std::move(command));
  REQUIRE(ssh.until([&] { return taken > 0; }));
  const int before = taken;
  ssh.until([] { return false; }, 0.2);
  CHECK(taken - before < 150);
}

TEST_CASE("a login shell that shows what it is told to run changes nothing of how that ends") {
  const Sshd server({R"(ForceCommand echo "$SSH_ORIGINAL_COMMAND"; echo "$SSH_ORIGINAL_COMMAND" >&2; set -xv; eval "$SSH_ORIGINAL_COMMAND")"});
  SshRuns ssh(server);
  auto ran = ssh.run({"sh", "-c", "sleep 1; echo done; exit 3"});
  CHECK(ran->ok().code == 3);
  CHECK(ran->out == "done\n");
  CHECK(ran->err.empty());
}

TEST_CASE("a program is not over before the last of its output, however early it says that it has ended") {
  const Sshd server({R"(ForceCommand eval "$SSH_ORIGINAL_COMMAND" | (sleep 2; cat))"});
  SshRuns ssh(server);
  auto ran = ssh.run({"echo", "late"});
  CHECK(ran->ok().code == 0);
  CHECK(ran->out == "late\n");
}

TEST_CASE("a connection that is lost before the last of the output is an error, though the exit code is known") {
  const Sshd server({R"(ForceCommand eval "$SSH_ORIGINAL_COMMAND" | (head -c 60; sleep 600))"});
  SshRuns ssh(server);
  auto ran = ssh.start({"sh", "-c", "printf %100s"});
  REQUIRE(ssh.until([&] { return !ran->out.empty(); }));
  ssh.until([&] { return ran->exit.has_value(); }, 1);
  server.cut();
  ssh.wait(ran);
  CHECK(ran->error().code == "ssh.connection_lost");
}

TEST_CASE("a short interval between signs of life takes no quiet server for a dead one") {
  const Sshd server;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.alive_interval = 0.4;
  CHECK(ssh.run({"sleep", "3"}, to)->ok().code == 0);
}

}  // namespace runbook::ssh
