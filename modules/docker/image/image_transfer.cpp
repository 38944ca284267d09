// SPDX-License-Identifier: Apache-2.0
// Images: from a registry to the engine and back. The engine does the work and tells how far it is; what goes wrong it
// tells in the same way, after a status that said that all is well.
#include <algorithm>

#include "host/core/text.h"
#include "modules/docker/engine/message_stream.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/image/images.h"
#include "modules/docker/registry/auth.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

constexpr double kTimeout = 3600;

/// What the engine tells of a pull or a push.
struct Progress {
  explicit Progress(Job::Ptr of) : job(std::move(of)), messages([this](const Value& message) { take(message); }) {}

  void take(const Value& message) {
    if (message["aux"]["Digest"].is_string()) digest = message["aux"]["Digest"].as_string();
    const std::string& status = message["status"].as_string();
    if (status.starts_with("Digest: ")) digest = status.substr(8);
    if (status.empty() || !job->listening()) return;
    Value event = Value::object({{"event", "progress"}, {"status", status}});
    if (!message["id"].as_string().empty()) event.set("id", message["id"]);
    if (const Value& current = message["progressDetail"]["current"]; current.is_integer()) event.set("done", current);
    if (const Value& total = message["progressDetail"]["total"]; total.is_integer()) event.set("total", total);
    job->event(std::move(event));
  }

  Job::Ptr job;
  MessageStream messages;
  std::string digest;
};
using ProgressPtr = std::shared_ptr<Progress>;

std::string object_of(const std::string& reference) { return cat("image '", reference, "'"); }

double timeout_of(const Job::Ptr& job) {
  return job->args()["timeout"].is_null() ? kTimeout : job->args()["timeout"].as_number();
}

// Makes the request and goes on when the engine has told of its end.
void transfer(const Job::Ptr& job, Call ask, std::function<void(ProgressPtr)> next) {
  auto progress = std::make_shared<Progress>(job);
  ask.timeout = timeout_of(job);
  ask.object = object_of(job->name());
  add_auth(ask, job->args()["auth"], job->name());
  ask.on_chunk = [progress](std::string_view bytes) { progress->messages.feed(bytes); };
  job->attempt(std::move(ask), [progress, next = std::move(next)](Result<HttpResponse> answer) {
    const Job::Ptr of = progress->job;
    if (!answer) return of->fail(registry_error(std::move(answer).error()));
    if (Status told = progress->messages.end(); !told) {
      Error error = std::move(told).error();
      error.message = cat(object_of(of->name()), ": ", error.message);
      return of->fail(registry_error(std::move(error).with("engine", of->engine().target())));
    }
    next(progress);
  });
}

// The tag or digest behind a name; "app:1@sha256:..." is found by its digest.
std::string version_of(const std::string& reference) {
  const auto at = reference.find('@');
  return at == std::string::npos ? image_name(reference).tag : reference.substr(at + 1);
}

Cancel pull(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (Status good = check_auth(job->args()["auth"]); !good) return job->fail(std::move(good).error());
    find(job, inspect_image(job->name()), [job](Value before) {
      Call ask;
      ask.method = "POST";
      ask.path = "/images/create";
      ask.query = {{"fromImage", repository_of(job->name())}, {"tag", version_of(job->name())}};
      if (!job->args()["platform"].is_null()) ask.query.emplace_back("platform", job->args()["platform"].as_string());
      transfer(job, std::move(ask), [job, before](const ProgressPtr& progress) {
        job->json(inspect_image(job->name()), [job = job.get(), before, digest = progress->digest](Value raw) {
          Value view = image_view(raw);
          if (!digest.empty()) {
            view.set("digest", digest);
            view.set("reference", repository_of(job->name()) + "@" + digest);
          }
          view.set("changed", before["Id"] != raw["Id"]);
          job->finish(std::move(view));
        });
      });
    });
  });
}

