// SPDX-License-Identifier: Apache-2.0
// What answers at an agent's socket, on the test's own loop, with exactly the bytes it is told to.
#pragma once

#include <uv.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runbook/loop.h"

namespace runbook {

class FakeAgent {
 public:
  struct Reply {
    std::string bytes;  ///< empty: it says nothing
    bool hang_up = false;
  };
  using Handler = std::function<Reply(const std::string& message)>;

  FakeAgent(Loop& loop, const std::string& path, Handler handler);
  ~FakeAgent();

  /// A message with its length in front.
  static Reply message(const std::string& content);
  /// Ends all connections.
  void hang_up();

  std::vector<std::string> messages;
  int connections = 0;

 private:
  struct Connection;
  void accept();

  Loop& loop_;
  Handler handler_;
  uv_pipe_t* listener_;
  std::set<Connection*> open_;
};

}  // namespace runbook
