// SPDX-License-Identifier: Apache-2.0
// Containers: run a program in one.
#include "host/core/text.h"
#include "modules/docker/container/exec_process.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

namespace {

constexpr double kDefaultTimeout = 600;

Value exec_body(const Value& args, const std::string& mark) {
  Value body = Value::object({{"AttachStdout", true},
                              {"AttachStderr", true},
                              {"AttachStdin", !args["stdin"].is_null() || !args["stdin_file"].is_null()},
                              {"Cmd", args["command"]}});
  if (!args["user"].is_null()) body.set("User", args["user"]);
  if (!args["workdir"].is_null()) body.set("WorkingDir", args["workdir"]);
  if (args["privileged"].as_bool()) body.set("Privileged", true);
  Value env = Value::Array{};
  for (const auto& [key, value] : args["env"].members()) {
    const std::string text = value.is_string() || value.is_secret() ? value.reveal() : to_json(value);
    env.push(Value::Secret{key + "=" + text, key});
  }
  env.push(cat(kExecMark, "=", mark));
  body.set("Env", std::move(env));
  return body;
}

/// The files of a call, before the program is started: one that cannot be had starts nothing.
struct Files {
  FileSourcePtr in;
  FileDraftPtr out;
};

Result<Files> open_files(const files::TreePtr& tree, const std::vector<Access>& allowed, const std::string& in, const std::string& out) {
  Files opened;
  if (!in.empty()) {
    auto source = FileSource::open(*tree, in, allowed);
    if (!source) return std::move(source).error();
    opened.in = std::move(*source);
  }
  if (!out.empty()) {
    auto draft = FileDraft::open(tree, out, allowed, 0600);
    if (!draft) return std::move(draft).error();
    opened.out = std::move(*draft);
  }
  return opened;
}

void start(const Job::Ptr& job, const Files& opened) {
  auto process = std::make_shared<ExecProcess>(job, opened.in, opened.out);
  Call ask = container_call("POST", job->name(), "/exec");
  ask.body = exec_body(job->args(), process->mark());
  job->json(std::move(ask), [process](Value made) { ExecProcess::attach(process, made["Id"].as_string()); });
}

Cancel exec(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    const Value& args = job->args();
    if (args["command"].items().empty()) return job->fail(Error("argument.invalid", "the command is empty"));
    if (!args["stdin"].is_null() && !args["stdin_file"].is_null()) {
      return job->fail(Error("argument.invalid", "the input is a text ('stdin') or a file ('stdin_file'), not both"));
    }
    const std::string in = args["stdin_file"].as_string();
    const std::string out = args["stdout_file"].as_string();
    if (in.empty() && out.empty()) return start(job, {});
    job->blocking<Files>([files = job->files(), allowed, in, out] { return open_files(files, allowed, in, out); },
                         [job = job.get()](const Files& opened) { start(job->shared_from_this(), opened); });
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
               {"stdin_file", Type::kPath},
               {"stdout_file", Type::kPath},
               {"privileged", Type::kBoolean},
               {"check", Type::kBoolean},
               {"timeout", Type::kDuration},
               {"on_line", Type::kFunction}},
    .access =
        [](World& world, const Value& args) {
          Accesses out{engine_access(args, "container.exec", args["name"].as_string())};
          if (args["privileged"].as_bool()) out.push_back(path_access(world, "write", "/"));  // it can mount the machine's disks
          if (args["stdin_file"].is_string()) out.push_back(read_access(world, args["stdin_file"].as_string()));
          if (args["stdout_file"].is_string()) out.push_back(path_access(world, "write", args["stdout_file"].as_string()));
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
