// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_transfer.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "host/core/net_address.h"
#include "host/core/text.h"
#include "host/net/short_timer.h"
#include "host/net/url.h"

namespace runbook {
namespace {

constexpr long kBufferSize = 64L << 10U;

long milliseconds(Duration duration) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text.data(), text.size());
  }
  return text.data();
}

}  // namespace

HttpTransfer::HttpTransfer(const CurlApi& api, HttpRequest request, Callback<void(Result<HttpResponse>)> done, Streamed& streamed)
    : api_(api), request_(std::move(request)), done_(std::move(done)), easy_(api.easy_init()), streamed_(streamed) {}

HttpTransfer::~HttpTransfer() {
  abandon();
  api_.easy_cleanup(easy_);
  api_.slist_free_all(header_list_);
}

Status HttpTransfer::prepare(std::function<void()> wake, std::function<void()> breathe) {
  wake_ = std::move(wake);
  breathe_ = std::move(breathe);
  RUNBOOK_TRY(check_request(request_));
  const auto url = parse_url(request_.url);
  if (!url) return url.error();
  set(CURLOPT_ERRORBUFFER, words_.data());
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // else cancelling a name look-up waits for its thread
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_BUFFERSIZE, kBufferSize);
  set(CURLOPT_USERAGENT, "runbook/0.1");
  set(CURLOPT_TIMEOUT_MS, milliseconds(request_.timeout));
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.connect_timeout));
  // A directory of certificates, Debian's default, keeps libcurl from caching the parsed store.
  set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!request_.ca_file.empty()) set(CURLOPT_CAINFO, request_.ca_file.c_str());
  if (!request_.client_cert_file.empty()) set(CURLOPT_SSLCERT, request_.client_cert_file.c_str());
  if (!request_.client_key_file.empty()) set(CURLOPT_SSLKEY, request_.client_key_file.c_str());
  if (request_.tls) {
    set_text(CURLOPT_CAINFO_BLOB, request_.tls->ca);
    set_text(CURLOPT_SSLCERT_BLOB, request_.tls->cert);
    set_text(CURLOPT_SSLKEY_BLOB, request_.tls->key);
  }
  if (request_.insecure) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!request_.unix_socket.empty()) {
    set(CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.c_str());
    set(CURLOPT_PROXY, "");
  }
  if (request_.decompress) set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
  set(CURLOPT_OPENSOCKETDATA, this);
  set_method();
  if (request_.flow) request_.flow->wake_ = wake_;
  return set_headers();
}

void HttpTransfer::set_text(CURLoption option, const std::string& text) {
  if (text.empty()) return;
  curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
  set(option, &blob);
}

void HttpTransfer::set_method() {
  if (request_.body_source) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &on_upload);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_INFILESIZE_LARGE, request_.body_length ? static_cast<curl_off_t>(*request_.body_length) : curl_off_t{-1});
    // A kept connection may turn out to be dead, and what was pulled cannot be sent again.
    set(CURLOPT_FRESH_CONNECT, 1L);
  } else if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT" || request_.method == "PATCH") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
  } else if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

Status HttpTransfer::set_headers() {
  for (const auto& [name, value] : request_.headers) {
    header_list_ = api_.slist_append(header_list_, value.empty() ? cat(name, ";").c_str() : cat(name, ": ", value).c_str());
  }
  // libcurl would wait a second for a "100 Continue" and call every body a form.
  if (!has_header(request_.headers, "expect")) header_list_ = api_.slist_append(header_list_, "Expect:");
  if (!has_header(request_.headers, "content-type")) header_list_ = api_.slist_append(header_list_, "Content-Type:");
  set(CURLOPT_HTTPHEADER, header_list_);
  return Unit{};
}

