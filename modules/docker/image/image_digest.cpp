// SPDX-License-Identifier: Apache-2.0
// Images: what a registry has of them, as the engine sees it; nothing is pulled.
#include "host/core/text.h"
#include "modules/docker/image/images.h"
#include "modules/docker/registry/auth.h"

namespace runbook::docker {

namespace {

Value platforms_of(const Value& raw) {
  Value out = Value::Array{};
  for (const Value& one : raw["Platforms"].items()) {
    Value row = Value::object({{"os", one["os"]}, {"architecture", one["architecture"]}});
    for (const char* key : {"variant", "os.version"}) {
      if (!one[key].is_null()) row.set(key, one[key]);
    }
    out.push(std::move(row));
  }
  return out;
}

Cancel digest(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (Status good = check_auth(job->args()["auth"]); !good) return job->fail(std::move(good).error());
    registry_digest(job, job->name(), [job = job.get()](Result<Value> found) {
      if (!found) return job->fail(std::move(found).error());
      job->finish(std::move(found).value());
    });
  });
}

}  // namespace

void registry_digest(const Job::Ptr& job, const std::string& reference, std::function<void(Result<Value>)> next) {
  Call ask;
  ask.path = "/distribution/" + image_segment(reference) + "/json";
  ask.object = cat("image '", reference, "' in its registry");
  add_auth(ask, job->args()["auth"], reference);
  job->attempt(std::move(ask), [reference, next = std::move(next)](Result<HttpResponse> answer) {
    if (!answer) return next(registry_error(std::move(answer).error()));
    auto raw = parse_answer(*answer);
    if (!raw) return next(std::move(raw).error());
    const Value& text = (*raw)["Descriptor"]["digest"];
    if (!text.is_string()) return next(Error("docker.engine", cat("image '", reference, "': the engine's answer has no digest")));
    next(Value::object({{"digest", text},
                        {"reference", repository_of(reference) + "@" + text.as_string()},
                        {"media_type", (*raw)["Descriptor"]["mediaType"]},
                        {"platforms", platforms_of(*raw)}}));
  });
}

std::string repository_of(const std::string& reference) {
  return image_name(reference.substr(0, reference.find('@'))).repository;
}

const Operation kImageDigest = {
    .name = "docker.image_digest",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"auth", Type::kTable}, {"timeout", Type::kDuration}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.digest", args["name"].as_string())}; },
    .perform = digest,
    .describe = [](const Value& args) { return cat("digest of image '", args["name"].as_string(), "' in its registry"); },
};

}  // namespace runbook::docker
