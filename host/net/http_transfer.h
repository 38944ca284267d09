// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "host/net/curl_api.h"
#include "host/net/http_head.h"
#include "runbook/http.h"

namespace runbook {

/// What went to on_chunk, of all transfers.
struct Streamed {
  std::size_t bytes = 0;
  std::size_t pieces = 0;
};

/// One request on a libcurl easy handle. The engine drives it; libcurl calls the static functions, in which no
/// function of libcurl may be called for the same multi handle.
class HttpTransfer : public std::enable_shared_from_this<HttpTransfer> {
 public:
  HttpTransfer(const CurlApi& api, HttpRequest request, Callback<void(Result<HttpResponse>)> done, Streamed& streamed);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* easy() const { return easy_; }
  /// Sets all options but those that belong to the engine. `wake` asks it to call unpause() soon, `breathe` in the next
  /// turn of the loop.
  Status prepare(std::function<void()> wake, std::function<void()> breathe);
  /// Lets libcurl go on with what is no longer paused.
  void unpause();
  /// Makes every callback from libcurl end the transfer; `done` will not be called.
  void abandon();
  bool abandoned() const { return abandoned_; }
  /// Hands the outcome to `done`.
  void finish(CURLcode code);
  void fail(Error error) { done_(std::move(error)); }

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* buffer, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);

  template <class T>
  void set(CURLoption option, T value) {
    api_.easy_setopt(easy_, option, value);
  }
  void set_text(CURLoption option, const std::string& text);
  void set_method();
  Status set_headers();
  void ask_for_body();
  Error explain(CURLcode code);
  std::string where() const;

  const CurlApi& api_;
  HttpRequest request_;
  Callback<void(Result<HttpResponse>)> done_;
  CURL* easy_;
  curl_slist* header_list_ = nullptr;
  std::function<void()> wake_, breathe_;

  HttpHead head_;
  bool announced_ = false;
  std::string body_;
  Streamed& streamed_;
  std::size_t since_pause_ = 0;
  Error failure_;  ///< why a callback ended the transfer
  bool abandoned_ = false;

  std::string piece_;  ///< of the streamed request body
  std::size_t piece_used_ = 0;
  bool body_ended_ = false;
  bool upload_paused_ = false;
  Cancel body_pull_;

  std::array<char, CURL_ERROR_SIZE> words_{};  ///< libcurl's own
};

}  // namespace runbook
