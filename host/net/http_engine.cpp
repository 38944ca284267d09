// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_engine.h"

#include <unistd.h>

#include <algorithm>

namespace runbook {
namespace {

constexpr long kKeptConnections = 64;

template <class T>
uv_handle_t* as_handle(T* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

HttpClient::Engine::~Engine() { close(); }

Status HttpClient::Engine::open() {
  if (multi_) return Unit{};
  const auto api = curl_api();
  if (!api) return api.error();
  api_ = *api;
  multi_ = api_->multi_init();
  api_->multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
  api_->multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  api_->multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
  api_->multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  api_->multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
  timer_ = new uv_timer_t;
  uv_timer_init(loop_.uv(), timer_);
  timer_->data = this;
  return Unit{};
}

Cancel HttpClient::Engine::send(HttpRequest request, Callback<void(Result<HttpResponse>)> done) {
  if (auto status = open(); !status) {
    return loop_.post([done = std::move(done), error = std::move(status).error()]() mutable { done(std::move(error)); });
  }
  auto transfer = std::make_shared<HttpTransfer>(*api_, std::move(request), std::move(done), streamed_);
  const std::weak_ptr<HttpTransfer> weak = transfer;
  const std::weak_ptr<Engine> engine = weak_from_this();
  auto wake = [this, engine, weak] {
    loop_.post([engine, weak] {
      if (const auto self = engine.lock()) self->go_on(weak);
    });
  };
  auto breathe = [this, weak] {
    breathing_.push_back(weak);
    if (!breath_) breath_ = std::make_unique<ShortTimer>(loop_, [this] { end_breath(); });
    if (!breath_->start(kNextTurn)) loop_.post([self = shared_from_this()] { self->end_breath(); });
  };
  if (auto status = transfer->prepare(std::move(wake), std::move(breathe)); !status) {
    return loop_.post([transfer, error = std::move(status).error()]() mutable { transfer->fail(std::move(error)); });
  }
  auto cancel = [engine, weak] {
    const auto self = engine.lock();
    const auto cancelled = weak.lock();
    if (self && cancelled) self->cancel(cancelled);
  };
  if (inside_) {
    waiting_.push_back(std::move(transfer));
  } else {
    begin(std::move(transfer));
  }
  return cancel;
}

void HttpClient::Engine::go_on(const std::weak_ptr<HttpTransfer>& weak) {
  const auto self = shared_from_this();
  const auto woken = weak.lock();
  if (!woken || closed_) return;
  ++inside_;  // what was held back arrives from inside this call
  woken->unpause();
  --inside_;
  act(CURL_SOCKET_TIMEOUT, 0);
}

void HttpClient::Engine::end_breath() {
  const auto self = shared_from_this();
  for (const auto& transfer : std::exchange(breathing_, {})) go_on(transfer);
}

void HttpClient::Engine::begin(std::shared_ptr<HttpTransfer> transfer) {
  CURL* easy = transfer->easy();
  api_->easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &on_close);
  api_->easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  running_.emplace(easy, std::move(transfer));
  api_->multi_add_handle(multi_, easy);
}

void HttpClient::Engine::cancel(const std::shared_ptr<HttpTransfer>& transfer) {
  transfer->abandon();
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), transfer), waiting_.end());
  if (running_.count(transfer->easy()) == 0) return;
  if (inside_) {
    doomed_.push_back(transfer->easy());
  } else {
    forget(transfer->easy());
  }
}

void HttpClient::Engine::forget(CURL* easy) {
  const auto found = running_.find(easy);
  if (found == running_.end()) return;
  const auto transfer = std::move(found->second);
  running_.erase(found);
  ++inside_;
  api_->multi_remove_handle(multi_, easy);
  --inside_;
}

void HttpClient::Engine::act(curl_socket_t socket, int flags) {
  const auto self = shared_from_this();  // a callback may end the client
  int running = 0;
  ++inside_;
  api_->multi_socket_action(multi_, socket, flags, &running);
  --inside_;
  settle();
}

void HttpClient::Engine::settle() {
  if (inside_) return;
  while (!closed_) {
    if (!doomed_.empty()) {
      CURL* easy = doomed_.back();
      doomed_.pop_back();
      forget(easy);
      continue;
    }
    if (!waiting_.empty()) {
      auto transfer = std::move(waiting_.front());
      waiting_.erase(waiting_.begin());
      begin(std::move(transfer));
      continue;
    }
    int left = 0;
    const CURLMsg* message = api_->multi_info_read(multi_, &left);
    if (!message) return;
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* easy = message->easy_handle;
    const auto found = running_.find(easy);
    if (found == running_.end()) continue;
    const auto transfer = found->second;
    forget(easy);
    transfer->finish(code);
  }
  shut_down();
}

