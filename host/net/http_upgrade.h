// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "host/net/http_body.h"
#include "host/net/http_head.h"
#include "host/net/http_link.h"
#include "runbook/http.h"

namespace runbook {

/// A request whose answer turns the connection into a stream of bytes. libcurl cannot do this: it does not hand over a
/// connection in the middle of a response, and cannot end one direction of it.
///
/// The link keeps the object alive from start() until it is closed; everyone else holds it weakly or through the
/// ByteStream, whose destruction closes the link.
class HttpUpgrade : public std::enable_shared_from_this<HttpUpgrade> {
 public:
  using OnData = std::function<void(std::string_view)>;
  using OnStream = Callback<void(Result<std::unique_ptr<ByteStream>>)>;

  static Cancel start(Loop& loop, HttpRequest request, OnData on_data, Callback<void(Status)> on_end, OnStream done);

  void write(std::string bytes, Callback<void(Status)> done);
  void close_write();
  void set_paused(bool paused);
  void close();

 private:
  void begin(Loop& loop, HttpRequest request);
  void send_request();
  void on_read(std::string_view bytes);
  void on_eof(Status how);
  void read_head();
  void read_refusal(std::string_view bytes);
  void refuse();
  void become_stream();
  void deliver_rest();
  void fail(Error error);

  std::shared_ptr<HttpLink> link_;
  HttpRequest request_;
  OnData on_data_;
  Callback<void(Status)> on_end_;
  OnStream done_;
  Loop* loop_ = nullptr;
  Cancel deadline_;
  Cancel rest_;
  HttpHead head_;
  std::string buffer_;
  HttpBody body_;        ///< of a refusal
  std::string refusal_;  ///< what has come of it
  bool streaming_ = false;
  bool paused_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace runbook
