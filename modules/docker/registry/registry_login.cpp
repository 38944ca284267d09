// SPDX-License-Identifier: Apache-2.0
// Registries: whether one lets us in.
#include "host/core/text.h"
#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"
#include "modules/docker/registry/auth.h"

namespace runbook::docker {

namespace {

Value auth_of(const Value& args) {
  Value auth = Value::object({{"registry", args["registry"]}});
  for (const char* key : {"username", "password", "identity_token"}) {
    if (!args[key].is_null()) auth.set(key, args[key]);
  }
  return auth;
}

Error refused(const std::string& registry, Error error) {
  error = registry_error(std::move(error));
  if (error.code == "docker.auth") error.hint = cat("registry '", registry, "' does not know this user with this password");
  return error;
}

Cancel login(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value auth = auth_of(job->args());
    if (Status good = check_auth(auth); !good) return job->fail(std::move(good).error());
    const std::string registry = job->args()["registry"].as_string();
    Call ask;
    ask.method = "POST";
    ask.path = "/auth";
    ask.object = cat("login to registry '", registry, "'");
    ask.body = auth_config(auth, registry);
    job->attempt(std::move(ask), [job = job.get(), registry](Result<HttpResponse> answer) {
      if (!answer) return job->fail(refused(registry, std::move(answer).error()));
      auto raw = parse_answer(*answer);
      if (!raw) return job->fail(std::move(raw).error());
      Value out = Value::object({{"registry", registry}, {"status", (*raw)["Status"].as_string("Login Succeeded")}});
      // In place of the password from now on.
      if (const std::string& token = (*raw)["IdentityToken"].as_string(); !token.empty()) {
        out.set("identity_token", Value::Secret{token, "identity token of " + registry});
      }
      job->finish(std::move(out));
    });
  });
}

}  // namespace

const Operation kRegistryLogin = {
    .name = "docker.registry_login",
    .effect = Effect::kRead,
    .fields = {{"registry", Type::kString, Field::kRequired},
               {"username", Type::kString},
               {"password", Type::kSecret},
               {"identity_token", Type::kSecret},
               {"timeout", Type::kDuration}},
    .access =
        [](World&, const Value& args) { return Accesses{engine_access(args, "registry.login", args["registry"].as_string())}; },
    .perform = login,
    .describe = [](const Value& args) { return cat("login to registry '", args["registry"].as_string(), "'"); },
};

}  // namespace runbook::docker
