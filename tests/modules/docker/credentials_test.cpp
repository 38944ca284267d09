// SPDX-License-Identifier: Apache-2.0
// What the docker CLI's user logs in to registries with.
#include <sys/stat.h>

#include <cstdlib>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "modules/docker/operations.h"
#include "modules/docker/registry/credential_store.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

Value found(const std::string& config, const std::string& registry) {
  auto out = credentials_in_config(from_json(config).value(), credential_key(registry));
  REQUIRE(out);
  return *out;
}

}  // namespace

TEST_CASE("docker credentials: those of config.json are found by host, also under the URLs of old files", "[docker]") {
  const std::string auth = base64_encode("deploy:open:sesame");
  const std::string config =
      cat(R"({"auths":{"registry:5000":{"auth":")", auth, R"("},"https://old.example.org/v1/":{"auth":")", auth,
          R"("},"https://index.docker.io/v1/":{"identitytoken":"token"},"empty.example.org":{}}})");
  for (const char* registry : {"registry:5000", "http://registry:5000/v2/", "old.example.org"}) {
    INFO(registry);
    const Value value = found(config, registry);
    CHECK(value["username"].as_string() == "deploy");
    CHECK(value["password"].is_secret());
    CHECK(value["password"].reveal() == "open:sesame");
  }
  for (const char* hub : {"docker.io", "index.docker.io", "https://index.docker.io/v1/"})
    CHECK(found(config, hub)["identity_token"].reveal() == "token");
  CHECK(found(config, "empty.example.org").is_null());
  CHECK(found(config, "nobody.example.org").is_null());
  CHECK(credentials_in_config(from_json(R"({"auths":{"r":{"auth":"bm8="}}})").value(), "r").error().code ==
        "docker.config");
}

TEST_CASE("docker credentials: a registry's own helper goes before the one for all, and an empty name is none",
          "[docker]") {
  const Value config =
      from_json(
          R"({"credsStore":"pass","credHelpers":{"ecr.example.org":"ecr-login","plain.example.org":"","bad":"../x"}})")
          .value();
  CHECK(credential_helper(config, "ecr.example.org").value() == "docker-credential-ecr-login");
  CHECK(credential_helper(config, "registry:5000").value() == "docker-credential-pass");
  CHECK(credential_helper(config, "plain.example.org").value().empty());
  CHECK(credential_helper(config, "bad").error().code == "docker.config");
}

TEST_CASE("docker credentials: a helper's answer is a password, an identity token or an error that does not show it",
          "[docker]") {
  CHECK(credentials_in_answer("h", R"({"ServerURL":"r","Username":"deploy","Secret":"s"})")
            .value()["password"]
            .reveal() == "s");
  CHECK(credentials_in_answer("h", R"({"ServerURL":"r","Username":"<token>","Secret":"t"})")
            .value()["identity_token"]
            .reveal() == "t");
  const auto bad = credentials_in_answer("h", R"({"Secret":"hidden"})");
  CHECK(bad.error().code == "docker.credentials");
  CHECK(bad.error().message.find("hidden") == std::string::npos);
}
