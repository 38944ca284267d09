// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "host/core/text.h"
#include "tests/host/ssh/ssh_runs.h"

namespace runbook::ssh {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_file(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

/// Makes a user key of a type and lets it in.
std::string make_key(const Sshd& server, const std::string& name, std::vector<std::string> options) {
  const std::string path = server.directory() + '/' + name;
  std::vector<std::string> argv = {"/usr/bin/ssh-keygen", "-q", "-C", name, "-f", path};
  argv.insert(argv.end(), options.begin(), options.end());
  REQUIRE(run_program(argv) == 0);
  write_file(server.authorized_keys(), read_file(path + ".pub"));
  return path;
}

/// Accepts connections and says nothing.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    listen(socket_, 5);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  int port() const { return port_; }

 protected:
  int socket_;

 private:
  int port_ = 0;
};

/// Accepts a connection and greets it for ever, never as an SSH server.
class TalkingServer : public SilentServer {
 public:
  TalkingServer() : talk_([this] {
    const int peer = accept(socket_, nullptr, nullptr);
    std::string words;
    while (words.size() < (4U << 20U)) words += "hello there\r\n";
    while (send(peer, words.data(), words.size(), MSG_NOSIGNAL) > 0) {
    }
    close(peer);
  }) {}
  ~TalkingServer() {
    shutdown(socket_, SHUT_RDWR);
    talk_.join();
  }
  TalkingServer(const TalkingServer&) = delete;
  TalkingServer& operator=(const TalkingServer&) = delete;

 private:
  std::thread talk_;
};

}  // namespace

TEST_CASE("every kind of user key logs in") {
  const Sshd server;
  SshRuns ssh(server);
  const std::vector<std::pair<std::string, std::vector<std::string>>> kinds = {
      {"ed25519", {"-t", "ed25519", "-N", ""}},           {"ecdsa256", {"-t", "ecdsa", "-b", "256", "-N", ""}},
      {"ecdsa521", {"-t", "ecdsa", "-b", "521", "-N", ""}}, {"rsa", {"-t", "rsa", "-b", "2048", "-N", ""}},
      {"rsa-pem", {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""}},
      {"encrypted", {"-t", "ed25519", "-N", "a passphrase", "-a", "4"}},
      {"rsa-pem-encrypted", {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "a passphrase"}}};
  for (const auto& [name, options] : kinds) {
    INFO(name);
    Destination to = ssh.destination();
    to.identity = make_key(server, name, options);
    to.passphrase = name.find("encrypted") != std::string::npos ? "a passphrase" : "";
    CHECK(ssh.run({"echo", name}, to)->out == name + '\n');
  }
}

TEST_CASE("a key that the server does not know is refused with what was tried") {
  const Sshd server;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.identity = make_key(server, "other", {"-t", "ed25519", "-N", ""});
  write_file(server.authorized_keys(), "");
  auto ran = ssh.run({"true"}, to);
  CHECK(ran->error().code == "ssh.auth");
  CHECK(ran->error().message.find(to.identity) != std::string::npos);
  CHECK(ran->error().hint.find("publickey") != std::string::npos);
}

TEST_CASE("a host that is not known is refused, and its fingerprint shown") {
  const Sshd server;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.known_hosts = server.directory() + "/none";
  auto ran = ssh.run({"true"}, to);
  CHECK(ran->error().code == "ssh.host_key");
  std::string listed;
  run_program({"/usr/bin/ssh-keygen", "-lf", server.directory() + "/host.pub"}, &listed);
  CHECK(listed.find(ran->error().context.at("fingerprint")) != std::string::npos);
}

TEST_CASE("accept-new takes an unknown host's key up, once") {
  const Sshd server;
  const std::string known = server.directory() + "/new/known_hosts";
  for (int i = 0; i < 2; ++i) {
    SshRuns ssh(server);
    Destination to = ssh.destination();
    to.known_hosts = known;
    to.accept_new = i == 0;
    CHECK(ssh.run({"true"}, to)->ok().code == 0);
  }
  CHECK(split(trim(read_file(known)), '\n').size() == 1);
}

TEST_CASE("a host key that has changed is refused, also with accept-new") {
  const Sshd server;
  SshRuns ssh(server);
  run_program({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server.directory() + "/another"});
  Destination to = ssh.destination();
  to.known_hosts = server.directory() + "/changed";
  to.accept_new = true;
  write_file(*to.known_hosts, cat("[127.0.0.1]:", server.port(), ' ', read_file(server.directory() + "/another.pub")));
  auto ran = ssh.run({"true"}, to);
  CHECK(ran->error().code == "ssh.host_key");
  CHECK(ran->error().message.find("has changed") != std::string::npos);
  CHECK(ran->error().message.find(cat(*to.known_hosts, ":1")) != std::string::npos);
}

TEST_CASE("a revoked host key is refused") {
  const Sshd server;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.known_hosts = server.directory() + "/revoked";
  write_file(*to.known_hosts, cat(read_file(server.known_hosts()), "@revoked * ", read_file(server.directory() + "/host.pub")));
  CHECK(ssh.run({"true"}, to)->error().message.find("revoked") != std::string::npos);
}

