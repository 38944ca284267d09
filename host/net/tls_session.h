// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "runbook/http.h"

namespace runbook {

/// Our end of a TLS connection, without the connection: bytes of the wire go in and come out. libcurl has its own; this
/// is for what stops speaking HTTP.
class TlsSession {
 public:
  /// `host`: the name or address that the certificate must be for, unless `insecure`. `tls` may be null.
  static Result<std::unique_ptr<TlsSession>> open(const HttpTls* tls, bool insecure, const std::string& host);

  /// Takes what came and adds what it holds for us to `text`. Error http.tls.
  Status feed(std::string_view wire, std::string& text);
  /// Both sides are known to one another: there may be writing.
  bool ready() const { return ready_; }
  /// The other side has said that nothing follows.
  bool ended() const { return ended_; }
  Status write(std::string_view text);
  /// Says that nothing follows from us.
  void end() { SSL_shutdown(ssl_.get()); }
  /// What is to be sent now.
  std::string take_wire();

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  TlsSession() = default;
  Status begin(const HttpTls* tls, bool insecure, const std::string& host);
  Status failed(const char* doing);

  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  BIO* in_ = nullptr;  ///< ssl_'s
  BIO* out_ = nullptr;
  bool ready_ = false;
  bool ended_ = false;
};

}  // namespace runbook
