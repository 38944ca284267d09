// SPDX-License-Identifier: Apache-2.0
// A server that speaks like an engine, and says what a test wants it to say.
#pragma once

#include <unistd.h>

#include <string>

#include "host/core/text.h"
#include "modules/docker/operations.h"
#include "tests/support/http_server.h"
#include "tests/support/test_world.h"

namespace runbook::docker {

class FakeEngine {
 public:
  explicit FakeEngine(HttpServer::Handler handler, std::string api = "1.41")
      : path_(cat("/tmp/runbook-fake-", getpid(), "-", ++count_, ".sock")),
        server(world.loop(),
               [handler = std::move(handler), api = std::move(api)](const HttpServer::Request& request) {
                 if (request.target == "/_ping") return HttpServer::answer(200, "OK", "Api-Version: " + api + "\r\n");
                 return handler(request);
               },
               path_) {}
  ~FakeEngine() { unlink(path_.c_str()); }

  Result<Value> perform(const Operation& operation, Value args) {
    args.set("target", target());
    return world.perform(operation, std::move(args));
  }

  std::string target() const { return "unix://" + path_; }

  TestWorld world;

 private:
  static inline int count_ = 0;
  std::string path_;

 public:
  HttpServer server;
};

}  // namespace runbook::docker
