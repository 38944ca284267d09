// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/engine.h"

#include <algorithm>
#include <charconv>

#include "host/core/text.h"
#include "modules/docker/connect/target.h"
#include "modules/docker/connect/way_errors.h"
#include "modules/docker/connect/ways.h"

namespace runbook::docker {

namespace {

std::string percent(std::string_view text, std::string_view keep) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain || keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// A path whose segments are "." or ".." would be folded before it is sent.
std::string without_dots(std::string text) {
  if (text == "." || text == "..") return text == "." ? "%2E" : "%2E%2E";
  return text;
}

}  // namespace

std::string segment(std::string_view name) { return without_dots(percent(name, "-_.~")); }

std::string image_segment(std::string_view name) {
  std::vector<std::string> parts;
  for (const std::string& part : split(name, '/')) parts.push_back(without_dots(percent(part, "-_.~:@")));
  return join(parts, "/");
}

std::string path_and_query(const Call& call) {
  std::string out = call.path;
  char separator = '?';
  for (const auto& [key, value] : call.query) {
    out += separator + percent(key, "-_.~") + "=" + percent(value, "-_.~");
    separator = '&';
  }
  return out;
}

Result<ApiVersion> parse_api_version(std::string_view text) {
  ApiVersion version;
  const char* end = text.data() + text.size();
  const auto [dot, bad] = std::from_chars(text.data(), end, version.major);
  if (bad == std::errc() && dot != end && *dot == '.') {
    const auto [rest, wrong] = std::from_chars(dot + 1, end, version.minor);
    if (wrong == std::errc() && rest == end && version.major >= 0 && version.minor >= 0) return version;
  }
  return Error("docker.engine", cat("'", printable(text.substr(0, 40)), "' is no version of the Engine API"));
}

// What DOCKER_API_VERSION says is spoken without asking.
static Result<ApiVersion> pinned_version(const std::string& text) {
  auto version = parse_api_version(text);
  if (!version) return Error("docker.config", cat("DOCKER_API_VERSION: ", version.error().message));
  if (*version >= kOldestApi) return version;
  return Error("docker.config", cat("DOCKER_API_VERSION is ", text, "; ", to_string(kOldestApi), " is the oldest that is spoken"));
}

std::string to_string(ApiVersion version) { return cat(version.major, ".", version.minor); }

Engine::Engine(World& world, Value target) : world_(world), http_(world.shared<HttpClient>()), target_(std::move(target)) {}

const std::string& Engine::target() const { return address_of(target_); }

HttpRequest Engine::build(Call& call) const {
  HttpRequest request;
  request.method = call.method;
  const std::string version = api_.major == 0 ? "" : "/v" + to_string(api_);
  request.url = endpoint_->base + version + path_and_query(call);
  request.headers = endpoint_->headers;
  for (auto& header : call.headers) request.headers.push_back(std::move(header));
  request.unix_socket = endpoint_->socket;
  request.tls = endpoint_->tls;
  request.insecure = endpoint_->insecure;
  request.timeout = seconds(call.timeout);
  if (!call.body.is_null()) {
    request.body = to_wire_json(call.body);
    request.headers.emplace_back("Content-Type", "application/json");
  } else {
    request.body = std::move(call.raw_body);
  }
  request.body_source = std::move(call.body_source);
  request.body_length = call.body_length;
  request.flow = call.flow;
  return request;
}

void Engine::prepare(std::shared_ptr<Cancel> current, Callback<void(Status)> done) {
  if (endpoint_) return api_.major != 0 ? done(Unit{}) : negotiate(std::move(current), std::move(done));
  auto found = std::make_shared<bool>(false);
  Cancel finding = world_.service<Ways>().find(
      target_, [this, current, found, done = std::move(done)](Result<Endpoint> endpoint) mutable {
        *found = true;
        if (!endpoint) return done(std::move(std::move(endpoint).error()).with("engine", target()));
        if (!endpoint->api_version.empty()) {
          auto pinned = pinned_version(endpoint->api_version);
          if (!pinned) return done(std::move(std::move(pinned).error()).with("engine", target()));
          api_ = *pinned;
        }
        endpoint_ = std::move(*endpoint);
        prepare(std::move(current), std::move(done));
      });
  // What is found at once has gone on already, and is cancelled by what it has begun.
  if (!*found) *current = std::move(finding);
}

// By GET: engines answer it whatever their age and ours, with words where they refuse.
void Engine::negotiate(std::shared_ptr<Cancel> current, Callback<void(Status)> done) {
  Call ping;
  ping.path = "/_ping";
  HttpRequest request = build(ping);
  request.timeout = seconds(20);
  *current = http_->send(
      std::move(request), [this, done = std::move(done)](Result<HttpResponse> answer) mutable {
        if (!answer) {
          Error error = std::move(answer).error();
          // In TLS 1.3 a server judges our certificate after the handshake, and may hang up before its reason arrives.
          if (error.code == "http.closed" && endpoint_->base.starts_with("https://")) error.code = "http.tls";
          return done(unanswered("", std::move(error)));
        }
        if (answer->status != 200) return done(refused("ping", answer->status, answer->body));
        const std::string& said = answer->header("api-version");
        auto theirs = parse_api_version(said);
        if (!theirs) {
          return done(Error("docker.engine",
                            cat("what answers at '", target(), "' is no Docker Engine: ",
                                said.empty() ? "its answer names no version of the API" : theirs.error().message),
                            "is it the right port or socket?")
                          .with("engine", target()));
        }
        if (*theirs < kOldestApi) {
          return done(Error("docker.engine", cat("the engine at '", target(), "' speaks version ", to_string(*theirs),
                                                 " of the Engine API; ", to_string(kOldestApi), " is needed"),
                            "Docker 19.03 and newer speak it")
                          .with("engine", target()));
        }
        api_ = std::min(*theirs, kNewestApi);
        done(Unit{});
      });
}

Error Engine::unanswered(const std::string& object, Error error) const {
  return unanswered_error(world_, target(), *endpoint_, object, std::move(error));
}

Error Engine::refused(const std::string& object, int status, std::string_view body) const {
  return refused_error(target(), *endpoint_, object, status, body);
}

Cancel Engine::request(Call call, Callback<void(Result<HttpResponse>)> done) {
  auto current = std::make_shared<Cancel>();
  auto send = [this, current, call = std::move(call), done = std::move(done)](Status agreed) mutable {
    if (!agreed) return done(std::move(agreed).error());
    HttpRequest request = build(call);
    // The body of a refusal is kept for its words, even where the body of a success is streamed.
    struct Refusal {
      int status = 0;
      std::string body;
    };
    auto refusal = std::make_shared<Refusal>();
    if (call.on_chunk) {
      request.on_headers = [refusal, on_status = call.on_status](int status, const HttpHeaders&) {
        refusal->status = status;
        if (on_status) on_status(status);
      };
      request.on_chunk = [refusal, on_chunk = call.on_chunk](std::string_view chunk) {
        if (refusal->status < 300) return on_chunk(chunk);
        if (refusal->body.size() < 65536) refusal->body += chunk;
      };
    }
    *current = http_->send(
        std::move(request),
        [this, refusal, object = call.object, done = std::move(done)](Result<HttpResponse> answer) mutable {
          if (!answer) return done(unanswered(object, std::move(answer).error()));
          if (answer->status >= 300 && answer->status != 304) {
            const std::string& body = refusal->status != 0 ? refusal->body : answer->body;
            return done(refused(object, answer->status, body));
          }
          done(std::move(answer));
        });
  };
  prepare(current, std::move(send));
  return [current] { (*current)(); };
}

Cancel Engine::upgrade(Call call, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end,
                       Callback<void(Result<std::unique_ptr<ByteStream>>)> done) {
  auto current = std::make_shared<Cancel>();
  auto send = [this, current, call = std::move(call), on_data = std::move(on_data), on_end = std::move(on_end),
               done = std::move(done)](Status agreed) mutable {
    if (!agreed) return done(std::move(agreed).error());
    HttpRequest request = build(call);
    *current = http_->upgrade(
        std::move(request), std::move(on_data), std::move(on_end),
        [this, object = call.object, done = std::move(done)](Result<std::unique_ptr<ByteStream>> stream) mutable {
          if (stream) return done(std::move(stream));
          Error error = std::move(stream).error();
          if (error.code == "http.status") {
            const int status = std::atoi(error.context["status"].c_str());
            return done(refused(object, status, error.context["body"]));
          }
          done(unanswered(object, std::move(error)));
        });
  };
  prepare(current, std::move(send));
  return [current] { (*current)(); };
}

Engine& Engines::at(const Value& target) {
  auto& slot = engines_[key_of(target)];
  if (!slot) slot = std::make_unique<Engine>(world_, target);
  return *slot;
}

}  // namespace runbook::docker
