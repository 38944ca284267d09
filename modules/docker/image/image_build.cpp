// SPDX-License-Identifier: Apache-2.0
// Images: built from a directory by the engine's own builder, and compared with what they would be built from.
#include <algorithm>

#include "host/core/text.h"
#include "modules/docker/image/build_context.h"
#include "modules/docker/digest.h"
#include "modules/docker/image/images.h"
#include "modules/docker/engine/message_stream.h"
#include "modules/docker/paths.h"
#include "modules/docker/registry/auth.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

constexpr const char* kContextLabel = "runbook.context";
constexpr double kDefaultTimeout = 1800;

/// What an image is built from: its files, and a hash of them and of every option that the result depends on.
struct Prepared {
  BuildContext context;
  std::string hash;
};

std::string dockerfile_of(const Value& args) { return args["dockerfile"].as_string("Dockerfile"); }

std::vector<Field> build_fields() {
  return {{"tag", Type::kString, Field::kRequired},
          {"context", Type::kPath, Field::kRequired},
          {"dockerfile", Type::kString},
          {"args", Type::kMap},
          {"labels", Type::kMap},
          {"stage", Type::kString},
          {"platform", Type::kString},
          {"network", Type::kString},
          {"no_cache", Type::kBoolean},
          {"pull", Type::kBoolean},
          {"cache_from", Type::kStrings},
          {"auth", Type::kAny},
          {"timeout", Type::kDuration},
          {"on_line", Type::kFunction}};
}

Accesses accesses(World& world, const Value& args, const char* verb) {
  return {engine_access(args, verb, args["tag"].as_string()), read_access(world, args["context"].as_string())};
}

// The options that change what is built; `target` of the call is the engine, so the stage has a key of its own.
Value recipe(const Value& args) {
  Value out = Value::object({{"dockerfile", dockerfile_of(args)}});
  for (const char* key : {"args", "labels", "stage", "platform", "network"}) {
    if (!args[key].is_null()) out.set(key, args[key]);
  }
  return out;
}

void prepare(const Job::Ptr& job, const std::vector<Access>& allowed, std::function<void(Prepared)> next) {
  const Value& args = job->args();
  if (Status good = check_build_auth(args["auth"]); !good) return job->fail(std::move(good).error());
  auto work = [files = job->files(), allowed, path = args["context"].as_string(), dockerfile = dockerfile_of(args),
               options = to_wire_json(recipe(args))]() -> Result<Prepared> {
    auto directory = reach(*files, path, allowed);
    if (!directory) return std::move(directory).error();
    auto context = BuildContext::open(files, *directory, dockerfile);
    if (!context) return std::move(context).error();
    auto hash = context->hash();
    if (!hash) return std::move(hash).error();
    Prepared prepared{std::move(*context), sha256_hex(*hash + "\n" + options)};
    end_thread_digests();
    return prepared;
  };
  job->blocking<Prepared>(std::move(work), std::move(next));
}

std::string map_json(const Value& map, const char* key = nullptr, const std::string& value = {}) {
  Value out = Value::Object{};
  for (const auto& [name, item] : map.members()) {
    const bool text = item.is_string() || item.is_secret();
    out.set(name, text ? item : Value(to_json(item)));
  }
  if (key != nullptr) out.set(key, value);
  return to_wire_json(out);
}

Call build_call(const Job::Ptr& job, const Prepared& prepared) {
  const Value& args = job->args();
  Call ask;
  ask.method = "POST";
  ask.path = "/build";
  ask.object = cat("image '", args["tag"].as_string(), "'");
  ask.timeout = args["timeout"].is_null() ? kDefaultTimeout : args["timeout"].as_number();
  ask.headers.emplace_back("Content-Type", "application/x-tar");
  ask.query = {{"t", args["tag"].as_string()},
               {"dockerfile", dockerfile_of(args)},
               {"labels", map_json(args["labels"], kContextLabel, prepared.hash)},
               {"rm", "1"},
               {"forcerm", "1"}};
  if (!args["args"].is_null()) ask.query.emplace_back("buildargs", map_json(args["args"]));
  const std::pair<const char*, const char*> texts[] = {{"stage", "target"}, {"platform", "platform"}, {"network", "networkmode"}};
  for (const auto& [key, name] : texts) {
    if (!args[key].is_null()) ask.query.emplace_back(name, args[key].as_string());
  }
  if (args["no_cache"].as_bool()) ask.query.emplace_back("nocache", "1");
  if (args["pull"].as_bool()) ask.query.emplace_back("pull", "1");
  if (!args["cache_from"].items().empty()) ask.query.emplace_back("cachefrom", to_wire_json(args["cache_from"]));
  add_build_auth(ask, args["auth"]);
  auto archive = std::make_shared<ContextArchive>(prepared.context);
  ask.body_source = [archive, &loop = job->loop()](Callback<void(Result<std::string>)> done) {
    return loop.blocking<std::string>([archive] { return archive->next(); }, std::move(done));
  };
  return ask;
}

/// What the builder says: lines for whoever listens, the last ones for an error, and the id of the result.
struct Report {
  explicit Report(const Job::Ptr& of) : job(of), lines([this](std::string_view line) { hear(line); }), messages([this](const Value& m) { take(m); }) {}

