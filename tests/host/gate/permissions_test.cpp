// SPDX-License-Identifier: Apache-2.0
#include "host/gate/permissions.h"

#include <unistd.h>

#include <filesystem>

#include "host/gate/permission_text.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

PermissionScope scope_with(Value params = nullptr, std::vector<std::string> names = {"service", "host", "dir", "hosts"}) {
  PermissionScope scope;
  scope.param_names = std::move(names);
  scope.params = params.is_null() ? Value(Value::Object{}) : std::move(params);
  scope.directory = "/project";
  scope.home = "/home/me";
  return scope;
}

Permissions parsed(const char* json, const PermissionScope& scope = scope_with()) {
  const auto table = from_json(json);
  REQUIRE(table.ok());
  auto result = Permissions::parse(*table, scope);
  CHECK(result.problems == std::vector<std::string>{});
  return result.permissions;
}

std::vector<std::string> problems(const char* json, const PermissionScope& scope = scope_with()) {
  return Permissions::parse(*from_json(json), scope).problems;
}

bool net(const Permissions& permissions, const char* target) { return permissions.covers({"net", target, "", ""}); }
bool path(const Permissions& permissions, const char* kind, const char* target) {
  return permissions.covers({kind, target, "", ""});
}
bool act(const Permissions& permissions, const char* verb, const char* name, const char* target = "unix:///d.sock") {
  return permissions.covers({"docker", target, verb, name});
}

}  // namespace

TEST_CASE("permissions: nothing is granted that is not declared") {
  const Permissions none = parsed("{}");
  CHECK_FALSE(net(none, "https://example.org"));
  CHECK_FALSE(path(none, "read", "/etc/passwd"));
  CHECK_FALSE(none.covers({"made-up", "x", "", ""}));
  CHECK(Permissions::parse(Value(), scope_with()).problems.empty());
}

