// SPDX-License-Identifier: Apache-2.0
#include "modules/http/client.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "host/core/encoding.h"
#include "host/core/net_address.h"
#include "host/core/text.h"
#include "host/net/http_head.h"
#include "host/net/url.h"
#include "runbook/world.h"

namespace runbook::http {
namespace {

constexpr std::size_t kShownBody = 2000;
constexpr double kFirstPause = 0.5;
constexpr double kLongestPause = 30;

std::string scalar_text(const Value& value) {
  if (value.is_string() || value.is_secret()) return value.reveal();
  return to_wire_json(value);
}

bool matches(int status, const Value& wanted) {
  if (wanted.is_integer()) return wanted.as_int() == status;
  const std::string& text = wanted.as_string();
  return text.size() == 3 && text.substr(1) == "xx" && text[0] - '0' == status / 100;
}

Status check_expect(const Value& expect) {
  const auto valid = [](const Value& wanted) {
    if (wanted.is_integer()) return wanted.as_int() >= 100 && wanted.as_int() <= 599;
    const std::string& text = wanted.as_string();
    return text.size() == 3 && text.substr(1) == "xx" && text[0] >= '1' && text[0] <= '5';
  };
  bool good = expect.is_null() || valid(expect);
  if (expect.is_array()) good = std::all_of(expect.items().begin(), expect.items().end(), valid);
  if (good) return Unit{};
  return Error("argument.invalid", "'expect' must be a status (204), a class of them (\"2xx\") or a list of these");
}

Status set_body(HttpRequest& request, const Value& args) {
  const int bodies = (args.has("body") ? 1 : 0) + (args.has("json") && !args["json"].is_boolean() ? 1 : 0) + (args.has("form") ? 1 : 0);
  if (bodies > 1) return Error("argument.invalid", "'body', 'json' and 'form' exclude one another");
  const char* type = nullptr;
  if (args.has("body")) {
    request.body = args["body"].reveal();
  } else if (args.has("form")) {
    request.body = form_body(args["form"]);
    type = "application/x-www-form-urlencoded";
  } else if (bodies == 1) {
    request.body = to_wire_json(args["json"]);
    type = "application/json";
  }
  if (type && !has_header(request.headers, "content-type")) request.headers.emplace_back("Content-Type", type);
  return Unit{};
}

bool status_is_temporary(int status) { return status == 429 || (status >= 502 && status <= 504); }

/// One call with its attempts.
class Attempts : public std::enable_shared_from_this<Attempts> {
 public:
  Attempts(World& world, HttpRequest request, const Value& args, bool any_status, Done done)
      : world_(world),
        request_(std::move(request)),
        expect_(args["expect"]),
        any_status_(any_status),
        demand_json_(args["json"].is_boolean() && args["json"].as_bool()),
        left_(args["retries"].as_int(0)),
        end_(world.loop().now() + request_.timeout),
        done_(std::move(done)) {}

  void start() {
    HttpRequest request = request_;
    request.timeout = std::max<Duration>(end_ - world_.loop().now(), seconds(0.001));
    pending_ = world_.service<HttpClient>().send(std::move(request), [self = shared_from_this()](Result<HttpResponse> response) {
      self->answered(std::move(response));
    });
  }

  void stop() {
    done_.reset();
    pending_();
  }

 private:
  void answered(Result<HttpResponse> response) {
    const bool temporary = response ? status_is_temporary(response->status) && !expected(response->status) : response.error().retryable;
    if (temporary && left_ > 0 && again(response)) return;
    if (!response) {
      done_(std::move(response).error());
    } else if (!expected(response->status)) {
      done_(refusal(*response));
    } else {
      done_(make_response(*response, demand_json_));
    }
  }

  bool expected(int status) const { return any_status_ || is_expected(status, expect_); }

  /// Waits and tries again, unless the call's time would be over before.
  bool again(const Result<HttpResponse>& response) {
    double pause = std::min(kFirstPause * static_cast<double>(1U << std::min<unsigned>(tries_, 10)), kLongestPause);
    if (response) {
      const std::string& wish = response->header("retry-after");
      const bool digits = !wish.empty() && wish.size() < 6 && std::all_of(wish.begin(), wish.end(), [](unsigned char c) { return std::isdigit(c); });
      if (digits) pause = std::max(pause, static_cast<double>(std::stoi(wish)));
    }
    if (world_.loop().now() + seconds(pause) >= end_) return false;
    ++tries_;
    --left_;
    pending_ = world_.loop().after(seconds(pause), [self = shared_from_this()] { self->start(); });
    return true;
  }

  Error refusal(const HttpResponse& response) const {
    const std::string what = describe(request_.method, Value::object({{"url", request_.url}}));
    std::string words = printable(std::string_view(response.body).substr(0, kShownBody));
    const std::string first = std::string(trim(std::string_view(words).substr(0, words.find('\n')).substr(0, 200)));
    Error error("http.status", cat(what, ": status ", response.status, first.empty() ? "" : ": ", first));
    error.retryable = status_is_temporary(response.status);
    if (const std::string& location = response.header("location"); response.status / 100 == 3 && !location.empty()) {
      error.context["location"] = printable(location);
    }
    return std::move(error).with("status", std::to_string(response.status)).with("body", std::move(words));
  }

