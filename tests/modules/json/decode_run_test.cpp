// SPDX-License-Identifier: Apache-2.0
// json.decode as scripts meet it: its result is made in Lua's own memory, without a Value in between.
#include "host/core/text.h"
#include "runbook/host.h"
#include "tests/support/temp_directory.h"

namespace runbook::json {
extern const Module kModule;
}

using namespace runbook;

namespace {

class JsonHost {
 public:
  JsonHost() { host_.add(json::kModule); }

  RunReport run(const std::string& body, RunOptions options = {}) {
    options.file = directory_.file("test.lua", "local rb, json = require 'runbook', require 'json'\n" + body);
    options.state_directory = directory_ / "state";
    options.on_event = [this](const Value& event) {
      if (event["event"].as_string() == "print") printed += event["text"].as_string() + "\n";
    };
    return host_.run(options);
  }

  std::string printed;

 private:
  TempDirectory directory_;
  Host host_;
};

// {"k1":1,"k2":2, ...}
std::string object_of(int count, const std::string& more = "") {
  std::string text = "{";
  for (int i = 1; i <= count; ++i) text += cat(i == 1 ? "" : ",", "\"k", i, "\":", i);
  return text + more + "}";
}

}  // namespace

TEST_CASE("json.decode: containers of every size arrive whole and in order", "[json]") {
  JsonHost host;
  const RunReport report = host.run(R"(
for _, count in ipairs { 0, 1, 2, 31, 32, 33, 63, 64, 65, 1000 } do
  local items, pairs_ = {}, {}
  for i = 1, count do items[i] = '[' .. i .. ']' pairs_[i] = ('"k%d":{"v":%d}'):format(i, i) end
  local list = json.decode('[' .. table.concat(items, ',') .. ']')
  local map = json.decode('{' .. table.concat(pairs_, ',') .. '}')
  assert(#list == count)
  local seen = 0
  for key, value in pairs(map) do seen = seen + 1 assert(key == 'k' .. value.v) end
  assert(seen == count)
  for i = 1, count do assert(list[i][1] == i and map['k' .. i].v == i) end
end
print(json.encode(json.decode '[[],{},null,true,1.5,-3,"a\\u00e9",[null]]')))");
  INFO((report.error ? report.error->message : ""));
  CHECK(host.printed == "[[],{},null,true,1.5,-3,\"a\xC3\xA9\",[null]]\n");
}

TEST_CASE("json.decode: a duplicate key is refused wherever it stands", "[json]") {
  const std::string name(60, 'x');
  const std::string text = GENERATE_COPY(
      std::string(R"({"a":1,"a":2})"), cat("{\"", name, "\":1,\"", name, "\":2}"), object_of(31, ",\"k1\":0"),
      object_of(40, ",\"k1\":0"), object_of(40, ",\"k40\":null"), cat("[{\"o\":", object_of(3, ",\"k2\":{}"), "}]"));
  JsonHost host;
  CHECK(host.run("print(select(2, rb.try(json.decode, [==[" + text + "]==])).message)").exit == 0);
  CHECK_THAT(host.printed, ContainsSubstring("duplicate key '"));
  JsonHost other;
  CHECK(other.run(R"(print(#json.decode '[{"a":1},{"a":2},{"b":{"a":1},"a":2}]'))").exit == 0);
  CHECK(other.printed == "3\n");
}

TEST_CASE("json.decode: nesting of 200 levels is read, one more is refused", "[json]") {
  JsonHost host;
  CHECK(host.run("json.decode(('['):rep(200) .. (']'):rep(200)) json.decode(('{\"a\":'):rep(200) .. '1' .. "
                 "('}'):rep(200))")
            .exit == 0);
  CHECK(host.run("print(select(2, rb.try(json.decode, ('['):rep(201) .. (']'):rep(201))).message)").exit == 0);
  CHECK(host.printed == "nested deeper than 200 levels\n");
}

TEST_CASE("json.decode: what comes of a secret is secret", "[json]") {
  JsonHost host;
  RunOptions options;
  options.params_file = Value::object({{"text", R"({"user":"ann","keys":["hunter22",7]})"}});
  const RunReport report =
      host.run(R"(return rb.runbook { params = { text = rb.param.string { secret = true } }, run = function(p)
  local value = json.decode(p.text)
  print(value.user, value.keys[1], value.keys[2], #value.keys)
end })",
               options);
  INFO((report.error ? report.error->message : ""));
  CHECK(host.printed == "***\t***\t7\t2\n");
}

TEST_CASE("json.decode: what does not fit into the memory limit ends the script", "[json]") {
  JsonHost host;
  RunOptions options;
  options.limits = {"memory=8MiB"};
  const std::string text = "local text = '[' .. ('{\"a\":[1]},'):rep(100000) .. '0]' ";
  CHECK(host.run(text + "json.decode(text)", options).exit == exit_code::kMemory);
  CHECK(host.run(text + "print(pcall(json.decode, text) == false, #json.decode '[1]')", options).exit == 0);
  CHECK(host.printed == "true\t1\n");
}
