// SPDX-License-Identifier: Apache-2.0
#include "host/net/socket_exchange.h"

#include "host/core/text.h"
#include "host/net/url.h"

namespace runbook {
namespace {

constexpr int kMostWriting = 2;  // so that the next piece is fetched while one is being sent

std::string chunk(const std::string& piece) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = piece.size(); rest != 0 || size.empty(); rest >>= 4U) size.insert(size.begin(), kDigits[rest & 15U]);
  return cat(size, "\r\n", piece, "\r\n");
}

}  // namespace

SocketExchange::SocketExchange(SocketClient& client, Loop& loop, HttpRequest request, Callback<void(Result<HttpResponse>)> done)
    : client_(client), loop_(loop), request_(std::move(request)), done_(std::move(done)) {}

std::string SocketExchange::what() const { return cat(request_.method, " unix://", request_.unix_socket, ": "); }

Error SocketExchange::cut_off(const std::string& words) const {
  return std::move(Error("http.closed", cat(what(), "the server closed the connection early", words.empty() ? "" : ": ", words))).retry();
}

void SocketExchange::start() {
  arm(request_.timeout, deadline_, false);
  if (request_.flow) {
    request_.flow->wake_ = [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->soon_ = self->loop_.post([weak] {
        if (const auto woken = weak.lock()) woken->go_on();
      });
    };
  }
  if (Status valid = check_request(request_); !valid) {
    soon_ = loop_.post([self = shared_from_this(), error = std::move(valid).error()]() mutable { self->fail(std::move(error)); });
    return;
  }
  // A kept connection may turn out to be dead, and what was pulled cannot be sent again.
  if (!request_.body_source) connection_ = client_.take(request_.unix_socket);
  if (!connection_) return connect();
  reused_ = true;
  connection_->use(this);
  send_request();
}

void SocketExchange::connect() {
  reused_ = false;
  auto way = HttpLink::way(request_);
  if (!way) {
    soon_ = loop_.post([self = shared_from_this(), error = std::move(way).error()]() mutable { self->fail(std::move(error)); });
    return;
  }
  arm(request_.connect_timeout, connect_deadline_, true);
  connection_ = SocketConnection::open(loop_, std::move(*way), this);
}

void SocketExchange::arm(Duration limit, Cancel& timer, bool connecting) {
  if (limit <= Duration::zero()) return;
  timer = loop_.after(limit, [weak = weak_from_this(), limit, connecting] {
    const auto self = weak.lock();
    if (!self) return;
    const std::string within = show_duration(limit.count() / 1e9);
    self->fail(std::move(Error("http.timeout", cat(self->what(), connecting ? "no connection within " : "no complete answer within ", within))).retry());
  });
}

void SocketExchange::opened(Status status) {
  const auto self = shared_from_this();
  connect_deadline_();
  if (!status) return fail(std::move(status).error());
  send_request();
}

void SocketExchange::send_request() {
  const auto url = parse_url(request_.url);
  std::string text = request_head(request_, *url);
  body_sent_ = !request_.body_source;
  if (body_sent_) text += request_.body;
  ++writing_;
  connection_->link().read(true);
  connection_->link().write(std::move(text), [weak = weak_from_this()](const Status& status) {
    if (const auto self = weak.lock()) self->sent(status);
  });
}

void SocketExchange::sent(const Status& status) {
  if (over_) return;
  --writing_;
  // It may have answered all the same; if not, it has hung up, and that is about to be read.
  if (!status) body_sent_ = true;
  if (!body_sent_) pull();
}

void SocketExchange::pull() {
  if (body_pull_ || over_ || writing_ >= kMostWriting) return;
  auto answered = std::make_shared<bool>(false);
  Cancel pulling = request_.body_source([weak = weak_from_this(), answered](Result<std::string> piece) {
    *answered = true;
    const auto self = weak.lock();
    if (!self || self->over_) return;
    self->body_pull_.reset();
    if (self->body_sent_) return;
    if (!piece) return self->fail(Error("http.body", "the body of the request could not be read").because(std::move(piece).error()));
    self->send_piece(*piece);
  });
  if (!*answered && !over_) body_pull_ = std::move(pulling);
}

