// SPDX-License-Identifier: Apache-2.0
// How a transfer ended, in our words.
#include "host/core/text.h"
#include "host/net/http_transfer.h"
#include "host/net/url.h"

namespace runbook {

void HttpTransfer::finish(CURLcode code) {
  if (abandoned_) return;
  if (code != CURLE_OK || !failure_.code.empty()) {
    done_(explain(code));
    return;
  }
  HttpResponse response;
  response.status = head_.status;
  response.headers = std::move(head_.headers);
  response.body = std::move(body_);
  response.url = request_.url;
  api_.easy_getinfo(easy_, CURLINFO_TOTAL_TIME, &response.seconds);
  done_(std::move(response));
}

std::string HttpTransfer::where() const {
  if (!request_.unix_socket.empty()) return cat("unix://", request_.unix_socket);
  const auto url = parse_url(request_.url);
  return url ? url->origin() : std::string("?");
}

Error HttpTransfer::explain(CURLcode code) {
  std::string words = printable(words_.data());
  if (words.empty()) words = api_.easy_strerror(code);
  const auto make = [&](const char* name, std::string what, bool retryable) {
    Error error(name, std::move(what));
    error.retryable = retryable;
    return std::move(error).with("url", where());
  };
  if (!failure_.code.empty()) {
    failure_.context.insert_or_assign("url", where());
    return std::move(failure_);
  }
  // In TLS 1.3 the server looks at our certificate when for us the connection is made already.
  if ((code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) && words.find("alert") != std::string::npos) code = CURLE_SSL_CONNECT_ERROR;
  const std::string what = cat(request_.method, " ", where(), ": ");
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return make("http.resolve", cat("cannot resolve the host of '", where(), "': ", words), true);
    case CURLE_COULDNT_CONNECT: return make("http.connect", cat("cannot connect to '", where(), "': ", words), true);
    case CURLE_OPERATION_TIMEDOUT: {
      double connected = 0;
      api_.easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME, &connected);
      if (connected == 0) return make("http.timeout", cat(what, "no connection in time: ", words), true);
      return make("http.timeout", cat(what, "no complete answer within ", show_duration(request_.timeout.count() / 1e9)), true);
    }
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return make("http.tls", cat("no secure connection to '", where(), "': ", words), false);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR: return make("http.closed", cat(what, "the server closed the connection early: ", words), true);
    case CURLE_URL_MALFORMAT: return make("http.url", cat(what, words), false);
    default: return make("http.protocol", cat(what, words), false);
  }
}

}  // namespace runbook
