// SPDX-License-Identifier: Apache-2.0
// A tiny HTTP server on the test's own loop that answers with exactly the bytes it is told to, however wrong.
#pragma once

#include <uv.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runbook/loop.h"

namespace runbook {

class HttpServer {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  ///< lower-case names
    std::string body;                            ///< a chunked one is unpacked
    int connection = 0;                          ///< counts from 1
  };
  struct Piece {
    double delay = 0;  ///< seconds before it is sent
    std::string bytes;
  };
  struct Reply {
    std::vector<Piece> pieces;
    bool close = false;  ///< after the last piece
    bool echo = false;   ///< send back what comes from now on
  };
  using Handler = std::function<Reply(const Request&)>;

  /// A whole answer with a Content-Length.
  static Reply answer(int status, const std::string& body, const std::string& more_headers = {});
  /// These bytes and, where asked, the end of the connection.
  static Reply raw(std::string bytes, bool close = true);

  /// Listens on a loopback port, or on a unix socket where a path is given.
  HttpServer(Loop& loop, Handler handler, const std::string& unix_path = {});
  ~HttpServer();

  std::string url(const std::string& path) const;
  int port() const { return port_; }
  std::vector<Request> requests;
  std::string greeting;  ///< sent to whoever connects, before anything is asked

 private:
  struct Connection;
  void accept();

  Loop& loop_;
  Handler handler_;
  int port_ = 0;
  int accepted_ = 0;
  uv_stream_t* listener_;
  std::set<Connection*> open_;
};

}  // namespace runbook
