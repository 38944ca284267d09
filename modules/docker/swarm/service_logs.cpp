// SPDX-License-Identifier: Apache-2.0
// Services: what their tasks wrote, on whatever node.
#include <cmath>

#include "host/core/text.h"
#include "modules/docker/engine/frames.h"
#include "modules/docker/swarm/services.h"
#include "modules/docker/swarm/swarm_log.h"

namespace runbook::docker {

namespace {

constexpr std::string_view kTaskKey = "com.docker.swarm.task.id=";
constexpr std::string_view kNodeKey = "com.docker.swarm.node.id=";

struct Line {
  std::string text;
  std::string task;
  std::string node;
};

// "[time ]key=value,key=value text": who wrote it stands before every line.
Line taken_apart(std::string_view raw, bool timestamps) {
  std::string_view time;
  if (timestamps) {
    const auto end = std::min(raw.find(' '), raw.size());
    time = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
  const auto end = std::min(raw.find(' '), raw.size());
  Line line;
  for (const std::string& pair : split(raw.substr(0, end), ',')) {
    if (pair.starts_with(kTaskKey)) line.task = pair.substr(kTaskKey.size());
    if (pair.starts_with(kNodeKey)) line.node = pair.substr(kNodeKey.size());
  }
  if (!line.task.empty()) raw.remove_prefix(std::min(end + 1, raw.size()));
  line.text = timestamps ? cat(time, " ", raw) : std::string(raw);
  return line;
}

struct Reader {
  Reader(const Job::Ptr& job, const SwarmLogRequest& request)
      : log(request.log), terminal(request.terminal),
        lines{Lines([this, job](std::string_view line) { take(*job, "stdout", line); }),
              Lines([this, job](std::string_view line) { take(*job, "stderr", line); })},
        frames([this](int stream, std::string_view bytes) { lines[stream == 2 ? 1 : 0].feed(bytes); }) {}

  void take(const Job& job, const char* stream, std::string_view raw) {
    Line line = taken_apart(raw, log.timestamps);
    keep(stream == std::string_view("stderr") ? text.stderr_text : text.stdout_text, line.text);
    keep(text.output, line.text);
    if (log.quiet || !job.listening()) return;
    job.event(Value::object({{"event", "line"}, {"stream", stream}, {"line", std::move(line.text)}, {"task", line.task}, {"node", line.node}}));
  }
  // The last bytes; dropped in large steps, so that each is moved a bounded number of times.
  void keep(std::string& to, const std::string& line) {
    to += line;
    to += '\n';
    if (to.size() <= 2 * log.limit) return;
    to.erase(0, to.size() - log.limit);
    text.truncated = true;
  }
  void feed(std::string_view bytes) {
    if (terminal) return lines[0].feed(bytes);
    if (status) status = frames.feed(bytes);
  }
  Result<LogText> end() {
    if (!status) return std::move(status).error();
    for (Lines& stream : lines) stream.end();
    for (std::string* part : {&text.stdout_text, &text.stderr_text, &text.output}) {
      if (part->size() <= log.limit) continue;
      part->erase(0, part->size() - log.limit);
      text.truncated = true;
    }
    return std::move(text);
  }

  LogRequest log;
  bool terminal;
  LogText text;
  Lines lines[2];
  Frames frames;
  Status status = Unit{};
};

void read_with(const Job::Ptr& job, SwarmLogRequest request) {
  const Value& args = job->args();
  request.log.tail = args["tail"].as_int(-1);
  if (!args["since"].is_null()) request.log.since = cat(static_cast<std::int64_t>(std::floor(args["since"].as_number())));
  request.log.timestamps = args["timestamps"].as_bool();
  request.log.follow = args["follow"].as_bool();
  if (!args["timeout"].is_null()) request.log.timeout = args["timeout"].as_number();
  read_swarm_log(job, std::move(request), [job = job.get()](Result<LogText> log) {
    if (!log) return job->fail(std::move(log).error());
    job->finish(Value::object({{"stdout", std::move(log->stdout_text)},
                               {"stderr", std::move(log->stderr_text)},
                               {"output", std::move(log->output)},
                               {"truncated", log->truncated}}));
  });
}

Cancel logs(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    get_object(job, kServiceNoun, job->name(), [job](Value service) {
      const bool terminal = service["Spec"]["TaskTemplate"]["ContainerSpec"]["TTY"].as_bool();
      const std::string task = job->args()["task"].as_string();
      if (task.empty()) {
        const std::string path = cat("/services/", segment(service["ID"].as_string()), "/logs");
        return read_with(job, {path, cat("service '", job->name(), "'"), terminal, {}});
      }
      // The permission is for the service.
      job->json(swarm_call("GET", kTaskNoun, task), [job, service, terminal](Value found) {
        const std::string id = found["ID"].as_string();
        if (found["ServiceID"] != service["ID"]) {
          return job->fail(Error("argument.invalid", cat("task '", id, "' is none of service '", job->name(), "'")));
        }
        read_with(job, {cat("/tasks/", segment(id), "/logs"), cat("task '", id, "'"), terminal, {}});
      });
    });
  });
}

}  // namespace

void read_swarm_log(const Job::Ptr& job, SwarmLogRequest request, std::function<void(Result<LogText>)> next) {
  auto reader = std::make_shared<Reader>(job, request);
  Call ask;
  ask.path = request.path;
  ask.object = request.object;
  ask.query = {{"stdout", "1"}, {"stderr", "1"}, {"details", "1"}};
  if (request.log.tail >= 0) ask.query.emplace_back("tail", std::to_string(request.log.tail));
  if (!request.log.since.empty()) ask.query.emplace_back("since", request.log.since);
  if (request.log.timestamps) ask.query.emplace_back("timestamps", "1");
  if (request.log.follow) ask.query.emplace_back("follow", "1");
  ask.timeout = request.log.timeout;
  ask.on_chunk = [reader](std::string_view bytes) { reader->feed(bytes); };
  job->attempt(std::move(ask), [reader, next = std::move(next)](Result<HttpResponse> answer) {
    if (!answer) return next(std::move(answer).error());
    next(reader->end());
  });
}

const Operation kServiceLogs = {
    .name = "docker.service_logs",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"task", Type::kString},
               {"tail", Type::kInteger},
               {"since", Type::kNumber},
               {"timestamps", Type::kBoolean},
               {"follow", Type::kBoolean},
               {"timeout", Type::kDuration},
               {"on_line", Type::kFunction}},
    .access = [](World&, const Value& args) { return named_access(args, kServiceNoun, "logs"); },
    .perform = logs,
    .describe = [](const Value& args) { return cat("logs of service '", args["name"].as_string(), "'"); },
};

}  // namespace runbook::docker
