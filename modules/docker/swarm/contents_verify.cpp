// SPDX-License-Identifier: Apache-2.0
// Whether a secret has this content. An engine never gives it back, but says so when it is asked for an update: it looks at
// the content before it finds that the update is out of date, as this one always is. So nothing is changed.
#include "host/core/encoding.h"
#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

namespace {

void compare(const Job::Ptr& job, const Value& raw) {
  Value spec = raw["Spec"];
  spec.set("Data", Value::Secret{base64_encode(job->args()["data"].reveal()), cat("the data of secret ", job->name())});
  Call ask = swarm_call("POST", kSecretNoun, raw["ID"].as_string(), "/update");
  ask.object = cat("secret '", job->name(), "'");
  ask.query.emplace_back("version", "0");
  ask.body = std::move(spec);
  job->attempt(std::move(ask), [job = job.get()](Result<HttpResponse> answer) {
    const std::string words = answer ? "" : answer.error().message;
    const bool differs = words.find("only updates to Labels") != std::string::npos;
    if (!answer && !differs && words.find("out of sequence") == std::string::npos) return job->fail(std::move(answer).error());
    job->finish(Value::object({{"exists", true}, {"equal", !differs}}));
  });
}

Cancel verify(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find_object(job, kSecretNoun, job->name(), [job](Value raw) {
      if (raw.is_null()) return job->finish(Value::object({{"exists", false}, {"equal", false}}));
      compare(job, raw);
    });
  });
}

}  // namespace

const Operation kSecretVerify = {
    .name = "docker.secret_verify",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, Field::kRequired}, {"data", Type::kSecret, Field::kRequired}},
    .access = [](World&, const Value& args) { return named_access(args, kSecretNoun, "verify"); },
    .perform = verify,
};

}  // namespace runbook::docker
