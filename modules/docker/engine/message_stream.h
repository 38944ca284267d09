// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "modules/docker/engine/frames.h"
#include "runbook/value.h"

namespace runbook::docker {

/// What build, import, pull and push answer: status 200, then JSON objects, one a line. A failure arrives as one of
/// them, long after the status said that all is well.
class MessageStream {
 public:
  using Sink = std::function<void(const Value& message)>;
  explicit MessageStream(Sink sink);

  void feed(std::string_view bytes);
  /// The first failure that the stream reported, or that it is no stream of messages; else success.
  Status end();

 private:
  void take(std::string_view line);
  Sink sink_;
  Lines lines_;
  Status status_ = Unit{};
};

}  // namespace runbook::docker
