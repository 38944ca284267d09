// SPDX-License-Identifier: Apache-2.0
// Containers: run a program in one.
#include "host/core/text.h"
#include "modules/docker/engine/frames.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kMaxOutput = 64U << 20U;
constexpr double kDefaultTimeout = 600;
constexpr double kStatusDelay = 0.02;
constexpr int kStatusTries = 250;

/// A program that runs in a container.
struct Process {
  explicit Process(const Job::Ptr& of)
      : job(of),
        lines{Lines([of](std::string_view line) { event(of, "stdout", line); }),
              Lines([of](std::string_view line) { event(of, "stderr", line); })},
        frames([this](int number, std::string_view bytes) { take(number, bytes); }) {}

  static void event(const Job::Ptr& job, const char* stream, std::string_view line) {
    job->event(Value::object({{"event", "line"}, {"stream", stream}, {"line", line}}));
  }
  void take(int number, std::string_view bytes) {
    std::string& text = number == 2 ? err : out;
    if (text.size() + bytes.size() > kMaxOutput) {
      status = Error("docker.too_large", cat("the program wrote more than ", kMaxOutput >> 20U, " MiB"),
                     "let it write to a file or a volume");
      return;
    }
    text += bytes;
    if (job->listening()) lines[number == 2 ? 1 : 0].feed(bytes);
  }

  Job::Ptr job;
  std::string id;
  std::string out;
  std::string err;
  Lines lines[2];
  Frames frames;
  Status status = Unit{};
  std::unique_ptr<ByteStream> stream;
  int tries = 0;
};
using ProcessPtr = std::shared_ptr<Process>;

std::string first_word(const Value& args) {
  const auto& words = args["command"].items();
  return words.empty() ? "" : words.front().as_string();
}

void report(const ProcessPtr& process, std::int64_t code) {
  const Job::Ptr job = process->job;
  if (code != 0 && job->args()["check"].as_bool(true)) {
    Error error("docker.exit", cat("'", first_word(job->args()), "' in container '", job->name(), "' ended with exit code ", code));
    const std::string said(trim(process->err.empty() ? process->out : process->err));
    if (!said.empty()) error.message += ": " + printable(said.substr(said.size() > 500 ? said.size() - 500 : 0));
    return job->fail(std::move(error).with("exit_code", std::to_string(code)).with("container", job->name()));
  }
  job->finish(Value::object({{"exit_code", code},
                             {"stdout", std::move(process->out)},
                             {"stderr", std::move(process->err)},
                             {"changed", true}}));
}

// The engine may close the stream a moment before it knows how the program ended.
void ask_status(const ProcessPtr& process) {
  Call ask;
  ask.path = "/exec/" + segment(process->id) + "/json";
  ask.object = cat("container '", process->job->name(), "'");
  process->job->json(std::move(ask), [process](Value state) {
    if (!state["Running"].as_bool() && state["ExitCode"].is_integer()) return report(process, state["ExitCode"].as_int());
    if (++process->tries >= kStatusTries) {
      return process->job->fail(Error("docker.engine", cat("the output of '", first_word(process->job->args()),
                                                           "' has ended, but the engine says that it still runs")));
    }
    process->job->after(kStatusDelay, [process] { ask_status(process); });
  });
}

void ended(const ProcessPtr& process, Status status) {
  process->stream.reset();
  if (status && process->status && !process->frames.complete()) {
    status = Error("docker.engine", "the connection to the engine ended in the middle of the program's output");
  }
  if (!process->status) status = std::move(process->status);
  if (!status) return process->job->fail(std::move(status).error());
  for (Lines& stream : process->lines) stream.end();
  ask_status(process);
}

void attach(const ProcessPtr& process) {
  const Job::Ptr job = process->job;
  Call ask;
  ask.method = "POST";
  ask.path = "/exec/" + segment(process->id) + "/start";
  ask.object = cat("container '", job->name(), "'");
  ask.body = Value::object({{"Detach", false}, {"Tty", false}});
  ask.timeout = 30;
  job->upgrade(
      std::move(ask),
      [process](std::string_view bytes) {
        if (process->status) {
          Status fed = process->frames.feed(bytes);
          if (!fed) process->status = std::move(fed);
        }
      },
      [process](Status status) { ended(process, std::move(status)); },
      [process](std::unique_ptr<ByteStream> stream) {
        process->stream = std::move(stream);
        // The stream's callbacks keep the process, which keeps the stream.
        process->job->on_cancel([weak = std::weak_ptr<Process>(process)] {
          if (auto self = weak.lock()) self->stream.reset();
        });
        const Value& input = process->job->args()["stdin"];
        if (input.is_null()) return;
        process->stream->write(input.reveal(), [weak = std::weak_ptr<Process>(process)](Status) {
          // A program that does not read all of its input is no error: its exit code tells.
          if (auto self = weak.lock(); self && self->stream) self->stream->close_write();
        });
      });
}

Cancel exec(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    if (args["command"].items().empty()) return job->fail(Error("argument.invalid", "the command is empty"));
    Value body = Value::object({{"AttachStdout", true},
                                {"AttachStderr", true},
                                {"AttachStdin", !args["stdin"].is_null()},
                                {"Cmd", args["command"]}});
    if (!args["user"].is_null()) body.set("User", args["user"]);
    if (!args["workdir"].is_null()) body.set("WorkingDir", args["workdir"]);
    if (args["privileged"].as_bool()) body.set("Privileged", true);
    Value env;
    for (const auto& [key, value] : args["env"].members()) {
      const std::string text = value.is_string() || value.is_secret() ? value.reveal() : to_json(value);
      env.push(Value::Secret{key + "=" + text, key});
    }
    if (!env.is_null()) body.set("Env", std::move(env));
    Call ask = container_call("POST", job->name(), "/exec");
    ask.body = std::move(body);
    job->json(std::move(ask), [job](Value made) {
      auto process = std::make_shared<Process>(job);
      process->id = made["Id"].as_string();
      attach(process);
    });
  });
}

}  // namespace

const Operation kContainerExec = {
    .name = "docker.container_exec",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"command", Type::kStrings, kPositionalRequired},
               {"env", Type::kMap},
               {"user", Type::kString},
               {"workdir", Type::kString},
               {"stdin", Type::kSecret},
               {"privileged", Type::kBoolean},
               {"check", Type::kBoolean},
               {"timeout", Type::kDuration},
               {"on_line", Type::kFunction}},
    .access =
        [](World& world, const Value& args) {
          Accesses out{engine_access(args, "container.exec", args["name"].as_string())};
          if (args["privileged"].as_bool()) out.push_back(path_access(world, "write", "/"));  // it can mount the machine's disks
          return out;
        },
    .perform = exec,
    .timeout = kDefaultTimeout,
    .describe =
        [](const Value& args) {
          std::vector<std::string> words;
          for (const Value& word : args["command"].items()) words.push_back(word.is_secret() ? "***" : word.as_string());
          return cat("in container '", args["name"].as_string(), "': ", printable(join(words, " ")));
        },
};

}  // namespace runbook::docker
