// SPDX-License-Identifier: Apache-2.0
// How long a session and a connection last, and what those hear who use one that is over.
#include <cerrno>
#include <fstream>

#include "tests/host/ssh/ssh_runs.h"

namespace runbook::ssh {

namespace {

class SilentCarrier final : public Carrier {
 public:
  ssize_t receive(void*, std::size_t) override { return -EAGAIN; }
  ssize_t send(const void*, std::size_t size) override { return static_cast<ssize_t>(size); }
  void want(bool, bool) override {}
  bool ended() const override { return false; }
  int descriptor() const override { return -1; }
};

// What asking for a channel comes to.
struct Asked {
  std::optional<Error> error;
  Connection::OnChannel take() {
    return [this](Result<std::unique_ptr<Channel>> channel) {
      if (!channel) error = channel.error();
    };
  }
};

}  // namespace

TEST_CASE("what is begun on a session that is lost already hears of it") {
  Loop loop;
  auto session = std::make_shared<Session>(loop, std::make_unique<SilentCarrier>(), "web1");
  session->lose(Error("ssh.connection_lost", "gone"));
  std::optional<std::string> heard;
  session->add([] { return false; }, [&heard](const Error& why) { heard = why.code; });
  const auto dropped = session->add([] { return false; }, [&heard](const Error&) { heard = "although it was dropped"; });
  session->drop(dropped);
  CHECK_FALSE(heard);  // not before the caller has got what it asked for
  while (!heard && loop.turn()) {
  }
  CHECK(heard == "ssh.connection_lost");
}

TEST_CASE("a connection that is held for longer than the run begins nothing more") {
  const Sshd server;
  SshRuns ssh(server);
  const ConnectionPtr used = ssh.connections().to(ssh.destination());
  ssh.run({"true"})->ok();
  const ConnectionPtr further = used->another();
  Asked asked_of_further;
  further->channel({}, asked_of_further.take());  // on its way when the run ends
  ssh.close();
  REQUIRE(asked_of_further.error);
  CHECK(asked_of_further.error->code == "ssh.closed");
  CHECK_FALSE(used->session());
  CHECK_FALSE(used->another());
  for (const ConnectionPtr& connection : {used, further}) {
    Asked asked;
    connection->channel({}, asked.take());
    REQUIRE(ssh.until([&] { return asked.error.has_value(); }));
    CHECK(asked.error->code == "ssh.closed");
  }
}

TEST_CASE("a program that is held for longer than the run is told that the run is over") {
  const Sshd server;
  SshRuns ssh(server);
  auto held = ssh.start({"sh", "-c", "echo begun; exec sleep 60"});
  REQUIRE(ssh.until([&] { return held->out == "begun\n"; }));
  auto waiting = ssh.start({"true"});
  ssh.close();
  CHECK(held->error().code == "ssh.closed");
  CHECK(waiting->error().code == "ssh.closed");
}

TEST_CASE("a server that keeps the connection and answers nothing is not waited for for ever") {
  const Sshd server;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.alive_interval = 3600;
  ssh.run({"true"}, to)->ok();
  server.freeze();
  auto ran = ssh.start({"true"}, to);
  ssh.wait(ran, 40);
  CHECK(ran->error().code == "ssh.timeout");
}

TEST_CASE("programs that are dropped with their input half sent leave the connection to the others") {
  const Sshd server({"MaxSessions 40"});
  SshRuns ssh(server);
  std::vector<std::shared_ptr<Ran>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(ssh.start({"sh", "-c", "echo begun; exec sleep 60"}));
    REQUIRE(ssh.until([&] { return all.back()->out == "begun\n"; }));
  }
  server.freeze();
  // More than the system takes for a server that does not read.
  for (const auto& ran : all) ran->process->write(std::string(4U << 20U, 'x'), {});
  bool filled = false;
  ssh.loop().after(std::chrono::milliseconds(500), [&filled] { filled = true; });
  REQUIRE(ssh.until([&] { return filled; }));
  for (const auto& ran : all) ran->process.reset();
  server.thaw();
  CHECK(ssh.run({"echo", "still here"})->out == "still here\n");
  std::size_t logins = 0;
  const std::string log = server.log();
  for (std::size_t at = log.find("Accepted"); at != std::string::npos; at = log.find("Accepted", at + 1)) ++logins;
  CHECK(logins == 1);
}

TEST_CASE("a program that is dropped is not told that its input has ended") {
  const Sshd server;
  SshRuns ssh(server);
  const std::string told = server.directory() + "/told";
  auto ran = ssh.start({"sh", "-c", "trap '' TERM; echo begun; cat >/dev/null; : >" + told});
  ran->process->write("half of a ", {});
  REQUIRE(ssh.until([&] { return ran->out == "begun\n"; }));
  ran->process.reset();
  ssh.close();
  CHECK_FALSE(std::ifstream(told).good());
}

}  // namespace runbook::ssh
