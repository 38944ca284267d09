// SPDX-License-Identifier: Apache-2.0
#include "host/net/simulated_http.h"

#include <cctype>
#include <utility>

#include "host/core/text.h"
#include "runbook/world.h"

namespace runbook {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Value question(const HttpRequest& request, std::string body) {
  Value headers = Value::Object{};
  for (const auto& [name, value] : request.headers) headers.set(lower(name), value);
  Value out = Value::object({{"kind", "http"}, {"method", request.method}, {"url", request.url}, {"headers", std::move(headers)},
                             {"body", std::move(body)}});
  if (!request.unix_socket.empty()) out.set("unix_socket", request.unix_socket);
  return out;
}

HttpHeaders headers_of(const Value& answer) {
  HttpHeaders headers;
  for (const auto& [name, value] : answer["headers"].members()) headers.emplace_back(lower(name), value.as_string());
  return headers;
}

/// One request: its body is read, the simulator asked, the answer handed on.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Loop& loop, Simulate ask, HttpRequest request, Callback<void(Result<Value>)> done)
      : loop_(loop), ask_(std::move(ask)), request_(std::move(request)), body_(request_.body), done_(std::move(done)) {}

  void start() {
    if (request_.timeout > Duration::zero()) {
      timer_ = loop_.after(request_.timeout, [self = shared_from_this()] {
        self->pending_();
        self->end(Error("http.timeout", cat(self->request_.method, " ", printable(self->request_.url), ": no answer in time")).retry());
      });
    }
    read_body();
  }
  void stop() {
    done_.reset();
    timer_();
    pending_();
  }
  const HttpRequest& request() const { return request_; }

 private:
  void read_body() {
    if (!request_.body_source) return ask();
    pending_ = request_.body_source([self = shared_from_this()](Result<std::string> piece) {
      if (!piece) return self->end(std::move(piece).error());
      if (piece->empty()) return self->ask();
      self->body_ += *piece;
      self->read_body();
    });
  }

  void ask() {
    const auto self = shared_from_this();
    pending_ = ask_(
        question(request_, std::move(body_)),
        [self](const Value& event) {
          self->head(event);
          const std::string& chunk = event["chunk"].as_string();
          if (self->request_.on_chunk && !chunk.empty()) self->request_.on_chunk(chunk);
          else self->early_ += chunk;
        },
        [self](Result<Value> answer) {
          if (!answer) return self->end(std::move(answer).error());
          self->head(*answer);
          Value whole = std::move(*answer);
          std::string body = std::move(self->early_) + whole["body"].as_string();
          if (self->request_.on_chunk) {
            if (!body.empty()) self->request_.on_chunk(body);
            body.clear();
          }
          whole.set("body", std::move(body));
          self->end(std::move(whole));
        });
  }

  void head(const Value& answer) {
    if (headed_) return;
    headed_ = true;
    if (request_.on_headers) request_.on_headers(static_cast<int>(answer["status"].as_int(200)), headers_of(answer));
  }

  void end(Result<Value> answer) {
    timer_();
    done_(std::move(answer));
  }

  Loop& loop_;
  Simulate ask_;
  HttpRequest request_;
  std::string body_, early_;
  Callback<void(Result<Value>)> done_;
  Cancel pending_, timer_;
  bool headed_ = false;
};

/// The connection after an upgrade.
class SimulatedStream final : public ByteStream {
 public:
  SimulatedStream(Loop& loop, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end)
      : loop_(loop), on_data_(std::move(on_data)), on_end_(std::move(on_end)) {}
  ~SimulatedStream() override {
    *alive_ = false;
    asking_();
  }

  void give(std::string bytes) {
    later([this, bytes = std::move(bytes)] {
      if (!bytes.empty()) on_data_(bytes);
      // on_data may have ended the stream's owner, which is checked for between the two.
      later([this] { on_end_(Unit{}); });
    });
  }
  void want_input(Value request, Simulate ask) {
    request_ = std::move(request);
    ask_ = std::move(ask);
  }

  void write(std::string bytes, Callback<void(Status)> done) override {
    input_ += bytes;
    loop_.post([done = std::move(done)]() mutable { done(Unit{}); });
  }
  void close_write() override {
    if (!ask_) return;
    request_.set("kind", "http.input");
    request_.set("input", std::move(input_));
    asking_ = std::exchange(ask_, {})(std::move(request_), {}, [this, alive = alive_](Result<Value> answer) {
      if (!*alive) return;
      if (!answer) return on_end_(std::move(answer).error());
      give((*answer)["body"].as_string());
    });
  }
  void pause() override {}
  void resume() override {}

 private:
  void later(std::function<void()> work) {
    loop_.post([alive = alive_, work = std::move(work)] {
      if (*alive) work();
    });
  }

  Loop& loop_;
  std::function<void(std::string_view)> on_data_;
  Callback<void(Status)> on_end_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Value request_;
  Simulate ask_;
  std::string input_;
  Cancel asking_;
};

}  // namespace

SimulatedHttp::SimulatedHttp(World& world, Simulate ask) : HttpClient(world), loop_(world.loop()), ask_(std::move(ask)) {}

Cancel SimulatedHttp::send(HttpRequest request, Callback<void(Result<HttpResponse>)> done) {
  const Duration began = loop_.now();
  const std::string url = request.url;
  auto exchange = std::make_shared<Exchange>(
      loop_, ask_, std::move(request), [&loop = loop_, began, url, done = std::move(done)](Result<Value> answer) mutable {
        if (!answer) return done(std::move(answer).error());
        HttpResponse response;
        response.status = static_cast<int>((*answer)["status"].as_int(200));
        response.headers = headers_of(*answer);
        response.body = (*answer)["body"].as_string();
        response.url = url;
        response.seconds = std::chrono::duration<double>(loop.now() - began).count();
        done(std::move(response));
      });
  exchange->start();
  return [exchange] { exchange->stop(); };
}

Cancel SimulatedHttp::upgrade(HttpRequest request, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end,
                              Callback<void(Result<std::unique_ptr<ByteStream>>)> done) {
  auto stream = std::make_unique<SimulatedStream>(loop_, std::move(on_data), std::move(on_end));
  Value asked = question(request, request.body);
  auto exchange = std::make_shared<Exchange>(
      loop_, ask_, std::move(request),
      [ask = ask_, asked = std::move(asked), stream = std::move(stream), done = std::move(done)](Result<Value> answer) mutable {
        if (!answer) return done(std::move(answer).error());
        const auto status = (*answer)["status"].as_int(101);
        if (status != 101 && status != 200) {
          return done(Error("http.status", cat("the server answered ", status))
                          .with("status", cat(status))
                          .with("body", (*answer)["body"].as_string()));
        }
        if ((*answer)["input"].as_bool()) {
          stream->want_input(std::move(asked), std::move(ask));
        } else {
          stream->give((*answer)["body"].as_string());
        }
        done(std::unique_ptr<ByteStream>(std::move(stream)));
      });
  exchange->start();
  return [exchange] { exchange->stop(); };
}

}  // namespace runbook
