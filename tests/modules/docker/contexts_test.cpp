// SPDX-License-Identifier: Apache-2.0
// The docker CLI's contexts, read as it reads them.
#include "modules/docker/connect/contexts.h"

#include "host/core/text.h"
#include "modules/docker/connect/headers.h"
#include "modules/docker/digest.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

/// A configuration's directory of its own.
struct Config {
  Config() { environment.config_directory = environment.cert_path = directory.path(); }
  void context(const std::string& name, const std::string& host, bool skip_verify = false) const {
    const std::string meta = cat("contexts/meta/", sha256_hex(name));
    std::filesystem::create_directories(directory / meta);
    directory.file(meta + "/meta.json", cat(R"({"Name":")", name, R"(","Metadata":{"Description":"about )", name,
                                            R"("},"Endpoints":{"docker":{"Host":")", host, R"(","SkipTLSVerify":)",
                                            skip_verify ? "true" : "false", "}}}"));
  }
  void tls(const std::string& name, const std::string& file) const {
    const std::string at = cat("contexts/tls/", sha256_hex(name), "/docker");
    std::filesystem::create_directories(directory / at);
    directory.file(cat(at, "/", file), "-----BEGIN CERTIFICATE-----\n");
  }
  Result<Endpoint> read(const std::string& name) const { return read_context(files::Tree::real(), name, environment); }

  TempDirectory directory;
  Environment environment;
};

}  // namespace

TEST_CASE("docker contexts: the environment goes before the configuration, a host before a context", "[docker]") {
  Config config;
  config.context("one", "tcp://one:2375");
  config.context("two", "tcp://two:2375");
  CHECK(config.read("")->address == "unix:///var/run/docker.sock");
  config.directory.file("config.json", R"({"currentContext":"one"})");
  CHECK(config.read("")->address == "tcp://one:2375");
  config.environment.context = "two";
  CHECK(config.read("")->address == "tcp://two:2375");
  config.environment.host = "tcp://three:2375";
  CHECK(config.read("")->address == "tcp://three:2375");
  CHECK(config.read("")->context == "default");
  // A name that the runbook gives goes before all of it.
  CHECK(config.read("one")->address == "tcp://one:2375");
}

TEST_CASE("docker contexts: one that does not exist names the file that is missing and those that are there",
          "[docker]") {
  Config config;
  config.context("node10", "tcp://a:1");
  config.context("node2", "tcp://b:1");
  const auto refused = config.read("prod");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "docker.context");
  CHECK_THAT(refused.error().message,
             ContainsSubstring(cat("contexts/meta/", sha256_hex("prod"), "/meta.json' is missing")));
  CHECK(refused.error().hint == "there are: default, node2, node10");
}

TEST_CASE("docker contexts: an unknown scheme, no endpoint and a broken store are refused by name", "[docker]") {
  Config config;
  config.context("odd", "npipe:////./pipe/docker");
  CHECK(config.read("odd").error().code == "docker.unsupported");
  CHECK_THAT(config.read("odd").error().message, ContainsSubstring("the context 'odd': 'npipe:"));
  config.context("empty", "");
  CHECK_THAT(config.read("empty").error().message, ContainsSubstring("leads to no Docker Engine"));
  config.context("bad", "tcp://x:1");
  config.directory.file(cat("contexts/meta/", sha256_hex("bad"), "/meta.json"), "{");
  CHECK(config.read("bad").error().code == "docker.context");
  config.directory.file("config.json", "[]");
  CHECK(config.read("").error().code == "docker.config");
}

TEST_CASE("docker contexts: TLS is spoken where the store has certificates or verification is off", "[docker]") {
  Config config;
  config.context("plain", "tcp://node1:2375");
  CHECK(config.read("plain")->base == "http://node1:2375");
  config.context("trusting", "tcp://node1:2376", true);
  CHECK(config.read("trusting")->base == "https://node1:2376");
  CHECK(config.read("trusting")->insecure);
  config.context("secure", "tcp://node1:2376");
  config.tls("secure", "ca.pem");
  const auto secure = config.read("secure");
  REQUIRE(secure);
  CHECK(secure->base == "https://node1:2376");
  CHECK_FALSE(secure->insecure);
  CHECK_FALSE(secure->tls->ca.empty());
  CHECK(config.read("plain")->tls == nullptr);
}

TEST_CASE("docker contexts: the default one takes TLS from the environment", "[docker]") {
  Config config;
  config.environment.host = "tcp://node1:2376";
  CHECK(config.read("")->base == "http://node1:2376");
  config.environment.tls = config.environment.tls_verify = true;
  CHECK_THAT(config.read("").error().message, ContainsSubstring("ca.pem"));
  config.directory.file("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  CHECK(config.read("")->base == "https://node1:2376");
  CHECK_FALSE(config.read("")->insecure);
  config.environment.tls_verify = false;
  CHECK(config.read("")->insecure);
}

TEST_CASE("docker contexts: headers and the version of the API come with them", "[docker]") {
  Config config;
  config.directory.file("config.json", R"({"HttpHeaders":{"X-Meta":"yes","User-Agent":"me"}})");
  config.environment.api_version = "1.41";
  CHECK(config.read("")->headers == HttpHeaders{{"X-Meta", "yes"}});
  CHECK(config.read("")->api_version == "1.41");
  config.environment.custom_headers = R"(a=1,"b=2,3",User-Agent=x)";
  CHECK(config.read("")->headers == HttpHeaders{{"a", "1"}, {"b", "2,3"}});
  config.environment.custom_headers = "a";
  CHECK(config.read("").error().code == "docker.config");
}

TEST_CASE("docker contexts: they are listed as people count, with those that cannot be read", "[docker]") {
  Config config;
  config.context("node10", "tcp://a:1");
  config.context("node2", "ssh://deploy@b:2222/run/docker.sock");
  config.context("odd", "npipe:////./pipe/docker");
  config.context("Zeta", "tcp://z:1");
  config.directory.file("config.json", R"({"currentContext":"node2"})");
  const auto list = list_contexts(files::Tree::real(), config.environment);
  REQUIRE(list);
  std::vector<std::string> names;
  for (const Value& item : list->items()) names.push_back(item["name"].as_string());
  CHECK(names == std::vector<std::string>{"Zeta", "default", "node2", "node10", "odd"});
  CHECK(list->items()[2]["current"].as_bool());
  CHECK(list->items()[2]["host"].as_string() == "ssh://deploy@b:2222/run/docker.sock");
  CHECK(list->items()[2]["description"].as_string() == "about node2");
  CHECK_THAT(list->items()[4]["error"].as_string(), ContainsSubstring("npipe"));
}