TEST_CASE("permissions: net looks at scheme, host and port") {
  const Permissions p = parsed(R"({"net":["https://Example.org","http://*.a.b:8080","http://any.port:*","https://[::1]"]})");
  CHECK(net(p, "https://example.org"));
  CHECK(net(p, "https://example.org:443/path?q"));
  CHECK(net(p, "https://EXAMPLE.org./"));
  CHECK(net(p, "https://[::1]:443/"));
  CHECK_FALSE(net(p, "https://example.org:8443"));
  CHECK_FALSE(net(p, "http://example.org"));
  CHECK_FALSE(net(p, "https://example.org.evil.com"));
  CHECK_FALSE(net(p, "https://evil.com/https://example.org"));
  CHECK_FALSE(net(p, "https://example.org@evil.com/"));
  CHECK_FALSE(net(p, "https://evil.com#@example.org"));
  CHECK_FALSE(net(p, "https://evil.com\\@example.org"));
  CHECK(net(p, "http://x.a.b:8080"));
  CHECK_FALSE(net(p, "http://x.y.a.b:8080"));
  CHECK_FALSE(net(p, "http://a.b:8080"));
  CHECK(net(p, "http://any.port:1"));
  CHECK_FALSE(net(p, "nonsense"));
}

TEST_CASE("permissions: no wildcard reaches a cloud's metadata service") {
  const Permissions p = parsed(R"({"net":["http://*","https://*.169.254","*"]})");
  CHECK(net(p, "http://10.0.0.1"));
  for (const char* host : {"169.254.169.254", "2852039166", "0xa9fea9fe", "[fe80::1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"}) {
    INFO(host);
    CHECK_FALSE(net(p, ("http://" + std::string(host)).c_str()));
  }
  CHECK(net(parsed(R"({"net":["http://169.254.169.254"]})"), "http://169.254.169.254/latest"));
}

TEST_CASE("permissions: a path covers what is below it, after . and .. are gone") {
  const Permissions p = parsed(R"({"read":["/srv/app","./stack","~/x","/data/*/logs"],"write":["/var/lib/app/"]})");
  CHECK(path(p, "read", "/srv/app"));
  CHECK(path(p, "read", "/srv/app/a/b"));
  CHECK(path(p, "read", "/srv//app/./a"));
  CHECK_FALSE(path(p, "read", "/srv/application"));
  CHECK_FALSE(path(p, "read", "/srv/app/../etc/passwd"));
  CHECK_FALSE(path(p, "read", "srv/app"));
  CHECK_FALSE(path(p, "write", "/srv/app"));
  CHECK(path(p, "read", "/project/stack/a"));
  CHECK(path(p, "read", "/home/me/x"));
  CHECK(path(p, "read", "/data/one/logs/today"));
  CHECK_FALSE(path(p, "read", "/data/one/two/logs"));
  CHECK(path(p, "write", "/var/lib/app/x"));
  CHECK(path(p, "read", "/var/lib/app/x"));
  CHECK_FALSE(p.covers({"read", std::string("/srv/app\0/x", 11), "", ""}));
  CHECK(path(parsed(R"({"read":["/"]})"), "read", "/etc"));
}

TEST_CASE("permissions: a granted path is also granted under the name its links lead to") {
  const auto directory = std::filesystem::temp_directory_path() / ("runbook-permissions-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory / "real");
  std::filesystem::create_directory_symlink(directory / "real", directory / "link");
  const Permissions p = parsed((R"({"read":[")" + (directory / "link").string() + R"("]})").c_str());
  CHECK(path(p, "read", (directory / "link/a").c_str()));
  CHECK(path(p, "read", (std::filesystem::canonical(directory) / "real/a").c_str()));
  CHECK_FALSE(path(p, "read", (directory / "other").c_str()));
  std::filesystem::remove_all(directory);
}

TEST_CASE("permissions: verbs and names of modules") {
  const Permissions p = parsed(R"({"docker":{"unix:///d.sock":["image.*","container.*:{service}-*","network.get:a:b"],
                                             "ssh://deploy@*.example.org":["*"]},"dns":["hbp.example"]})",
                               scope_with(Value::object({{"service", "web"}})));
  CHECK(act(p, "image.build", "anything"));
  CHECK(act(p, "image.list", ""));
  CHECK(act(p, "container.create", "web-green"));
  CHECK_FALSE(act(p, "container.create", "db-green"));
  CHECK_FALSE(act(p, "container.list", ""));
  CHECK(act(p, "network.get", "a:b"));
  CHECK_FALSE(act(p, "volume.create", "web-1"));
  CHECK_FALSE(act(p, "image.build", "x", "unix:///other.sock"));
  CHECK(act(p, "", ""));
  CHECK(act(p, "system.info", "", "ssh://deploy@node.example.org"));
  CHECK_FALSE(act(p, "system.info", "", "ssh://deploy@evil/x.example.org"));
  CHECK_FALSE(act(p, "system.info", "", "ssh://deploy@root@node.example.org"));
  CHECK(p.covers({"dns", "hbp.example", "record.ensure", "www"}));
  CHECK_FALSE(p.covers({"dns", "other.example", "record.ensure", "www"}));
}

TEST_CASE("permissions: programs, variables and secrets") {
  const Permissions p = parsed(R"({"run":["/usr/bin/git","make","./tool"],"env":["NMPI_*"],"secret":["DB"]})");
  CHECK(path(p, "run", "/usr/bin/git"));
  CHECK_FALSE(path(p, "run", "/usr/bin/git/x"));
  CHECK_FALSE(path(p, "run", "git"));
  CHECK(path(p, "run", "/usr/bin/make"));
  CHECK_FALSE(path(p, "run", "/tmp/make"));
  CHECK(path(p, "run", "/project/tool"));
  CHECK(path(p, "env", "NMPI_HOST"));
  CHECK_FALSE(path(p, "env", "PATH"));
  CHECK(path(p, "secret", "DB"));
}

TEST_CASE("permissions: a parameter's value is text, whatever is in it") {
  const auto with = [](const char* service) { return scope_with(Value::object({{"service", service}})); };
  const char* names = R"({"docker":{"unix:///d.sock":["container.*:{service}"]}})";
  const Permissions star = parsed(names, with("*"));
  CHECK_FALSE(act(star, "container.remove", "web"));
  CHECK(act(star, "container.remove", "*"));
  const Permissions braces = parsed(names, with("{host}"));
  CHECK(act(braces, "container.remove", "{host}"));
  CHECK(problems(names, with("a\x01" "b")).size() == 1);
  CHECK(problems(R"({"net":["https://{service}.hbp.example"]})", with("evil.com/")).size() == 1);
  CHECK(problems(R"({"net":["https://{service}.hbp.example"]})", with("*")).size() == 1);
  CHECK(problems(R"({"net":["https://{service}.hbp.example"]})", with("a@b")).size() == 1);
  CHECK(problems(R"({"net":["https://x:{service}"]})", with("*")).size() == 1);
  CHECK(net(parsed(R"({"net":["https://{service}"]})", with("example.org:8443")), "https://example.org:8443"));
  CHECK(problems(R"({"write":["/srv/{service}"]})", with("../etc")).size() == 1);
  CHECK(problems(R"({"write":["/srv/{service}"]})", with("a/../../etc")).size() == 1);
  CHECK(problems(R"({"write":["/srv/.{service}"]})", with(".")).size() == 1);
  CHECK(path(parsed(R"({"write":["{service}"]})", with("/a/../b")), "write", "/b/x"));
  CHECK(problems(R"({"write":["/srv/{service}"]})", with("")).size() == 1);
}

TEST_CASE("permissions: a parameter that is not given grants nothing, a list grants each") {
  const Permissions none = parsed(R"({"read":["/srv/{service}"],"docker":{"unix:///d.sock":["container.*:{service}"]}})");
  CHECK(none.describe().items().empty());
  const Permissions each = parsed(R"({"ssh":["deploy@{hosts}"]})",
                                  scope_with(Value::object({{"hosts", Value::strings({"a", "b"})}})));
  CHECK(each.covers({"ssh", "deploy@a", "file.read", ""}));
  CHECK(each.covers({"ssh", "deploy@b", "file.read", ""}));
  CHECK_FALSE(each.covers({"ssh", "deploy@c", "file.read", ""}));
}

TEST_CASE("permissions: all problems of a table come at once, with what was meant") {
  const auto found = problems(R"({"dokcer":{},"fs":[],"net":["example.org","https://a/path","gopher://x","https://b:99999"],
      "read":"/etc","run":{"/bin/x":["y"]},"docker":{"t":[],"u":["container"],"v":[1],"w":["container.*:{sevice}"]},"env":[""]})");
  const std::string all = [&] {
    std::string text;
    for (const auto& line : found) text += line + "\n";
    return text;
  }();
  INFO(all);
  CHECK(found.size() == 13);
  CHECK_THAT(all, ContainsSubstring("there is no kind 'dokcer', did you mean 'docker'?"));
  CHECK_THAT(all, ContainsSubstring("there is no kind 'fs', did you mean 'read' or 'write'?"));
  CHECK_THAT(all, ContainsSubstring("net: 'example.org': write it as scheme://host[:port]: 'https://example.org'"));
  CHECK_THAT(all, ContainsSubstring("a permission is for a whole host, without '/path'"));
  CHECK_THAT(all, ContainsSubstring("read: wants a list of targets, not a string: { \"/etc\" }"));
  CHECK_THAT(all, ContainsSubstring("'container' is no noun.verb[:name], did you mean 'container.*'?"));
  CHECK_THAT(all, ContainsSubstring("there is no parameter 'sevice', did you mean 'service'?"));
  CHECK_THAT(all, ContainsSubstring("env: '': is empty"));
}

TEST_CASE("permissions: what acts on a target itself has a verb without a noun") {
  PermissionScope scope = scope_with();
  scope.bare_verbs = {"query"};
  const std::vector<Access> touched = {{"db", "sqlite:/x.db", "query", ""}};
  const auto parsed = Permissions::parse(propose(touched), scope);
  CHECK(parsed.problems.empty());
  CHECK(parsed.permissions.missing(touched).empty());
  CHECK_FALSE(parsed.permissions.covers({"db", "sqlite:/x.db", "exec", ""}));
}

TEST_CASE("permissions: --allow adds, --deny takes away and wins") {
  Permissions p = parsed(R"({"write":["/srv"],"docker":{"unix:///d.sock":["*"]}})");
  const auto scope = scope_with();
  REQUIRE(p.allow("net=https://example.org", scope).ok());
  REQUIRE(p.allow("run=/usr/bin/git", scope).ok());
  REQUIRE(p.allow("docker=ssh://a@b=container.*:{x}", scope).ok());
  REQUIRE(p.allow("env", scope).ok());
  REQUIRE(p.deny("write=/srv/secret", scope).ok());
  REQUIRE(p.deny("docker=unix:///d.sock=*.remove:db-*", scope).ok());
  CHECK(net(p, "https://example.org"));
  CHECK(path(p, "env", "ANY"));
  CHECK(act(p, "container.get", "{x}", "ssh://a@b"));
  CHECK(path(p, "write", "/srv/app"));
  CHECK_FALSE(path(p, "write", "/srv/secret/key"));
  CHECK(path(p, "read", "/srv/secret/key"));
  CHECK(act(p, "volume.remove", "web"));
  CHECK_FALSE(act(p, "volume.remove", "db-1"));
  CHECK(p.denied_by({"docker", "unix:///d.sock", "volume.remove", "db-1"}) == "docker=unix:///d.sock=*.remove:db-*");
  CHECK_THAT(p.allow("nett=x", scope).error().message, ContainsSubstring("did you mean 'net'?"));
  CHECK(p.allow("net=example.org", scope).error().code == "usage.permission");
  REQUIRE(p.deny("net=*", scope).ok());
  CHECK_FALSE(net(p, "https://example.org"));
  CHECK(p.describe().items().size() == 9);
  CHECK(p.describe().items()[0]["kind"].as_string() == "docker");
  CHECK(p.describe().items()[8]["source"].as_string() == "--deny");
}

TEST_CASE("permissions: a proposal is the least that covers what was touched") {
  const std::vector<Access> touched = {{"write", "/srv/app", "", ""},
                                       {"read", "/srv/app/a", "", ""},
                                       {"write", "/srv/app/b", "", ""},
                                       {"read", "/etc/hosts", "", ""},
                                       {"net", "https://Example.org:443/x", "", ""},
                                       {"net", "http://[::1]:81/", "", ""},
                                       {"docker", "unix:///d.sock", "container.create", "web"},
                                       {"docker", "unix:///d.sock", "image.list", ""}};
  const Value table = propose(touched);
  CHECK(permissions_to_lua(table) == R"(permissions = {
  docker = {
    ["unix:///d.sock"] = { "container.create:web", "image.list" },
  },
  net = { "http://[::1]:81", "https://example.org" },
  read = { "/etc/hosts" },
  write = { "/srv/app" },
})");
  const auto back = Permissions::parse(table, scope_with());
  CHECK(back.problems.empty());
  CHECK(back.permissions.missing(touched).empty());
}
