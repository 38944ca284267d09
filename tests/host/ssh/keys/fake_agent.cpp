// SPDX-License-Identifier: Apache-2.0
#include "tests/host/ssh/keys/fake_agent.h"

#include "host/ssh/wire.h"
#include "tests/support/catch.h"

namespace runbook {

struct FakeAgent::Connection {
  uv_pipe_t pipe{};
  FakeAgent* agent = nullptr;
  std::string buffer;
  std::string chunk = std::string(4096, '\0');

  void close() {
    if (agent == nullptr) return;
    agent->open_.erase(this);
    agent = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&pipe),
             [](uv_handle_t* handle) { delete static_cast<Connection*>(handle->data); });
  }

  void send(const std::string& bytes) {
    struct Write {
      uv_write_t request{};
      std::string bytes;
    };
    auto* write = new Write{{}, bytes};
    write->request.data = write;
    const uv_buf_t out = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
    uv_write(&write->request, reinterpret_cast<uv_stream_t*>(&pipe), &out, 1,
             [](uv_write_t* request, int) { delete static_cast<Write*>(request->data); });
  }

  void take_messages() {
    while (agent != nullptr && buffer.size() >= 4) {
      const std::size_t length = ssh::WireReader(buffer).u32();
      if (buffer.size() < 4 + length) return;
      agent->messages.push_back(buffer.substr(4, length));
      buffer.erase(0, 4 + length);
      const Reply reply = agent->handler_(agent->messages.back());
      if (!reply.bytes.empty()) send(reply.bytes);
      if (reply.hang_up) close();
    }
  }
};

FakeAgent::FakeAgent(Loop& loop, const std::string& path, Handler handler)
    : loop_(loop), handler_(std::move(handler)), listener_(new uv_pipe_t) {
  uv_pipe_init(loop.uv(), listener_, 0);
  listener_->data = this;
  REQUIRE(uv_pipe_bind(listener_, path.c_str()) == 0);
  REQUIRE(uv_listen(reinterpret_cast<uv_stream_t*>(listener_), 8,
                    [](uv_stream_t* stream, int) { static_cast<FakeAgent*>(stream->data)->accept(); }) == 0);
}

FakeAgent::~FakeAgent() {
  hang_up();
  uv_close(reinterpret_cast<uv_handle_t*>(listener_),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_pipe_t*>(handle); });
}

void FakeAgent::hang_up() {
  while (!open_.empty()) (*open_.begin())->close();
}

FakeAgent::Reply FakeAgent::message(const std::string& content) { return {ssh::WireWriter().string(content).take()}; }

void FakeAgent::accept() {
  ++connections;
  auto* connection = new Connection;
  connection->agent = this;
  open_.insert(connection);
  uv_pipe_init(loop_.uv(), &connection->pipe, 0);
  connection->pipe.data = connection;
  uv_accept(reinterpret_cast<uv_stream_t*>(listener_), reinterpret_cast<uv_stream_t*>(&connection->pipe));
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(&connection->pipe),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        auto& chunk = static_cast<Connection*>(handle->data)->chunk;
        *buffer = uv_buf_init(chunk.data(), static_cast<unsigned>(chunk.size()));
      },
      [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
        auto* self = static_cast<Connection*>(stream->data);
        if (count < 0) return self->close();
        self->buffer.append(buffer->base, static_cast<std::size_t>(count));
        self->take_messages();
      });
}

}  // namespace runbook