  void hear(std::string_view line) {
    job->event(Value::object({{"event", "line"}, {"stream", "stdout"}, {"line", line}}));
    last.push_back(printable(line));
    if (last.size() > 20) last.erase(last.begin());
  }
  void take(const Value& message) {
    if (message["stream"].is_string()) lines.feed(message["stream"].as_string());
    if (message["aux"]["ID"].is_string()) id = message["aux"]["ID"].as_string();
  }

  Job::Ptr job;
  Lines lines;
  MessageStream messages;
  std::vector<std::string> last;
  std::string id;
};

// Success is only what can be seen: the tag means the image that the builder says it has made.
void confirm(const Job::Ptr& job, const std::string& id, const std::string& hash) {
  const std::string tag = job->args()["tag"].as_string();
  job->json(inspect_image(tag), [job = job.get(), id, hash, tag](Value raw) {
    if (raw["Id"].as_string() != id) {
      return job->fail(Error("docker.engine", cat("image '", tag, "': the engine has built ", id, ", but the tag means ",
                                                  raw["Id"].as_string())));
    }
    Value view = image_view(raw);
    view.set("tag", tag);
    view.set("context_hash", hash);
    view.set("changed", true);
    job->finish(std::move(view));
  });
}

Cancel build(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    prepare(job, allowed, [job = job.get()](Prepared prepared) {
      const Job::Ptr self = job->shared_from_this();
      auto report = std::make_shared<Report>(self);
      Call ask = build_call(self, prepared);
      ask.on_chunk = [report](std::string_view bytes) { report->messages.feed(bytes); };
      self->attempt(std::move(ask), [report, hash = prepared.hash](Result<HttpResponse> answer) {
        const Job::Ptr of = report->job;
        if (!answer) return of->fail(std::move(answer).error());
        const Status status = report->messages.end();
        report->lines.end();
        const std::string tag = of->args()["tag"].as_string();
        if (!status) {
          Error error = status.error();
          error.code = "docker.build";
          error.message = cat("image '", tag, "': ", error.message);
          if (!report->last.empty()) error.context["log"] = join(report->last, "\n");
          return of->fail(std::move(error));
        }
        if (report->id.empty()) {
          return of->fail(Error("docker.engine", cat("image '", tag, "': the engine ended the build without an image")));
        }
        confirm(of, report->id, hash);
      });
    });
  });
}

// {exists, equal, hash, image}: equal means built from these files with these options.
Cancel verify(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    prepare(job, allowed, [job = job.get()](Prepared prepared) {
      find(job->shared_from_this(), inspect_image(job->args()["tag"].as_string()), [job, hash = prepared.hash](Value found) {
        Value out = Value::object({{"exists", !found.is_null()},
                                   {"equal", found["Config"]["Labels"][kContextLabel].as_string() == hash},
                                   {"hash", hash}});
        if (!found.is_null()) out.set("image", image_view(found));
        job->finish(std::move(out));
      });
    });
  });
}

Cancel probe(Invocation call, Done done) {
  return verify(std::move(call), [done = std::move(done)](Result<Value> result) mutable {
    if (!result) return done(std::move(result));
    const bool built = (*result)["equal"].as_bool();
    Value out = Value::object({{"done", built}});
    if (built) {
      Value view = (*result)["image"];
      view.set("context_hash", (*result)["hash"]);
      view.set("changed", true);
      out.set("result", std::move(view));
    }
    done(std::move(out));
  });
}

std::string quoted(const Value& args) { return "'" + args["tag"].as_string() + "'"; }

}  // namespace

const Operation kImageBuild = {
    .name = "docker.image_build",
    .effect = Effect::kChange,
    .fields = build_fields(),
    .access = [](World& world, const Value& args) { return accesses(world, args, "image.build"); },
    .perform = build,
    .timeout = kDefaultTimeout,
    .describe = [](const Value& args) { return cat("build image ", quoted(args), " from '", args["context"].as_string(), "'"); },
    .predict =
        [](const Value& args) {
          return Value::object({{"tag", args["tag"]},
                                {"tags", Value::array({args["tag"]})},
                                {"changed", true},
                                {"id", Value::Unknown{cat("the id of image ", quoted(args), ", which is not built yet")}}});
        },
    .probe = probe,
    .capture = capture_tag,
    .revert = restore_tag,
};

const Operation kImageVerify = {
    .name = "docker.image_verify",
    .effect = Effect::kRead,
    .fields = build_fields(),
    .access = [](World& world, const Value& args) { return accesses(world, args, "image.verify"); },
    .perform = verify,
    .timeout = kDefaultTimeout,
};

const Operation kImageEnsure = {
    .name = "docker.image_ensure",
    .effect = Effect::kChange,
    .fields = build_fields(),
    .access = [](World& world, const Value& args) { return accesses(world, args, "image.ensure"); },
    .perform = nullptr,
    .timeout = kDefaultTimeout + 60,
    .describe = [](const Value& args) { return cat("image ", quoted(args), " built from '", args["context"].as_string(), "'"); },
};

}  // namespace runbook::docker
