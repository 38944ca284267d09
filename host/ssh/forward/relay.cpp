// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/forward/relay.h"

#include "host/core/text.h"
#include "host/ssh/run/remote_run.h"

namespace runbook::ssh {

namespace {

constexpr std::size_t kMostUnsent = 1U << 20U;
constexpr std::size_t kReadSize = 64U << 10U;
constexpr std::size_t kMostWords = 2000;

}  // namespace

// The local side: libuv's part, which deletes itself after uv_close.
struct Relay::Local {
  uv_pipe_t* pipe;
  Relay* owner;
  char room[kReadSize];

  struct Write {
    uv_write_t request;
    std::string bytes;
    Local* local;
  };

  uv_stream_t* stream() const { return reinterpret_cast<uv_stream_t*>(pipe); }
  void read(bool on) {
    if (!on) {
      uv_read_stop(stream());
      return;
    }
    uv_read_start(
        stream(),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) { *buffer = uv_buf_init(static_cast<Local*>(handle->data)->room, kReadSize); },
        [](uv_stream_t* from, ssize_t got, const uv_buf_t* buffer) {
          Relay* relay = static_cast<Local*>(from->data)->owner;
          if (!relay || got == 0) return;
          const auto keep = relay->shared_from_this();
          if (got > 0) {
            relay->from_here(std::string(buffer->base, static_cast<std::size_t>(got)));
          } else {
            relay->here_ended();
          }
        });
  }
  bool write(std::string_view bytes) {
    auto* write = new Write{{}, std::string(bytes), this};
    write->request.data = write;
    const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
    const int rc = uv_write(&write->request, stream(), &buffer, 1, [](uv_write_t* request, int status) {
      const std::unique_ptr<Write> done(static_cast<Write*>(request->data));
      if (status == UV_ECANCELED) return;
      Relay* relay = done->local->owner;
      if (!relay) return;
      if (status != 0) return relay->finish(Unit{});  // who asked has gone
      relay->unsent_ -= done->bytes.size();
      if (relay->unsent_ <= kMostUnsent / 2) {
        if (relay->channel_) relay->channel_->set_paused(false);
        if (relay->process_) relay->process_->set_paused(false);
      }
    });
    if (rc != 0) delete write;
    return rc == 0;
  }
  // Says that nothing more comes, after all that is still to be written.
  void shut() {
    auto* request = new uv_shutdown_t{};
    request->data = this;
    const int rc = uv_shutdown(request, stream(), [](uv_shutdown_t* done, int status) {
      const std::unique_ptr<uv_shutdown_t> over(done);
      if (status != UV_ECANCELED && static_cast<Local*>(done->data)->owner) static_cast<Local*>(done->data)->owner->flushed();
    });
    if (rc == 0) return;
    delete request;
    owner->flushed();
  }
  void close() {
    owner = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(pipe), [](uv_handle_t* handle) {
      delete static_cast<Local*>(handle->data);
      delete reinterpret_cast<uv_pipe_t*>(handle);
    });
  }
};

Relay::Relay(ConnectionPtr connection, uv_pipe_t* pipe)
    : connection_(std::move(connection)), local_(new Local{pipe, this, {}}) {
  pipe->data = local_;
}

Relay::~Relay() { close(); }

void Relay::close() {
  done_.reset();
  opening_();
  process_.reset();
  if (channel_) {
    channel_.reset();
    connection_->release();
  }
  if (local_) local_->close();
  local_ = nullptr;
}

void Relay::finish(Status how) {
  const auto self = shared_from_this();
  auto done = std::move(done_);
  close();
  done(std::move(how));
}

void Relay::start(const ForwardTarget& to, Callback<void(Status)> done) {
  done_ = std::move(done);
  if (to.kind == ForwardTarget::Kind::kProgram) return run(to.argv);
  Opening opening;
  opening.kind = to.kind == ForwardTarget::Kind::kTcp ? Opening::Kind::kTcp : Opening::Kind::kUnix;
  opening.host = to.host;
  opening.port = to.port;
  opening.path = to.path;
  opening_ = connection_->channel(opening, [this, to](Result<std::unique_ptr<Channel>> channel) { opened(std::move(channel), to); });
}

void Relay::run(const std::vector<std::string>& argv) {
  RemoteCommand command;
  command.argv = argv;
  command.on_output = [this](bool is_error, std::string_view bytes) {
    if (!is_error) return from_there(bytes);
    words_ += bytes;
    if (words_.size() > kMostWords) words_.erase(0, words_.size() - kMostWords);
  };
  command.on_exit = [this, name = join(argv, " ")](Result<RemoteExit> exit) {
    if (!exit) return there_ended(exit.error());
    if (exit->code == 0) return there_ended(Unit{});
    there_ended(Error("ssh.forward", cat("'", name, "' on ", connection_->name(), " ended with exit code ", exit->code, ": ", printable(trim(words_)))));
  };
  process_ = remote_run(connection_, std::move(command));
  begun();
}

void Relay::opened(Result<std::unique_ptr<Channel>> channel, const ForwardTarget& to) {
  opening_.reset();
  if (!channel) {
    Error why = std::move(channel).error();
    if (why.code != "ssh.channel_refused") return finish(std::move(why));
    if (to.kind == ForwardTarget::Kind::kUnix && !to.argv.empty()) return run(to.argv);
    const bool is_socket = to.kind == ForwardTarget::Kind::kUnix;
    const std::string where = is_socket ? cat("the socket '", printable(to.path), "'") : cat(printable(to.host), " port ", to.port);
    const bool forbidden = why.message.find("prohibited") != std::string::npos;
    return finish(Error(forbidden ? "ssh.forward_forbidden" : "ssh.forward",
                        cat(connection_->name(), forbidden ? " does not forward to " : " cannot reach ", where),
                        forbidden   ? "its sshd_config has AllowTcpForwarding set to no"
                        : is_socket ? "is something listening there, may this user open it, and does sshd allow it (AllowStreamLocalForwarding)?"
                                    : "is something listening there?")
                      .because(std::move(why)));
  }
  channel_ = std::move(*channel);
  channel_->receive([this](bool, std::string_view bytes) { from_there(bytes); },
                    [this](Result<RemoteExit> exit) { there_ended(exit ? Status(Unit{}) : Status(std::move(exit).error())); });
  begun();
}

void Relay::begun() { local_->read(true); }

void Relay::from_there(std::string_view bytes) {
  if (!local_) return;
  if (!local_->write(bytes)) return finish(Unit{});  // who asked has gone
  unsent_ += bytes.size();
  if (unsent_ <= kMostUnsent) return;
  if (channel_) channel_->set_paused(true);
  if (process_) process_->set_paused(true);
}

void Relay::there_ended(Status how) {
  there_over_ = true;
  if (!how) return finish(std::move(how));
  local_->shut();
}

void Relay::flushed() {
  flushed_ = true;
  if (here_over_) finish(Unit{});
}

void Relay::from_here(std::string bytes) {
  if (there_over_) return;
  local_->read(false);
  auto more = [weak = weak_from_this()](Status written) {
    const auto self = weak.lock();
    if (self && self->local_ && written) self->local_->read(true);
  };
  if (channel_) {
    channel_->write(std::move(bytes), std::move(more));
  } else if (process_) {
    process_->write(std::move(bytes), std::move(more));
  }
}

void Relay::here_ended() {
  here_over_ = true;
  local_->read(false);
  if (flushed_) return finish(Unit{});
  if (channel_) channel_->end_input();
  if (process_) process_->end_input();
}

}  // namespace runbook::ssh
