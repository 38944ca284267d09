// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/forward/forward.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <cstdlib>
#include <cstring>
#include <set>

#include "host/core/text.h"
#include "host/ssh/forward/relay.h"

namespace runbook::ssh {

namespace {

constexpr int kBacklog = 64;
constexpr const char* kSocket = "/socket";

// Where only this user may enter; the name of a socket in it must not be longer than the system takes. Empty: nowhere.
std::string make_directory() {
  for (const char* variable : {"XDG_RUNTIME_DIR", "TMPDIR", ""}) {
    const char* value = *variable ? std::getenv(variable) : "/tmp";
    if (value == nullptr || *value != '/') continue;
    std::string directory = cat(value, "/runbook-forward-XXXXXX");
    struct stat info {};
    if (directory.size() + std::strlen(kSocket) >= sizeof(sockaddr_un::sun_path) || !mkdtemp(directory.data())) continue;
    // A file system may have other ideas of modes and owners.
    if (stat(directory.c_str(), &info) == 0 && (info.st_mode & 0777) == 0700 && info.st_uid == geteuid()) return directory;
    rmdir(directory.c_str());
  }
  return {};
}

}  // namespace

struct Forward::State : std::enable_shared_from_this<State> {
  State(Connections& among, Destination there, ForwardTarget what)
      : all(among), destination(std::move(there)), to(std::move(what)) {}

  Connections& all;
  Destination destination;
  ForwardTarget to;
  std::string directory, path;
  uv_pipe_t* listener = nullptr;
  std::set<std::shared_ptr<Relay>> relays;
  Error last_error;

  void accept();
};

// libuv's memory must outlive uv_close.
static void delete_pipe(uv_handle_t* handle) { delete reinterpret_cast<uv_pipe_t*>(handle); }

void Forward::State::accept() {
  auto* pipe = new uv_pipe_t{};
  uv_pipe_init(all.loop().uv(), pipe, 0);
  if (uv_accept(reinterpret_cast<uv_stream_t*>(listener), reinterpret_cast<uv_stream_t*>(pipe)) != 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(pipe), delete_pipe);
    return;
  }
  auto relay = std::make_shared<Relay>(all.to(destination), pipe);
  relays.insert(relay);
  relay->start(to, [weak = weak_from_this(), key = std::weak_ptr(relay)](Status how) {
    const auto self = weak.lock();
    if (!self) return;
    self->last_error = how ? Error() : how.error();
    self->relays.erase(key.lock());
  });
}

Forward::Forward(std::shared_ptr<State> state) : state_(std::move(state)) {}

Forward::~Forward() {
  if (state_->listener) uv_close(reinterpret_cast<uv_handle_t*>(state_->listener), delete_pipe);
  state_->listener = nullptr;
  for (const auto& relay : std::exchange(state_->relays, {})) relay->close();
  unlink(state_->path.c_str());
  rmdir(state_->directory.c_str());
}

const std::string& Forward::path() const { return state_->path; }
const Error& Forward::last_error() const { return state_->last_error; }

Result<std::unique_ptr<Forward>> Forward::open(Connections& all, const Destination& destination, ForwardTarget to) {
  const std::string directory = make_directory();
  if (directory.empty()) return Error("ssh.forward", "cannot make a directory for a forwarded socket in /tmp");
  auto state = std::make_shared<State>(all, destination, std::move(to));
  state->directory = directory;
  state->path = directory + kSocket;
  auto forward = std::unique_ptr<Forward>(new Forward(state));
  state->listener = new uv_pipe_t{};
  uv_pipe_init(all.loop().uv(), state->listener, 0);
  state->listener->data = state.get();
  int rc = uv_pipe_bind(state->listener, state->path.c_str());
  if (rc == 0) {
    rc = uv_listen(reinterpret_cast<uv_stream_t*>(state->listener), kBacklog, [](uv_stream_t* stream, int status) {
      if (status == 0) static_cast<State*>(stream->data)->accept();
    });
  }
  if (rc != 0) return Error("ssh.forward", cat("cannot listen on '", state->path, "': ", uv_strerror(rc)));
  uv_unref(reinterpret_cast<uv_handle_t*>(state->listener));
  return forward;
}

}  // namespace runbook::ssh
