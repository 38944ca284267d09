// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/errors.h"

#include "host/core/text.h"
#include "runbook/value.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kMaxWords = 2000;

std::string prefix(const std::string& object) { return object.empty() ? "" : object + ": "; }

// Of a swarm the engine says by its words alone what kind of refusal it is: the status is 400, 500 or 503 for all.
void judge_by_words(Error& error) {
  const auto says = [&](const char* words) { return error.message.find(words) != std::string::npos; };
  if (says("This node is not a swarm manager") || says("This node is not part of a swarm")) {
    error.code = "docker.no_manager";
    error.hint = "ask a manager of the swarm, or make one with swarm_init or swarm_join";
    error.retryable = false;
  } else if (says("in use by the following service") || says("is already in use by service") || says("is already part of a swarm") ||
             says("participating as a manager") ||
             says("the last manager of the swarm") || says("be demoted to worker before removal") || says("is not down and can't be removed")) {
    error.code = "docker.conflict";
    error.retryable = false;
  }
}

}  // namespace

std::string engine_words(std::string_view body) {
  std::string words;
  if (auto parsed = from_json(body); parsed && parsed->is_object()) words = (*parsed)["message"].as_string();
  if (words.empty()) words = std::string(trim(body.substr(0, kMaxWords)));
  return printable(words.substr(0, kMaxWords));
}

Error status_error(const std::string& engine, const std::string& object, int status, std::string_view body) {
  const char* code = "docker.engine";
  std::string hint;
  switch (status) {
    case 401:
    case 403:
      code = "docker.auth";
      break;
    case 404:
      code = "docker.not_found";
      break;
    case 409:
      code = "docker.conflict";
      break;
    default:
      break;
  }
  std::string words = engine_words(body);
  if (words.empty()) words = cat("the engine answered with status ", status);
  Error error(code, prefix(object) + words, hint);
  error.retryable = status == 503 || status == 429;
  judge_by_words(error);
  return std::move(error).with("engine", engine).with("http_status", std::to_string(status));
}

}  // namespace runbook::docker
