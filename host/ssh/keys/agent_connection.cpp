// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/agent_connection.h"

#include <sys/un.h>


#include "host/core/text.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {
namespace {

constexpr std::size_t kMaxAnswer = 256U << 10U;
constexpr const char* kStartOne = "start one and add a key (eval $(ssh-agent); ssh-add), or name a key file";

void allocate(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
  // Emptied before the next read. On the heap of the threads that use it: an array would be a part of every thread's stack.
  static thread_local std::string storage(64U << 10U, '\0');
  *buffer = uv_buf_init(storage.data(), storage.size());
}

}  // namespace

struct AgentConnection::Write {
  uv_write_t request{};
  std::string bytes;
  std::shared_ptr<AgentConnection> connection;
};

std::shared_ptr<AgentConnection> AgentConnection::open(Loop& loop, const std::string& path) {
  auto connection = std::make_shared<AgentConnection>();
  connection->loop_ = &loop;
  connection->path_ = path;
  connection->connect();
  return connection;
}

void AgentConnection::connect() {
  self_ = shared_from_this();
  uv_pipe_init(loop_->uv(), &pipe_, 0);
  pipe_.data = this;
  if (path_.empty() || path_.size() >= sizeof(sockaddr_un::sun_path)) {
    // From the next turn: whoever opens it has not asked yet.
    late_ = loop_->post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->fail(Error("ssh.agent", cat("'", self->path_, "' cannot be the path of an agent's socket"), kStartOne));
    });
    return;
  }
  connect_.data = this;
  uv_pipe_connect(&connect_, &pipe_, path_.c_str(), [](uv_connect_t* connect, int code) {
    // The pipe's memory lives until it is closed, and this comes before.
    const auto self = static_cast<AgentConnection*>(connect->data)->shared_from_this();
    if (self->closed_) return;
    if (code != 0) {
      Error error = self->failed("there is no agent", code);
      if (code == UV_ENOENT || code == UV_ECONNREFUSED) error.hint = kStartOne;
      self->fail(std::move(error));
      return;
    }
    self->connected_ = true;
    self->read();
    if (!self->message_.empty()) self->send();
  });
}

void AgentConnection::ask(const std::string& message, Callback<void(Result<std::string>)> done) {
  done_ = std::move(done);
  message_ = WireWriter().string(message).take();
  wait(true);
  if (connected_) send();
}

void AgentConnection::send() {
  auto* write = new Write{{}, std::move(message_), shared_from_this()};
  message_.clear();
  write->request.data = write;
  const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  const int code = uv_write(
      &write->request, reinterpret_cast<uv_stream_t*>(&pipe_), &buffer, 1, [](uv_write_t* request, int result) {
        const std::unique_ptr<Write> self(static_cast<Write*>(request->data));
        if (result != 0 && !self->connection->closed_)
          self->connection->fail(self->connection->failed("the connection to the agent broke", result));
      });
  if (code == 0) return;
  const std::unique_ptr<Write> refused(write);
  late_ = loop_->post([weak = weak_from_this(), code] {
    if (const auto self = weak.lock()) self->fail(self->failed("the connection to the agent broke", code));
  });
}

void AgentConnection::read() {
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(&pipe_), allocate, [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
        const auto self = static_cast<AgentConnection*>(stream->data)->shared_from_this();
        if (self->closed_ || count == 0) return;
        if (count > 0) {
          self->on_data({buffer->base, static_cast<std::size_t>(count)});
        } else if (count == UV_EOF) {
          self->fail(std::move(Error("ssh.agent",
                                     cat("the agent at '", self->path_, "' closed the connection without an answer")))
                         .retry());
        } else {
          self->fail(self->failed("the connection to the agent broke", static_cast<int>(count)));
        }
      });
}

void AgentConnection::on_data(std::string_view bytes) {
  buffer_ += bytes;
  if (!done_) {
    fail({});  // it talks without being asked: what it says next could not be told from an answer
    return;
  }
  if (buffer_.size() < 4) return;
  const std::size_t length = WireReader(buffer_).u32();
  if (length == 0 || length > kMaxAnswer) {
    fail(Error("ssh.agent", cat("what answers at '", path_, "' is no agent: an answer of ", length, " bytes")));
    return;
  }
  if (buffer_.size() < 4 + length) return;
  if (buffer_.size() > 4 + length) {
    fail(Error("ssh.agent", cat("what answers at '", path_, "' is no agent: more than one answer to one request")));
    return;
  }
  std::string answer = buffer_.substr(4);
  buffer_.clear();
  finish(std::move(answer));
}

void AgentConnection::finish(Result<std::string> result) {
  wait(false);
  auto done = std::move(done_);
  done(std::move(result));
}

void AgentConnection::fail(Error error) {
  if (closed_) return;
  auto done = std::move(done_);
  close();
  done(std::move(error));
}

void AgentConnection::wait(bool wanted) {
  auto* handle = reinterpret_cast<uv_handle_t*>(&pipe_);
  wanted ? uv_ref(handle) : uv_unref(handle);
}

void AgentConnection::close() {
  if (closed_) return;
  closed_ = true;
  late_();
  done_.reset();
  wait(true);  // for the end of it
  uv_close(reinterpret_cast<uv_handle_t*>(&pipe_),
           [](uv_handle_t* handle) { static_cast<AgentConnection*>(handle->data)->self_.reset(); });
}

Error AgentConnection::failed(const std::string& what, int code) const {
  return std::move(Error("ssh.agent", cat(what, " at '", path_, "': ", uv_strerror(code)))).retry();
}

}  // namespace runbook::ssh
