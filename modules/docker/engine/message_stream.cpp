// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/message_stream.h"

#include "host/core/text.h"

namespace runbook::docker {

MessageStream::MessageStream(Sink sink)
    : sink_(std::move(sink)), lines_([this](std::string_view line) { take(line); }) {}

void MessageStream::feed(std::string_view bytes) { lines_.feed(bytes); }

Status MessageStream::end() {
  lines_.end();
  return std::move(status_);
}

void MessageStream::take(std::string_view line) {
  line = trim(line);
  if (line.empty() || !status_) return;
  auto message = from_json(line);
  if (!message || !message->is_object()) {
    status_ = Error("docker.engine", cat("the engine's report is not JSON: ", printable(line.substr(0, 200))));
    return;
  }
  const Value& detail = (*message)["errorDetail"]["message"];
  const std::string& said = detail.is_string() ? detail.as_string() : (*message)["error"].as_string();
  if (!said.empty() || message->has("errorDetail")) {
    Error error("docker.engine", printable(trim(said)));
    if (const Value& code = (*message)["errorDetail"]["code"]; code.is_integer()) {
      error.context["exit_code"] = std::to_string(code.as_int());
    }
    status_ = std::move(error);
    return;
  }
  sink_(*message);
}

}  // namespace runbook::docker
