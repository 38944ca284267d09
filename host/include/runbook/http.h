// SPDX-License-Identifier: Apache-2.0
//
// HTTP on the loop. `world.service<HttpClient>()` is the run's one client: its connections are pooled and kept alive
// between calls. libcurl is loaded when the first request over TCP is made: what goes to unix sockets, as most that is
// asked of a Docker engine, does not need it, and would wait for its two dozen libraries.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runbook/callback.h"
#include "runbook/loop.h"
#include "runbook/result.h"

namespace runbook {

class SocketClient;
class World;

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// Stops and restarts a streamed response. Make one, put it into the request, call pause() from on_chunk when there
/// is no room for more, and resume() when there is: nothing is read from the connection in between.
class HttpFlow {
 public:
  void pause() { paused_ = true; }
  void resume() {
    paused_ = false;
    if (wake_) wake_();
  }
  bool paused() const { return paused_; }

 private:
  friend class HttpTransfer;
  friend class SocketExchange;
  bool paused_ = false;
  std::function<void()> wake_;
};

/// PEM texts for TLS, in place of files. An empty `ca` is the system's; without `cert` and `key` we show no certificate.
/// The key is not encrypted.
struct HttpTls {
  std::string ca, cert, key;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;              ///< http or https; with unix_socket its host is only the Host header: "http://docker/v1.43/info"
  HttpHeaders headers;          ///< in the clear; they appear in no error. An empty value sends an empty header
  std::string body;             ///< sent where it is not empty or the method is POST, PUT or PATCH
  /// In place of `body`: each call asks for the next piece; an empty one ends the body, an error ends the request.
  std::function<Cancel(Callback<void(Result<std::string>)>)> body_source;
  std::optional<std::uint64_t> body_length;  ///< of body_source, where it is known; else the body is sent chunked

  std::string unix_socket;      ///< path of a socket to connect to
  Duration timeout = seconds(60);          ///< for the whole request; zero: none (streams that follow)
  Duration connect_timeout = seconds(10);  ///< name look-up, TCP and TLS
  std::string ca_file;          ///< in place of the system's certificates
  std::string client_cert_file;
  std::string client_key_file;
  std::shared_ptr<const HttpTls> tls;  ///< in place of the three files
  bool insecure = false;        ///< accept any certificate
  bool decompress = false;      ///< offer gzip and the like, and unpack what comes
  /// Connect to link-local addresses (169.254.0.0/16, fe80::/10), where clouds serve machines their credentials.
  bool allow_link_local = false;

  std::uint64_t max_body = 64U << 20U;  ///< a longer body is http.too_large; does not count with on_chunk
  /// Gets the final status and headers before the body (not those of 1xx responses).
  std::function<void(int status, const HttpHeaders& headers)> on_headers;
  /// Gets the body as it arrives, in place of HttpResponse::body.
  std::function<void(std::string_view chunk)> on_chunk;
  std::shared_ptr<HttpFlow> flow;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  ///< names in lower case, in the order they came
  std::string body;     ///< empty with on_chunk
  std::string url;
  double seconds = 0;

  /// The first header of that lower-case name, or empty.
  const std::string& header(std::string_view name) const;
};

/// Both directions of a connection that has stopped speaking HTTP. Destroying it closes the connection; after that
/// neither on_data nor on_end is called.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Sends in the order of the calls. `done` comes when the bytes have left for the kernel.
  virtual void write(std::string bytes, Callback<void(Status)> done) = 0;
  /// Ends our direction (the other side reads end of file); the other direction goes on.
  virtual void close_write() = 0;
  /// Stops and restarts on_data.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

/// Errors: http.url, http.resolve, http.connect, http.tls, http.timeout, http.closed (the server hung up early),
/// http.protocol (what came is not HTTP), http.too_large, http.body (from body_source), permission.denied (link-local),
/// library.missing. An HTTP status is not an error here. Redirects are not followed: where one leads is another
/// access, which whoever asked must be permitted to make.
class HttpClient {
 public:
  explicit HttpClient(World& world);
  virtual ~HttpClient();

  /// `done` and the request's callbacks run from the loop, not from inside send(), and never after Cancel.
  virtual Cancel send(HttpRequest request, Callback<void(Result<HttpResponse>)> done);

  /// Sends a request whose answer (101, or 200 as the Docker Engine gives it) turns the connection into a stream of
  /// bytes. Of the TLS options it knows `tls` and `insecure`, and it goes by no proxy. `on_data` gets what the other side sends, `on_end` its end (once; an error where
  /// the connection broke), both only after `done`. Another status is the error http.status, with `status` and `body`
  /// in its context. Cancel works until `done` is called; afterwards the stream's owner ends it.
  virtual Cancel upgrade(HttpRequest request, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end,
                 Callback<void(Result<std::unique_ptr<ByteStream>>)> done);

  class Engine;

 private:
  Loop& loop_;
  std::shared_ptr<Engine> engine_;
  std::shared_ptr<SocketClient> sockets_;
};

}  // namespace runbook
