// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_upgrade.h"

#include <sys/un.h>

#include <algorithm>

#include "host/core/text.h"
#include "host/net/url.h"

namespace runbook {
namespace {

constexpr std::size_t kMaxRefusal = 64U << 10U;

class Stream final : public ByteStream {
 public:
  explicit Stream(std::shared_ptr<HttpUpgrade> connection) : connection_(std::move(connection)) {}
  ~Stream() override { connection_->close(); }
  void write(std::string bytes, Callback<void(Status)> done) override { connection_->write(std::move(bytes), std::move(done)); }
  void close_write() override { connection_->close_write(); }
  void pause() override { connection_->set_paused(true); }
  void resume() override { connection_->set_paused(false); }

 private:
  std::shared_ptr<HttpUpgrade> connection_;
};

struct Write {
  uv_write_t request{};
  std::string bytes;
  Callback<void(Status)> done;
  std::shared_ptr<HttpUpgrade> connection;
};

Error closed(int code) {
  return std::move(Error("http.closed", cat("the connection broke: ", uv_strerror(code)))).retry();
}

/// The content of a chunked body, as far as it has come; sets `whole` where the last chunk is there.
std::string unchunk(std::string_view raw, bool& whole) {
  std::string out;
  while (true) {
    const auto line = raw.find("\r\n");
    if (line == std::string_view::npos) return out;
    const std::size_t size = std::strtoul(std::string(raw.substr(0, std::min<std::size_t>(line, 8))).c_str(), nullptr, 16);
    raw.remove_prefix(line + 2);
    if (size == 0) {
      whole = true;
      return out;
    }
    out += raw.substr(0, size);
    if (raw.size() < size + 2) return out;
    raw.remove_prefix(size + 2);
  }
}

void allocate(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
  // Emptied before the next read. On the heap of the threads that use it: an array would be a part of every thread's stack.
  static thread_local std::string storage(64U << 10U, '\0');
  *buffer = uv_buf_init(storage.data(), storage.size());
}

}  // namespace

Cancel HttpUpgrade::start(Loop& loop, HttpRequest request, OnData on_data, Callback<void(Status)> on_end, OnStream done) {
  auto connection = std::make_shared<HttpUpgrade>();
  connection->on_data_ = std::move(on_data);
  connection->on_end_ = std::move(on_end);
  connection->done_ = std::move(done);
  connection->begin(loop, std::move(request));
  return [weak = std::weak_ptr<HttpUpgrade>(connection)] {
    const auto self = weak.lock();
    if (self && !self->streaming_) self->close();
  };
}

void HttpUpgrade::begin(Loop& loop, HttpRequest request) {
  request_ = std::move(request);
  loop_ = &loop;
  self_ = shared_from_this();
  uv_pipe_init(loop.uv(), &pipe_, 0);
  pipe_.data = this;
  Status valid = check_request(request_);
  if (valid && !parse_url(request_.url)) valid = parse_url(request_.url).error();
  if (valid && (request_.unix_socket.empty() || request_.unix_socket.size() >= sizeof(sockaddr_un::sun_path))) {
    valid = Error("http.connect", cat("'", request_.unix_socket, "' cannot be the path of a socket"));
  }
  if (!valid) {
    deadline_ = loop.post([self = shared_from_this(), error = valid.error()]() mutable { self->fail(std::move(error)); });
    return;
  }
  if (request_.timeout > Duration::zero()) {
    deadline_ = loop.after(request_.timeout, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->streaming_) return;
      self->fail(std::move(Error("http.timeout", cat("no answer from 'unix://", self->request_.unix_socket, "' within ",
                                                     show_duration(self->request_.timeout.count() / 1e9)))).retry());
    });
  }
  connect_.data = this;
  uv_pipe_connect(&connect_, &pipe_, request_.unix_socket.c_str(), [](uv_connect_t* connect, int code) {
    auto* self = static_cast<HttpUpgrade*>(connect->data);
    if (self->closed_) return;
    if (code != 0) {
      self->fail(std::move(Error("http.connect", cat("cannot connect to 'unix://", self->request_.unix_socket, "': ",
                                                     uv_strerror(code)))).retry());
      return;
    }
    self->send_request();
  });
}

void HttpUpgrade::send_request() {
  const auto url = parse_url(request_.url);
  std::string text = cat(request_.method, " ", url->path, " HTTP/1.1\r\n");
  if (!has_header(request_.headers, "host")) text += cat("Host: ", url->host, "\r\n");
  for (const auto& [name, value] : request_.headers) text += cat(name, ": ", value, "\r\n");
  if (!request_.body.empty() || request_.method == "POST") text += cat("Content-Length: ", request_.body.size(), "\r\n");
  text += cat("\r\n", request_.body);
  write(std::move(text), {});
  set_paused(false);
}