void SocketExchange::send_piece(const std::string& piece) {
  const bool chunked = !request_.body_length;
  body_sent_ = piece.empty();
  body_bytes_ += piece.size();
  // More or less than was announced would be read as another request, or waited for.
  if (!chunked && (body_bytes_ > *request_.body_length || (body_sent_ && body_bytes_ < *request_.body_length))) {
    return fail(Error("http.body", cat("the body of the request is not the ", *request_.body_length, " bytes long that were announced")));
  }
  if (body_sent_ && !chunked) return;
  ++writing_;
  connection_->link().write(chunked ? chunk(piece) : piece, [weak = weak_from_this()](const Status& status) {
    if (const auto self = weak.lock()) self->sent(status);
  });
  if (!body_sent_) pull();
}

void SocketExchange::received(std::string_view bytes) {
  const auto self = shared_from_this();
  if (!head_.complete() && !read_head(bytes)) return;
  if (!over_) read_body(bytes);
}

bool SocketExchange::read_head(std::string_view& bytes) {
  while (!head_.complete()) {
    const auto end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > HttpHead::kMaxBytes) {
      fail(Error("http.too_large", "the head of the response does not end"));
      return false;
    }
    if (end == std::string_view::npos) return false;
    bytes.remove_prefix(end + 1);
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    Status added = head_.add(line_);
    line_.clear();
    if (added && head_.complete()) {
      added = head_.status == 101 ? Status(Error("http.protocol", cat(what(), "the server wants to speak something else"))) : body_.begin(head_, request_.method);
    }
    if (!added) {
      fail(std::move(added).error());
      return false;
    }
  }
  if (request_.on_headers) request_.on_headers(head_.status, head_.headers);
  return true;
}

void SocketExchange::read_body(std::string_view bytes) {
  while (!over_ && !body_.whole() && !bytes.empty()) {
    if (paused()) {
      held_ = bytes;
      connection_->link().read(false);
      return;
    }
    const auto piece = body_.next(bytes);
    if (!piece) return fail(piece.error());
    if (!piece->empty() && !take(*piece)) return;
  }
  if (over_ || !body_.whole()) return;
  if (!bytes.empty()) body_sent_ = false;  // it said more than it was asked: not to be used again
  complete();
}

bool SocketExchange::take(std::string_view piece) {
  if (request_.on_chunk) {
    request_.on_chunk(piece);
    return !over_;
  }
  if (text_.size() + piece.size() > request_.max_body) {
    fail(Error("http.too_large", cat("the response is larger than ", request_.max_body, " bytes")));
    return false;
  }
  text_ += piece;
  return true;
}

void SocketExchange::go_on() {
  if (over_ || paused() || !connection_) return;
  const auto self = shared_from_this();
  const std::string held = std::move(held_);
  held_.clear();
  if (!held.empty()) read_body(held);
  if (!over_ && !paused()) connection_->link().read(true);
}

void SocketExchange::ended(Status status) {
  const auto self = shared_from_this();
  if (head_.complete() && body_.until_close() && status) {
    body_sent_ = false;
    return complete();
  }
  const bool nothing_yet = head_.status == 0 && line_.empty();
  if (reused_ && nothing_yet && (request_.method == "GET" || request_.method == "HEAD")) {
    connection_.reset();
    writing_ = 0;
    return connect();
  }
  fail(cut_off(status ? "" : status.error().message));
}

void SocketExchange::complete() {
  if (body_sent_ && writing_ == 0 && head_.keeps_connection()) {
    client_.keep(request_.unix_socket, std::move(connection_));
  }
  HttpResponse response;
  response.status = head_.status;
  response.headers = std::move(head_.headers);
  response.body = std::move(text_);
  response.url = request_.url;
  response.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  auto done = std::move(done_);
  abandon();
  done(std::move(response));
}

void SocketExchange::fail(Error error) {
  if (over_) return;
  auto done = std::move(done_);
  abandon();
  error.context.insert_or_assign("url", cat("unix://", request_.unix_socket));
  done(std::move(error));
}

void SocketExchange::abandon() {
  if (over_) return;
  over_ = true;
  const auto self = shared_from_this();
  done_.reset();
  if (request_.flow) request_.flow->wake_ = nullptr;
  for (Cancel* timer : {&deadline_, &connect_deadline_, &soon_, &body_pull_}) (*timer)();
  connection_.reset();
  client_.forget(self);
}

}  // namespace runbook
