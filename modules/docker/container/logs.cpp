// SPDX-License-Identifier: Apache-2.0
// Containers: what they wrote.
#include <cstdio>

#include "host/core/text.h"
#include "modules/docker/engine/frames.h"
#include "modules/docker/engine/log_text.h"
#include "modules/docker/operations.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

// Keeps the last `limit` bytes; drops in large steps, so that each byte is moved a bounded number of times.
void keep(std::string& text, std::string_view more, std::size_t limit, bool& truncated) {
  text += more;
  if (text.size() <= 2 * limit) return;
  text.erase(0, text.size() - limit);
  truncated = true;
}

void cut(std::string& text, std::size_t limit, bool& truncated) {
  if (text.size() <= limit) return;
  text.erase(0, text.size() - limit);
  truncated = true;
}

struct Reader {
  Reader(const Job::Ptr& job, const LogRequest& request, bool has_terminal)
      : limit(request.limit), terminal(has_terminal), quiet(request.quiet || !job->listening()),
        lines{Lines([job](std::string_view line) { event(job, "stdout", line); }),
              Lines([job](std::string_view line) { event(job, "stderr", line); })},
        frames([this](int stream, std::string_view bytes) { take(stream, bytes); }) {}

  static void event(const Job::Ptr& job, const char* stream, std::string_view line) {
    job->event(Value::object({{"event", "line"}, {"stream", stream}, {"line", line}}));
  }
  void take(int stream, std::string_view bytes) {
    keep(stream == 2 ? text.stderr_text : text.stdout_text, bytes, limit, text.truncated);
    keep(text.output, bytes, limit, text.truncated);
    if (!quiet) lines[stream == 2 ? 1 : 0].feed(bytes);
  }
  void feed(std::string_view bytes) {
    if (terminal) return take(1, bytes);
    if (!status) return;
    status = frames.feed(bytes);
  }
  Result<LogText> end() {
    if (!status) return std::move(status).error();
    if (!frames.complete()) return Error("docker.engine", "the engine's stream of output ended within a frame");
    for (Lines& stream : lines) stream.end();
    for (std::string* part : {&text.stdout_text, &text.stderr_text, &text.output}) cut(*part, limit, text.truncated);
    return std::move(text);
  }

  std::size_t limit;
  bool terminal;
  bool quiet;
  LogText text;
  Lines lines[2];
  Frames frames;
  Status status = Unit{};
};

std::string moment(const Value& seconds) {
  char text[40];
  snprintf(text, sizeof text, "%.9f", seconds.as_number());
  return text;
}

}  // namespace

LogRequest log_request(const Job& job) {
  const Value& args = job.args();
  LogRequest request;
  request.name = job.name();
  request.tail = args["tail"].as_int(-1);
  if (!args["since"].is_null()) request.since = moment(args["since"]);
  if (!args["until"].is_null()) request.until = moment(args["until"]);
  request.timestamps = args["timestamps"].as_bool();
  request.follow = args["follow"].as_bool();
  if (!args["timeout"].is_null()) request.timeout = args["timeout"].as_number();
  return request;
}

namespace {

Cancel logs(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    read_log(job, log_request(*job), [job](Result<LogText> log) {
      if (!log) return job->fail(std::move(log).error());
      job->finish(Value::object({{"stdout", std::move(log->stdout_text)},
                                 {"stderr", std::move(log->stderr_text)},
                                 {"output", std::move(log->output)},
                                 {"truncated", log->truncated}}));
    });
  });
}

}  // namespace

Call log_call(const LogRequest& request) {
  Call ask = container_call("GET", request.name, "/logs");
  ask.query = {{"stdout", "1"}, {"stderr", "1"}};
  if (request.tail >= 0) ask.query.emplace_back("tail", std::to_string(request.tail));
  if (!request.since.empty()) ask.query.emplace_back("since", request.since);
  if (!request.until.empty()) ask.query.emplace_back("until", request.until);
  if (request.timestamps) ask.query.emplace_back("timestamps", "1");
  if (request.follow) ask.query.emplace_back("follow", "1");
  ask.timeout = request.timeout;
  return ask;
}

void read_log(const Job::Ptr& job, LogRequest request, std::function<void(Result<LogText>)> next) {
  job->json(inspect_container(request.name), [job, request, next = std::move(next)](Value found) {
    auto reader = std::make_shared<Reader>(job, request, found["Config"]["Tty"].as_bool());
    Call ask = log_call(request);
    ask.on_chunk = [reader](std::string_view bytes) { reader->feed(bytes); };
    job->attempt(std::move(ask), [reader, next](Result<HttpResponse> answer) {
      if (!answer) return next(std::move(answer).error());
      next(reader->end());
    });
  });
}

const Operation kContainerLogs = {
    .name = "docker.container_logs",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"tail", Type::kInteger},
               {"since", Type::kNumber},
               {"until", Type::kNumber},
               {"timestamps", Type::kBoolean},
               {"follow", Type::kBoolean},
               {"timeout", Type::kDuration},
               {"on_line", Type::kFunction}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "container.logs", args["name"].as_string())}; },
    .perform = logs,
    .describe = [](const Value& args) { return cat("logs of container '", args["name"].as_string(), "'"); },
};

}  // namespace runbook::docker