Value pushed(const std::string& name, const std::string& digest, bool changed) {
  return Value::object({{"name", name}, {"digest", digest}, {"reference", repository_of(name) + "@" + digest}, {"changed", changed}});
}

// What was there before tells whether the push has changed anything: an engine sends the manifest each time.
Cancel push(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (Status good = check_auth(job->args()["auth"]); !good) return job->fail(std::move(good).error());
    if (job->name().find('@') != std::string::npos) {
      return job->fail(Error("argument.invalid", cat(object_of(job->name()), " is named by its digest: only a tag can be pushed")));
    }
    registry_digest(job, job->name(), [job](Result<Value> before) {
      const std::string known = before ? (*before)["digest"].as_string() : "";
      const ImageName name = image_name(job->name());
      Call ask;
      ask.method = "POST";
      ask.path = "/images/" + image_segment(name.repository) + "/push";
      ask.query = {{"tag", name.tag}};
      transfer(job, std::move(ask), [job = job.get(), known](const ProgressPtr& progress) {
        if (progress->digest.empty()) {
          return job->fail(Error("docker.engine", cat(object_of(job->name()), ": the engine ended the push without a digest")));
        }
        job->finish(pushed(job->name(), progress->digest, progress->digest != known));
      });
    });
  });
}

// Whether the registry has by this name what the engine has. Where that cannot be told, it is pushed once more.
Cancel probe_push(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_image(job->name()), [job](Value image) {
      if (image.is_null() || !check_auth(job->args()["auth"])) return job->finish(Value(false));
      registry_digest(job, job->name(), [job = job.get(), image](Result<Value> there) {
        const std::string digest = there ? (*there)["digest"].as_string() : "";
        const std::vector<std::string> known = image["RepoDigests"].as_strings();
        const bool so = !digest.empty() && std::find(known.begin(), known.end(), repository_of(job->name()) + "@" + digest) != known.end();
        Value out = Value::object({{"done", so}});
        if (so) out.set("result", pushed(job->name(), digest, true));
        job->finish(std::move(out));
      });
    });
  });
}

// Made once more, it comes to the same.
Cancel again(Invocation, Done done) {
  done(Value(false));
  return {};
}

std::vector<Field> fields(bool platform) {
  std::vector<Field> out = {{"name", Type::kString, kPositionalRequired},
                            {"auth", Type::kTable},
                            {"timeout", Type::kDuration},
                            {"on_progress", Type::kFunction}};
  if (platform) out.push_back({"platform", Type::kString});
  return out;
}

}  // namespace

const Operation kImagePull = {
    .name = "docker.image_pull",
    .effect = Effect::kChange,
    .fields = fields(true),
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.pull", args["name"].as_string())}; },
    .perform = pull,
    .timeout = kTimeout,
    .describe = [](const Value& args) { return "pull " + object_of(args["name"].as_string()); },
    .predict =
        [](const Value& args) {
          const std::string& name = args["name"].as_string();
          return Value::object({{"tags", Value::array({name})},
                                {"changed", true},
                                {"id", Value::Unknown{cat("the id of ", object_of(name), ", which is not pulled yet")}},
                                {"digest", Value::Unknown{cat("the digest of ", object_of(name), ", which is not pulled yet")}}});
        },
    .probe = again,
    .capture = capture_tag,
    .revert = restore_tag,
};

const Operation kImagePush = {
    .name = "docker.image_push",
    .effect = Effect::kChange,
    .fields = fields(false),
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.push", args["name"].as_string())}; },
    .perform = push,
    .timeout = kTimeout,
    .describe = [](const Value& args) { return cat("push ", object_of(args["name"].as_string())); },
    .predict =
        [](const Value& args) {
          const std::string& name = args["name"].as_string();
          return Value::object({{"name", name},
                                {"changed", true},
                                {"digest", Value::Unknown{cat("the digest of ", object_of(name), ", which is not pushed yet")}}});
        },
    .probe = probe_push,
    .settles = true,
};

}  // namespace runbook::docker