void HttpUpgrade::set_paused(bool paused) {
  paused_ = paused;
  if (closed_ || ended_) return;
  if (streaming_ && !paused && !buffer_.empty()) {
    // The next read would bring it along, but there may be none.
    rest_ = loop_->post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->deliver_rest();
    });
  }
  if (paused) {
    uv_read_stop(reinterpret_cast<uv_stream_t*>(&pipe_));
    return;
  }
  uv_read_start(reinterpret_cast<uv_stream_t*>(&pipe_), allocate, [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
    const auto self = static_cast<HttpUpgrade*>(stream->data)->shared_from_this();
    if (self->closed_ || count == 0) return;
    if (self->streaming_) self->deliver_rest();
    if (self->closed_) return;
    if (count > 0) {
      self->on_read(std::string_view(buffer->base, static_cast<std::size_t>(count)));
    } else if (count == UV_EOF) {
      self->on_eof(Unit{});
    } else {
      self->on_eof(closed(static_cast<int>(count)));
    }
  });
}

void HttpUpgrade::on_read(std::string_view bytes) {
  if (streaming_) {
    on_data_(bytes);
    return;
  }
  buffer_ += bytes;
  if (head_.complete()) {
    read_refusal(false);
  } else {
    read_head();
  }
}

void HttpUpgrade::read_head() {
  while (!head_.complete()) {
    const auto end = buffer_.find('\n');
    if (end == std::string::npos) {
      if (buffer_.size() > HttpHead::kMaxBytes) fail(Error("http.too_large", "the head of the response does not end"));
      return;
    }
    std::string_view line = std::string_view(buffer_).substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (auto status = head_.add(line); !status) {
      fail(std::move(status).error());
      return;
    }
    buffer_.erase(0, end + 1);
  }
  const bool plain_answer = has_header(head_.headers, "content-length") || has_header(head_.headers, "transfer-encoding");
  if (head_.status == 101 || (head_.status == 200 && !plain_answer)) {
    become_stream();
  } else {
    read_refusal(false);
  }
}

void HttpUpgrade::read_refusal(bool ended) {
  HttpResponse response;
  response.headers = head_.headers;
  std::string body = buffer_;
  const std::string& length = response.header("content-length");
  if (!length.empty()) ended = ended || buffer_.size() >= std::strtoull(length.c_str(), nullptr, 10);
  if (response.header("transfer-encoding") == "chunked") body = unchunk(buffer_, ended);
  if (!ended && buffer_.size() < kMaxRefusal) return;
  body.resize(std::min(body.size(), kMaxRefusal));
  Error error("http.status", cat("'", request_.unix_socket, "' answered with status ", head_.status, " to ", request_.method));
  fail(std::move(error).with("status", std::to_string(head_.status)).with("body", std::move(body)));
}

void HttpUpgrade::become_stream() {
  streaming_ = true;
  deadline_();
  done_(std::unique_ptr<ByteStream>(std::make_unique<Stream>(shared_from_this())));
  deliver_rest();
}

void HttpUpgrade::deliver_rest() {
  if (buffer_.empty() || paused_ || closed_) return;
  const std::string rest = std::move(buffer_);
  buffer_.clear();
  on_data_(rest);
}

void HttpUpgrade::on_eof(Status how) {
  if (!streaming_) {
    if (head_.complete()) {
      read_refusal(true);
    } else {
      fail(std::move(Error("http.closed", cat("'unix://", request_.unix_socket, "' closed the connection before it answered"))).retry());
    }
    return;
  }
  ended_ = true;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(&pipe_));
  on_end_(std::move(how));
}

void HttpUpgrade::write(std::string bytes, Callback<void(Status)> done) {
  if (closed_) return;
  auto* write = new Write{{}, std::move(bytes), std::move(done), shared_from_this()};
  write->request.data = write;
  const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  const int code = uv_write(&write->request, reinterpret_cast<uv_stream_t*>(&pipe_), &buffer, 1, [](uv_write_t* request, int result) {
    const std::unique_ptr<Write> self(static_cast<Write*>(request->data));
    if (self->connection->closed_) return;
    self->done(result == 0 ? Status(Unit{}) : Status(closed(result)));
  });
  if (code != 0) {
    const std::unique_ptr<Write> refused(write);
    refused->done(closed(code));
  }
}

void HttpUpgrade::close_write() {
  if (closed_) return;
  uv_shutdown(&shutdown_, reinterpret_cast<uv_stream_t*>(&pipe_), [](uv_shutdown_t*, int) {});
}

void HttpUpgrade::close() {
  if (closed_) return;
  closed_ = true;
  deadline_();
  rest_();
  done_.reset();
  on_end_.reset();
  // on_data_ is left alone: it may be what is calling us.
  uv_close(reinterpret_cast<uv_handle_t*>(&pipe_),
           [](uv_handle_t* handle) {
             const auto self = std::move(static_cast<HttpUpgrade*>(handle->data)->self_);
             self->on_data_ = nullptr;  // it may hold the stream, and so this
           });
}

void HttpUpgrade::fail(Error error) {
  if (closed_) return;
  auto done = std::move(done_);
  close();
  done(std::move(error));
}

}  // namespace runbook