  World& world_;
  const HttpRequest request_;
  const Value expect_;
  const bool any_status_;
  const bool demand_json_;
  std::int64_t left_;
  unsigned tries_ = 0;
  const Duration end_;
  Done done_;
  Cancel pending_;
};

}  // namespace

std::string form_body(const Value& form) {
  std::string out;
  for (const auto& [name, value] : form.members()) {
    if (!out.empty()) out += '&';
    out += cat(percent_encode(name), "=", percent_encode(scalar_text(value)));
  }
  return out;
}

bool is_expected(int status, const Value& expect) {
  if (expect.is_null()) return status / 100 == 2;
  if (!expect.is_array()) return matches(status, expect);
  return std::any_of(expect.items().begin(), expect.items().end(), [&](const Value& wanted) { return matches(status, wanted); });
}

Result<HttpRequest> make_request(const std::string& method, const Value& args) {
  HttpRequest request;
  request.method = method;
  request.url = args["url"].as_string();
  const auto url = parse_url(request.url);
  if (!url) return url.error();
  RUNBOOK_TRY(check_expect(args["expect"]));
  // The gate lets no wildcard cover such an address: where its host is one, the permission names it.
  request.allow_link_local = is_link_local(url->host);
  for (const auto& [name, value] : args["headers"].members()) request.headers.emplace_back(name, scalar_text(value));
  if (args.has("bearer")) request.headers.emplace_back("Authorization", cat("Bearer ", args["bearer"].reveal()));
  if (args.has("user")) {
    request.headers.emplace_back("Authorization", cat("Basic ", base64_encode(cat(args["user"].reveal(), ":", args["password"].reveal()))));
  }
  RUNBOOK_TRY(set_body(request, args));
  if (!has_header(request.headers, "accept") && args["json"].is_boolean() && args["json"].as_bool()) {
    request.headers.emplace_back("Accept", "application/json");
  }
  request.timeout = seconds(args["timeout"].as_number(60));
  if (request.timeout <= Duration::zero()) return Error("argument.invalid", "'timeout' must be longer than nothing");
  if (args.has("connect_timeout")) request.connect_timeout = seconds(args["connect_timeout"].as_number());
  request.unix_socket = args["unix_socket"].as_string();
  request.ca_file = args["ca_file"].as_string();
  request.client_cert_file = args["cert_file"].as_string();
  request.client_key_file = args["key_file"].as_string();
  request.insecure = args["insecure"].as_bool();
  request.decompress = true;
  if (args.has("max_body")) request.max_body = static_cast<std::uint64_t>(args["max_body"].as_int());
  return request;
}

Result<Value> make_response(const HttpResponse& response, bool demand_json) {
  Value headers = Value::Object{};
  for (const auto& [name, value] : response.headers) {
    const std::string& before = headers[name].as_string();
    headers.set(name, before.empty() ? value : cat(before, ", ", value));
  }
  Value out = Value::object({{"status", response.status}, {"headers", headers}, {"body", response.body},
                             {"url", response.url}, {"seconds", response.seconds}});
  const std::string type = std::string(trim(std::string_view(response.header("content-type")).substr(0, response.header("content-type").find(';'))));
  const bool says_json = type == "application/json" || (type.size() > 5 && type.substr(type.size() - 5) == "+json");
  if (!demand_json && !says_json) return out;
  auto parsed = from_json(response.body);
  if (parsed) {
    out.set("json", std::move(*parsed));
  } else if (demand_json) {
    return Error("http.json", cat("the answer of ", describe("", Value::object({{"url", response.url}})), " is not JSON: ", parsed.error().message))
        .with("body", printable(std::string_view(response.body).substr(0, kShownBody)));
  }
  return out;
}

Cancel perform(Invocation call, const std::string& method, Done done) {
  auto request = make_request(method.empty() ? call.args["method"].as_string("GET") : method, call.args);
  if (!request) {
    done(std::move(request).error());
    return {};
  }
  const bool any_status = method.empty() && !call.args.has("expect");
  auto attempts = std::make_shared<Attempts>(call.world, std::move(*request), call.args, any_status, std::move(done));
  attempts->start();
  return [attempts] { attempts->stop(); };
}

std::vector<Access> access(World&, const Value& args) {
  std::vector<Access> touched;
  const auto url = parse_url(args["url"].as_string());
  if (!url) return {{"none", "", "", ""}};
  const std::string& socket = args["unix_socket"].as_string();
  touched.push_back({"net", socket.empty() ? url->origin() : cat("unix://", socket), "", ""});
  for (const char* file : {"ca_file", "cert_file", "key_file"}) {
    if (args.has(file)) touched.push_back({"read", args[file].as_string(), "", ""});
  }
  return touched;
}

std::string describe(const std::string& method, const Value& args) {
  const auto url = parse_url(args["url"].as_string());
  const std::string target = url ? url->origin() + url->path.substr(0, url->path.find('?')) : std::string("?");
  return method.empty() ? target : cat(method, " ", target);
}

}  // namespace runbook::http