TEST_CASE("nobody there, nobody who answers, and no SSH are told apart") {
  const Sshd server;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.connect_timeout = 1;
  {
    const SilentServer gone;
    to.address.port = gone.port();
  }
  auto refused = ssh.run({"true"}, to);
  CHECK(refused->error().code == "ssh.unreachable");
  CHECK(refused->error().message.find("refused") != std::string::npos);
  const SilentServer silent;
  to.address.port = silent.port();
  CHECK(ssh.run({"true"}, to)->error().code == "ssh.timeout");
  to.address.host = "no-such-host.invalid";
  CHECK(ssh.run({"true"}, to)->error().code == "ssh.unreachable");
}

TEST_CASE("a server that never stops greeting is not listened to for ever") {
  const Sshd server;
  const TalkingServer talking;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.connect_timeout = 1;
  to.address.port = talking.port();
  CHECK(ssh.run({"true"}, to)->error().code == "ssh.timeout");
}

TEST_CASE("a machine is reached by way of two others") {
  const Sshd first, second, third;
  SshRuns ssh(third);
  // One file knows them all, and one key is let in everywhere.
  std::string known;
  for (const Sshd* server : {&first, &second, &third}) {
    known += read_file(server->known_hosts());
    write_file(server->authorized_keys(), read_file(third.user_key() + ".pub"));
  }
  Destination to = ssh.destination();
  to.known_hosts = third.directory() + "/all";
  write_file(*to.known_hosts, known);
  to.jumps = std::vector<Address>{*Address::parse(cat("127.0.0.1:", first.port())), *Address::parse(cat("127.0.0.1:", second.port()))};
  auto ran = ssh.run({"sh", "-c", "cat; echo $SSH_CONNECTION"}, to, std::string(3000000, 'x'));
  CHECK(ran->ok().code == 0);
  CHECK(ran->out.size() > 3000000);
  CHECK(first.log().find("Accepted publickey") != std::string::npos);
  CHECK(second.log().find("Accepted publickey") != std::string::npos);
  write_file(second.authorized_keys(), "");
  SshRuns again(third);
  auto failed = again.run({"true"}, to);
  CHECK(failed->error().code == "ssh.unreachable");
  CHECK(failed->error().message.find(cat("127.0.0.1:", second.port())) != std::string::npos);
}

TEST_CASE("a way that leads by its own end is told at once") {
  const Sshd server;
  SshRuns ssh(server);
  Destination to = ssh.destination();
  to.config = server.directory() + "/config";
  write_file(*to.config, "Host *\n  ProxyJump bastion\nHost other\n  ProxyJump another\n");
  to.address = *Address::parse("bastion");
  CHECK(ssh.run({"true"}, to)->error().code == "ssh.config");
  write_file(server.directory() + "/config2", "Host one\n  ProxyJump two\nHost two\n  ProxyJump one\n");
  to.config = server.directory() + "/config2";
  to.address = *Address::parse("one");
  CHECK(ssh.run({"true"}, to)->error().hint.find("ProxyJump") != std::string::npos);
}

TEST_CASE("a password is not shown to the machines on the way") {
  Destination to;
  to.password = "secret";
  CHECK(to.jump(*Address::parse("bastion")).password.empty());
}

TEST_CASE("a server that takes only the better algorithms of its day is logged in to, with RSA too") {
  const Sshd server({"KexAlgorithms curve25519-sha256", "Ciphers aes256-ctr", "MACs hmac-sha2-512", "HostKeyAlgorithms ssh-ed25519",
                     "PubkeyAcceptedAlgorithms rsa-sha2-512,ssh-ed25519"});
  SshRuns ssh(server);
  CHECK(ssh.run({"true"})->ok().code == 0);
  Destination to = ssh.destination();
  to.identity = make_key(server, "rsa", {"-t", "rsa", "-b", "3072", "-N", ""});
  CHECK(ssh.run({"true"}, to)->ok().code == 0);
}

TEST_CASE("a server that has no algorithm in common with this program says which") {
  const Sshd server({"KexAlgorithms sntrup761x25519-sha512@openssh.com"});
  SshRuns ssh(server);
  auto ran = ssh.run({"true"});
  CHECK(ran->error().code == "ssh.algorithms");
  CHECK_FALSE(ran->error().hint.empty());
}

TEST_CASE("of several host keys the one that is known is asked for") {
  TempDirectory directory;
  REQUIRE(run_program({"/usr/bin/ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", directory / "ecdsa"}) == 0);
  REQUIRE(run_program({"/usr/bin/ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", directory / "rsa"}) == 0);
  const Sshd server({cat("HostKey ", directory / "ecdsa"), cat("HostKey ", directory / "rsa"), "HostKeyAlgorithms +ssh-rsa"});
  SshRuns ssh(server);
  for (const char* type : {"ecdsa", "rsa"}) {
    INFO(type);
    Destination to = ssh.destination();
    to.known_hosts = directory / cat(type, ".known");
    write_file(*to.known_hosts, cat("[127.0.0.1]:", server.port(), ' ', read_file(directory / cat(type, ".pub"))));
    CHECK(ssh.run({"true"}, to)->ok().code == 0);
  }
}

}  // namespace runbook::ssh