void HttpClient::Engine::close() {
  if (closed_) return;
  closed_ = true;
  for (const auto& [easy, transfer] : running_) transfer->abandon();
  for (const auto& transfer : waiting_) transfer->abandon();
  if (!inside_) shut_down();
}

void HttpClient::Engine::shut_down() {
  if (!multi_) return;
  ++inside_;
  for (const auto& [easy, transfer] : running_) api_->multi_remove_handle(multi_, easy);
  running_.clear();
  waiting_.clear();
  doomed_.clear();
  api_->multi_cleanup(multi_);
  multi_ = nullptr;
  --inside_;
  while (!polls_.empty()) unwatch(polls_.begin()->first);
  rest_.reset();
  breath_.reset();
  uv_timer_stop(timer_);
  uv_close(as_handle(timer_), [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
  timer_ = nullptr;
}

int HttpClient::Engine::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& engine = *static_cast<Engine*>(self);
  if (what == CURL_POLL_REMOVE) {
    engine.unwatch(socket);
  } else if (!engine.closed_) {
    engine.watch(socket, what);
  }
  return 0;
}

void HttpClient::Engine::watch(curl_socket_t socket, int what) {
  Poll*& poll = polls_[socket];
  if (!poll) {
    poll = new Poll{{}, this, socket, 0, 0, false};
    if (uv_poll_init_socket(loop_.uv(), &poll->handle, socket) != 0) {
      delete poll;
      polls_.erase(socket);
      return;
    }
  }
  poll->events = ((what & CURL_POLL_IN) ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) ? UV_WRITABLE : 0);
  listen(poll);
}

void HttpClient::Engine::listen(Poll* poll) {
  poll->resting = false;
  uv_poll_start(&poll->handle, poll->events, [](uv_poll_t* handle, int status, int ready) {
    auto* watched = reinterpret_cast<Poll*>(handle);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if (ready & UV_READABLE) flags |= CURL_CSELECT_IN;
    if (ready & UV_WRITABLE) flags |= CURL_CSELECT_OUT;
    watched->engine->ready(watched, flags);
  });
}

void HttpClient::Engine::ready(Poll* poll, int flags) {
  const auto self = shared_from_this();
  const Streamed before = streamed_;
  act(poll->socket, flags);
  const auto found = polls_.find(poll->socket);
  if (closed_ || found == polls_.end() || found->second != poll) return;
  const std::size_t pieces = streamed_.pieces - before.pieces;
  const bool small = pieces > 0 && streamed_.bytes - before.bytes < pieces * kSmallPiece;
  poll->trickles = small ? poll->trickles + 1 : 0;
  if (poll->trickles < kTricklesBeforeRest || poll->events != UV_READABLE) return;
  if (!rest_) rest_ = std::make_unique<ShortTimer>(loop_, [this] { end_rest(); });
  if (!rest_->start(kTrickleRest)) return;
  poll->resting = true;
  uv_poll_stop(&poll->handle);
}

void HttpClient::Engine::end_rest() {
  for (const auto& [socket, poll] : polls_) {
    if (poll->resting) listen(poll);
  }
}

void HttpClient::Engine::unwatch(curl_socket_t socket) {
  const auto found = polls_.find(socket);
  if (found == polls_.end()) return;
  Poll* poll = found->second;
  polls_.erase(found);
  uv_poll_stop(&poll->handle);
  uv_close(as_handle(&poll->handle), [](uv_handle_t* handle) { delete reinterpret_cast<Poll*>(handle); });
}

int HttpClient::Engine::on_timer(CURLM*, long delay, void* self) {
  auto& engine = *static_cast<Engine*>(self);
  if (engine.closed_) return 0;
  if (delay < 0) {
    uv_timer_stop(engine.timer_);
    return 0;
  }
  // Not acted upon here even when the delay is zero: libcurl forbids it from inside this call.
  uv_update_time(engine.loop_.uv());
  uv_timer_start(
      engine.timer_, [](uv_timer_t* timer) { static_cast<Engine*>(timer->data)->act(CURL_SOCKET_TIMEOUT, 0); },
      static_cast<std::uint64_t>(delay), 0);
  return 0;
}

int HttpClient::Engine::on_close(void* self, curl_socket_t socket) {
  // libcurl may close a socket before it says that it no longer watches it, and libuv aborts when it finds that out.
  static_cast<Engine*>(self)->unwatch(socket);
  return ::close(socket);
}

}  // namespace runbook