void HttpTransfer::unpause() {
  if (abandoned_) return;
  const bool receive_paused = request_.flow && request_.flow->paused();
  if (!receive_paused) since_pause_ = 0;
  upload_paused_ = upload_paused_ && piece_.empty() && !body_ended_ && failure_.code.empty();
  api_.easy_pause(easy_, (receive_paused ? CURLPAUSE_RECV : CURLPAUSE_RECV_CONT) |
                             (upload_paused_ ? CURLPAUSE_SEND : CURLPAUSE_SEND_CONT));
}

void HttpTransfer::abandon() {
  abandoned_ = true;
  done_.reset();
  if (request_.flow) request_.flow->wake_ = nullptr;
  body_pull_();
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  std::string_view line(data, size * count);
  if (transfer.abandoned_) return 0;
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (auto status = transfer.head_.add(line); !status) {
    transfer.failure_ = std::move(status).error();
    return 0;
  }
  if (transfer.head_.complete() && !transfer.announced_) {
    transfer.announced_ = true;
    if (transfer.request_.on_headers) transfer.request_.on_headers(transfer.head_.status, transfer.head_.headers);
  }
  return transfer.abandoned_ ? 0 : size * count;
}

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const std::size_t bytes = size * count;
  if (transfer.abandoned_) return 0;
  if (transfer.request_.on_chunk) {
    if (transfer.request_.flow && transfer.request_.flow->paused()) return CURL_WRITEFUNC_PAUSE;
    if (transfer.since_pause_ >= kMostInATurn) {
      transfer.breathe_();
      return CURL_WRITEFUNC_PAUSE;
    }
    transfer.since_pause_ += bytes;
    transfer.streamed_.bytes += bytes;
    ++transfer.streamed_.pieces;
    transfer.request_.on_chunk(std::string_view(data, bytes));
    return transfer.abandoned_ ? 0 : bytes;
  }
  if (transfer.body_.size() + bytes > transfer.request_.max_body) {
    transfer.failure_ = Error("http.too_large", cat("the response is larger than ", transfer.request_.max_body, " bytes"));
    return 0;
  }
  transfer.body_.append(data, bytes);
  return bytes;
}

std::size_t HttpTransfer::on_upload(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (transfer.abandoned_) return CURL_READFUNC_ABORT;
  if (transfer.piece_.empty() && !transfer.body_ended_) transfer.ask_for_body();
  if (transfer.abandoned_ || !transfer.failure_.code.empty()) return CURL_READFUNC_ABORT;
  if (transfer.piece_.empty()) {
    if (transfer.body_ended_) return 0;
    transfer.upload_paused_ = true;
    return CURL_READFUNC_PAUSE;
  }
  const std::size_t bytes = std::min(size * count, transfer.piece_.size() - transfer.piece_used_);
  std::memcpy(buffer, transfer.piece_.data() + transfer.piece_used_, bytes);
  transfer.piece_used_ += bytes;
  if (transfer.piece_used_ == transfer.piece_.size()) {
    transfer.piece_.clear();
    transfer.piece_used_ = 0;
  }
  return bytes;
}

void HttpTransfer::ask_for_body() {
  if (body_pull_) return;
  auto answered = std::make_shared<bool>(false);
  Cancel pull = request_.body_source([weak = weak_from_this(), answered](Result<std::string> piece) {
    *answered = true;
    const auto self = weak.lock();
    if (!self || self->abandoned_) return;
    self->body_pull_.reset();
    if (!piece) {
      self->failure_ = Error("http.body", "the body of the request could not be read").because(std::move(piece).error());
    } else if (piece->empty()) {
      self->body_ended_ = true;
    } else {
      self->piece_ = std::move(*piece);
    }
    self->wake_();
  });
  if (!*answered) body_pull_ = std::move(pull);
}

curl_socket_t HttpTransfer::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (!transfer.request_.allow_link_local) {
    const std::string text = address_text(address->addr);
    if (is_link_local(text)) {
      transfer.failure_ = Error("permission.denied", cat("'", transfer.where(), "' leads to the link-local address ", text),
                                "a permission for such an address must name the address itself, not a host name or a pattern");
      return CURL_SOCKET_BAD;
    }
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace runbook
