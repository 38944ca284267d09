// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sshd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "host/core/text.h"
#include "tests/support/run_program.h"

namespace runbook {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  close(socket);
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(socket);
  return connected;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::ifstream file(cat("/proc/", parent, "/task/", parent, "/children"));
  std::vector<pid_t> out;
  for (pid_t child = 0; file >> child;) out.push_back(child);
  return out;
}

// From the top: a server that sees its program end would still tell.
void signal_tree(pid_t top, int signal) {
  const std::vector<pid_t> children = children_of(top);
  kill(top, signal);
  for (const pid_t child : children) signal_tree(child, signal);
}

}  // namespace

Sshd::Sshd(const std::vector<std::string>& lines) : port_(free_port()) {
  chmod(directory().c_str(), 0755);  // sshd reads the authorised keys as the user
  mkdir("/run/sshd", 0755);
  for (const char* name : {"host", "user"}) {
    REQUIRE(run_program({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", directory_ / name}) == 0);
  }
  directory_.file("authorized_keys", directory_.content("user.pub"));
  directory_.file("known_hosts", cat("[127.0.0.1]:", port_, ' ', directory_.content("host.pub")));
  std::ostringstream config;
  for (const std::string& line : lines) config << line << '\n';
  config << "Port " << port_ << "\nListenAddress 127.0.0.1\nHostKey " << directory() << "/host\nPidFile none\nUsePAM no\nStrictModes no\n"
         << "MaxStartups 1000\nAuthorizedKeysFile " << authorized_keys() << "\nSubsystem sftp internal-sftp\nPermitRootLogin yes\n";
  const std::string file = directory_.file("sshd_config", config.str());
  pid_ = spawn_program({"/usr/sbin/sshd", "-D", "-f", file, "-E", directory_ / "log"}, directory_ / "out");
  for (int i = 0; i < 500 && !answers(port_); ++i) {
    if (waitpid(pid_, nullptr, WNOHANG) != 0) {
      pid_ = -1;
      FAIL("sshd did not start: " << directory_.content("out") << log());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Sshd::~Sshd() {
  if (pid_ <= 0) return;
  cut();
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string Sshd::log() const { return directory_.content("log"); }

void Sshd::cut() const {
  for (const pid_t child : children_of(pid_)) signal_tree(child, SIGKILL);
}

void Sshd::freeze() const {
  for (const pid_t child : children_of(pid_)) signal_tree(child, SIGSTOP);
}

void Sshd::thaw() const {
  for (const pid_t child : children_of(pid_)) signal_tree(child, SIGCONT);
}

}  // namespace runbook
