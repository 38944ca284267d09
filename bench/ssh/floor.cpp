// SPDX-License-Identifier: Apache-2.0
//
// The floor: the least that a client on libssh2 can do, to compare others with. One thread on epoll, no shell quoting,
// no configuration, one host key for all hosts; the user's key is parsed once, and acknowledgements are hurried until
// the first channel is open.
//
// floor KEY HOST_KEY.pub USER PORT HOSTS LIMIT STEPS COMMAND [< input] [> output]
//   HOSTS: file of addresses, one a line. LIMIT: how many at a time. STEPS: how often COMMAND runs on each, one after
//   the other on one connection. With one host and one step, standard input is sent to COMMAND and its output printed.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "floor_key.h"

namespace {

struct Settings {
  FloorKey* key = nullptr;
  std::string host_key, user, command;
  int port = 22, steps = 1;
  bool transfer = false;  // of standard input and output
};

constexpr std::size_t kBuffer = 256U << 10U;
char buffer[kBuffer];

/// One host, from connecting to the last command's end.
class Host {
 public:
  Host(const Settings& settings, int epoll, const std::string& address) : settings_(settings), epoll_(epoll) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(settings.port));
    inet_pton(AF_INET, address.c_str(), &to.sin_addr);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
      give_up("connect: " + address);
    epoll_event event{EPOLLOUT, {this}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event);
    session_ = libssh2_session_init();
    libssh2_session_set_blocking(session_, 0);
    libssh2_session_method_pref(session_, LIBSSH2_METHOD_KEX, "curve25519-sha256");
    libssh2_session_method_pref(session_, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519");
    for (const int way : {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC})
      libssh2_session_method_pref(session_, way, "aes128-ctr");
    for (const int way : {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC})
      libssh2_session_method_pref(session_, way, "hmac-sha2-256");
  }
  ~Host() {
    libssh2_session_free(session_);
    close(socket_);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// True when all is done.
  bool go_on() {
    const int on = 1;
    if (stage_ <= Stage::kOpen && step_ == 0) setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    while (turn()) {
      if (stage_ == Stage::kEnd) return true;
    }
    epoll_event event{EPOLLIN, {this}};
    if (libssh2_session_block_directions(session_) & LIBSSH2_SESSION_BLOCK_OUTBOUND) event.events |= EPOLLOUT;
    if (event.events != events_) epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &event);
    events_ = event.events;
    return false;
  }

 private:
  enum class Stage { kHandshake, kLogin, kOpen, kExec, kWrite, kEndOfInput, kRead, kClosed, kFree, kEnd };

  // False when it has to wait.
  bool turn() {
    switch (stage_) {
      case Stage::kHandshake:
        return next(libssh2_session_handshake(session_, socket_), "handshake") && check_host_key();
      case Stage::kLogin: {
        void* key = settings_.key;
        return next(libssh2_userauth_publickey(session_, settings_.user.c_str(),
                                               reinterpret_cast<const unsigned char*>(settings_.key->blob().data()),
                                               settings_.key->blob().size(), &FloorKey::sign, &key),
                    "login");
      }
      case Stage::kOpen:
        channel_ = libssh2_channel_open_ex(session_, "session", 7, 2U << 20U, 32768, nullptr, 0);
        return next(channel_ ? 0 : libssh2_session_last_errno(session_), "open");
      case Stage::kExec:
        return next(libssh2_channel_exec(channel_, settings_.command.c_str()), "exec") &&
               (settings_.transfer || skip_input());
      case Stage::kWrite: return write();
      case Stage::kEndOfInput: return next(libssh2_channel_send_eof(channel_), "eof");
      case Stage::kRead: return read();
      case Stage::kClosed: return next(libssh2_channel_wait_closed(channel_), "closed") && check_exit();
      case Stage::kFree:
        if (!next(libssh2_channel_free(channel_), "free")) return false;
        if (++step_ < settings_.steps) stage_ = Stage::kOpen;
        return true;
      case Stage::kEnd: break;
    }
    return true;
  }
  bool next(int rc, const char* what) {
    if (rc == LIBSSH2_ERROR_EAGAIN) return false;
    if (rc != 0) give_up(std::string(what) + ": " + std::to_string(rc));
    stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
    return true;
  }
  bool check_host_key() const {
    size_t size = 0;
    int type = 0;
    const char* blob = libssh2_session_hostkey(session_, &size, &type);
    if (settings_.host_key != std::string(blob, size)) give_up("another host key");
    return true;
  }
  bool check_exit() const {
    if (const int code = libssh2_channel_get_exit_status(channel_))
      give_up("the command ended with " + std::to_string(code));
    return true;
  }
  bool skip_input() {
    stage_ = Stage::kRead;
    return true;
  }
  bool write() {
    if (sent_ == size_) {
      const ssize_t got = ::read(0, buffer, sizeof buffer);
      if (got <= 0) return next(0, "input");
      sent_ = 0;
      size_ = static_cast<std::size_t>(got);
    }
    const ssize_t rc = libssh2_channel_write(channel_, buffer + sent_, size_ - sent_);
    if (rc == LIBSSH2_ERROR_EAGAIN) return false;
    if (rc < 0) give_up("write");
    sent_ += static_cast<std::size_t>(rc);
    return true;
  }
  bool read() {
    for (const int stream : {0, 1}) {
      const ssize_t got = libssh2_channel_read_ex(channel_, stream, buffer, sizeof buffer);
      if (got < 0 && got != LIBSSH2_ERROR_EAGAIN) give_up("read");
      if (got <= 0) continue;
      if (settings_.transfer && ::write(1, buffer, static_cast<std::size_t>(got)) != got) give_up("cannot write");
      return true;
    }
    return libssh2_channel_eof(channel_) != 0 && next(0, "eof");
  }

  const Settings& settings_;
  int epoll_, socket_;
  std::uint32_t events_ = EPOLLOUT;
  LIBSSH2_SESSION* session_ = nullptr;
  LIBSSH2_CHANNEL* channel_ = nullptr;
  Stage stage_ = Stage::kHandshake;
  int step_ = 0;
  std::size_t sent_ = 0, size_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) give_up("usage: floor KEY HOST_KEY.pub USER PORT HOSTS LIMIT STEPS COMMAND");
  libssh2_init(0);
  FloorKey key(argv[1]);
  Settings settings{&key, public_blob(argv[2]), argv[3], argv[8], std::atoi(argv[4]), std::atoi(argv[7]), false};
  std::vector<std::string> hosts;
  std::ifstream list(argv[5]);
  for (std::string line; std::getline(list, line);) hosts.push_back(line);
  settings.transfer = hosts.size() == 1 && settings.steps == 1;

  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const std::size_t limit = static_cast<std::size_t>(std::atoi(argv[6]));
  std::size_t started = 0, running = 0;
  while (started < hosts.size() || running > 0) {
    for (; started < hosts.size() && running < limit; ++running) new Host(settings, epoll, hosts[started++]);
    epoll_event events[64];
    const int count = epoll_wait(epoll, events, 64, 30000);
    if (count <= 0) give_up("nothing happened for 30 s");
    for (int i = 0; i < count; ++i) {
      Host* host = static_cast<Host*>(events[i].data.ptr);
      if (!host->go_on()) continue;
      delete host;
      --running;
    }
  }
  return 0;
}
