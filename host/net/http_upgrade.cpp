// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_upgrade.h"

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
  Status valid = check_request(request_);
  auto way = valid ? HttpLink::way(request_) : Result<HttpLink::Way>(std::move(valid).error());
  if (!way) {
    deadline_ = loop.post([self = shared_from_this(), error = std::move(way).error()]() mutable { self->fail(std::move(error)); });
    return;
  }
  if (request_.timeout > Duration::zero()) {
    deadline_ = loop.after(request_.timeout, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->streaming_) return;
      self->fail(std::move(Error("http.timeout", cat("no answer from '", self->link_->where(), "' within ",
                                                     show_duration(self->request_.timeout.count() / 1e9)))).retry());
    });
  }
  // What follows holds this for as long as the link holds it.
  const auto self = shared_from_this();
  HttpLink::Events events;
  events.on_open = [this](Status status) {
    if (!status) return fail(std::move(status).error());
    send_request();
  };
  events.on_bytes = [self](std::string_view bytes) {
    if (self->streaming_) self->deliver_rest();
    if (!self->closed_) self->on_read(bytes);
  };
  events.on_end = [this](Status how) {
    if (streaming_) deliver_rest();
    if (!closed_) on_eof(std::move(how));
  };
  link_ = HttpLink::open(loop, std::move(*way), std::move(events));
}

void HttpUpgrade::send_request() {
  const auto url = parse_url(request_.url);
  link_->write(request_head(request_, *url) + request_.body, {});
  link_->read(true);
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
  link_->read(!paused);
}

void HttpUpgrade::on_read(std::string_view bytes) {
  if (streaming_) {
    on_data_(bytes);
    return;
  }
  if (head_.complete()) return read_refusal(bytes);
  buffer_ += bytes;
  read_head();
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
    return become_stream();
  }
  if (!body_.begin(head_, request_.method)) return refuse();
  read_refusal(buffer_);
}

void HttpUpgrade::read_refusal(std::string_view bytes) {
  while (!body_.whole() && !bytes.empty() && refusal_.size() < kMaxRefusal) {
    const auto piece = body_.next(bytes);
    if (!piece) return refuse();
    refusal_ += *piece;
  }
  if (body_.whole() || refusal_.size() >= kMaxRefusal) refuse();
}

void HttpUpgrade::refuse() {
  refusal_.resize(std::min(refusal_.size(), kMaxRefusal));
  Error error("http.status", cat("'", link_->where(), "' answered with status ", head_.status, " to ", request_.method));
  fail(std::move(error).with("status", std::to_string(head_.status)).with("body", std::move(refusal_)));
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
      refuse();
    } else {
      if (!how && how.error().code != "http.closed") return fail(std::move(how).error());
      fail(std::move(Error("http.closed", cat("'", link_->where(), "' closed the connection before it answered"))).retry());
    }
    return;
  }
  ended_ = true;
  on_end_(std::move(how));
}

void HttpUpgrade::write(std::string bytes, Callback<void(Status)> done) {
  if (!closed_) link_->write(std::move(bytes), std::move(done));
}

void HttpUpgrade::close_write() {
  if (!closed_) link_->end_write();
}

void HttpUpgrade::close() {
  if (closed_) return;
  closed_ = true;
  deadline_();
  rest_();
  done_.reset();
  on_end_.reset();
  // on_data_ and the link's events are left alone: one of them may be what is calling us. They go with the link.
  if (link_) link_->close();
}

void HttpUpgrade::fail(Error error) {
  if (closed_) return;
  auto done = std::move(done_);
  close();
  done(std::move(error));
}

}  // namespace runbook
