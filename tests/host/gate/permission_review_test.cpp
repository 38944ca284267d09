// SPDX-License-Identifier: Apache-2.0
#include "host/gate/permission_review.h"

#include <algorithm>
#include <chrono>

#include "host/core/text.h"
#include "host/gate/permission_text.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

PermissionScope scope_with(Value params) {
  PermissionScope scope;
  for (const auto& [name, value] : params.members()) scope.param_names.push_back(name);
  scope.params = std::move(params);
  scope.directory = "/srv/runbooks";
  scope.home = "/home/ann";
  return scope;
}

std::string proposal(const std::vector<Access>& touched, const PermissionScope& scope) {
  const Value table = propose_for(touched, scope);
  const auto back = Permissions::parse(table, scope);
  CHECK(back.problems.empty());
  CHECK(back.permissions.missing(touched).empty());
  return permissions_to_lua(table, true);
}

std::vector<std::string> shown(const std::vector<PermissionEntry>& entries) {
  std::vector<std::string> lines;
  for (const PermissionEntry& entry : entries) lines.push_back(entry.show());
  return lines;
}

}  // namespace

TEST_CASE("proposal: the values of parameters become their names again") {
  const auto scope = scope_with(Value::object({{"service", "nmpi"}, {"port", 8443}, {"zone", "hbp.example"}}));
  CHECK(proposal({{"docker", "ssh://deploy@node2", "container.create", "nmpi-blue"}}, scope) ==
        R"(permissions = { docker = { ["ssh://deploy@node2"] = { "container.create:{service}-blue" } } })");
  CHECK(proposal({{"net", "https://nmpi.hbp.example:8443", "", ""}}, scope) ==
        R"(permissions = { net = { "https://{service}.{zone}:{port}" } })");
  CHECK(proposal({{"write", "/srv/nmpi/data", "", ""}}, scope) ==
        R"(permissions = { write = { "/srv/{service}/data" } })");
}

TEST_CASE("proposal: a value is put back only as a whole word, and the longest one first") {
  const auto scope = scope_with(Value::object({{"name", "web"}, {"dir", "/srv/web"}, {"count", 3}, {"on", true}}));
  CHECK(proposal({{"write", "/srv/web/webroot", "", ""}}, scope) == R"(permissions = { write = { "{dir}/webroot" } })");
  CHECK(proposal({{"read", "/opt/web-3/true", "", ""}}, scope) ==
        R"(permissions = { read = { "/opt/{name}-3/true" } })");
}

TEST_CASE("proposal: a value that two parameters have, or that a permission would not take, stays as it is") {
  const auto two = scope_with(Value::object({{"service", "nmpi"}, {"database", "nmpi"}}));
  CHECK(proposal({{"write", "/srv/nmpi", "", ""}}, two) == R"(permissions = { write = { "/srv/nmpi" } })");
  const auto text = scope_with(Value::object({{"note", "a b.example"}}));
  CHECK(proposal({{"write", "/srv/a b.example/{x}", "", ""}}, text) ==
        R"(permissions = { write = { "/srv/{note}/{{x}}" } })");
  const auto host = scope_with(Value::object({{"authority", "b.example:81"}}));
  CHECK(proposal({{"net", "http://a.b.example:81", "", ""}}, host) ==
        R"(permissions = { net = { "http://a.b.example:81" } })");
}

TEST_CASE("proposal: each item of a list is covered by the list's name") {
  const auto scope = scope_with(Value::object({{"hosts", Value::strings({"alpha", "beta"})}}));
  CHECK(proposal({{"ssh", "deploy@alpha", "file.read", "x"}, {"ssh", "deploy@beta", "file.read", "x"}}, scope) ==
        R"(permissions = { ssh = { ["deploy@{hosts}"] = { "file.read:x" } } })");
}

TEST_CASE("proposal: what lies beside the runbook or at home is written from there") {
  const auto scope = scope_with(Value(Value::Object{}));
  CHECK(proposal({{"read", "/srv/runbooks/app/x", "", ""},
                  {"write", "/home/ann/.cache/y", "", ""},
                  {"run", "/srv/runbooks/tool", "", ""}},
                 scope) == R"(permissions = { read = { "app/x" }, run = { "./tool" }, write = { "~/.cache/y" } })");
}

TEST_CASE("review: what is used and not declared, and what is declared and not used") {
  const auto scope = scope_with(Value::object({{"service", "nmpi"}}));
  const Value declared = *from_json(R"({"write": ["/srv/{service}", "/var/log"], "net": ["https://a.example"],
                                        "docker": {"unix:///d.sock": ["container.*:{service}-*", "image.*"]}})");
  const std::vector<Access> touched = {{"write", "/srv/nmpi/x", "", ""},
                                       {"net", "https://b.example", "", ""},
                                       {"docker", "unix:///d.sock", "container.create", "nmpi-a"}};
  const PermissionReview review = review_permissions(touched, declared, scope);
  REQUIRE(review.undeclared.size() == 1);
  CHECK(show_access(review.undeclared[0]) == "net 'https://b.example'");
  CHECK(shown(review.unused) ==
        std::vector<std::string>{"docker 'unix:///d.sock' image.*", "net 'https://a.example'", "write '/var/log'"});
  const Value value = review.to_value(scope);
  CHECK(value["undeclared"].items()[0]["add"] == Value("permissions = { net = { \"https://b.example\" } }"));
  CHECK(value["undeclared"].items()[0]["allow"] == Value("--allow net=https://b.example"));
}

TEST_CASE("review: a run that touched thousands of things is looked through in time") {
  const auto scope = scope_with(Value::object({{"dir", "/srv/data"}}));
  const auto reviewed = [&](int count) {
    std::vector<Access> touched = {{"read", "/srv/data/7", "", ""}};
    for (int i = 0; i < count; ++i)
      touched.push_back({i % 2 ? "read" : "write", cat("/srv/data/", i / 100, "/", i), "", ""});
    const auto begin = std::chrono::steady_clock::now();
    const PermissionReview review = review_permissions(touched, Value(), scope);
    const auto took = std::chrono::steady_clock::now() - begin;
    const auto reads = review.least["read"].as_strings();
    CHECK(reads.size() == static_cast<std::size_t>(count) / 2 - 50 + 1);
    CHECK(std::find(reads.begin(), reads.end(), "{dir}/7") != reads.end());
    return took;
  };
  const auto thousand = reviewed(1000);
  CHECK(reviewed(10000) < 30 * thousand + std::chrono::seconds(1));
}

TEST_CASE("review: a changed declaration, entry by entry") {
  const Value before = *from_json(R"({"net": ["https://a"], "docker": {"unix:///d": ["image.*"]}})");
  const Value now =
      *from_json(R"({"net": ["https://a"], "docker": {"unix:///d": ["image.*", "container.*"]}, "secret": ["TOKEN"]})");
  const PermissionChanges changes = compare_permissions(before, now);
  CHECK(shown(changes.added) == std::vector<std::string>{"docker 'unix:///d' container.*", "secret 'TOKEN'"});
  CHECK(changes.gone.empty());
  CHECK(shown(compare_permissions(now, before).gone).size() == 2);
  CHECK(compare_permissions(Value(), now).added.size() == 4);
}
