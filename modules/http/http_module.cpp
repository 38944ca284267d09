// SPDX-License-Identifier: Apache-2.0
#include "host/core/encoding.h"
#include "host/net/url.h"
#include "modules/http/client.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> http_embedded;
}

namespace runbook::http {
namespace {

const std::vector<std::string> kReadMethods = {"GET", "HEAD", "OPTIONS"};

std::vector<Field> fields(std::vector<Field> more) {
  std::vector<Field> all = {
      {"url", Type::kString, kPositionalRequired},
      {"headers", Type::kMap},
      {"bearer", Type::kSecret},
      {"user", Type::kSecret},
      {"password", Type::kSecret},
      {"timeout", Type::kDuration},
      {"connect_timeout", Type::kDuration},
      {"expect", Type::kAny},
      {"max_body", Type::kSize},
      {"unix_socket", Type::kPath},
      {"ca_file", Type::kPath},
      {"cert_file", Type::kPath},
      {"key_file", Type::kPath},
      {"insecure", Type::kBoolean},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

const std::vector<Field> kReading = {{"json", Type::kBoolean}, {"retries", Type::kInteger}, {"redirects", Type::kInteger}};
const std::vector<Field> kFetching = {
    {"json", Type::kBoolean}, {"retries", Type::kInteger}, {"method", Type::kString, Field::kOptional, &kReadMethods}};
const std::vector<Field> kSending = {{"body", Type::kSecret}, {"json", Type::kAny}, {"form", Type::kMap}};

template <const char* Method>
Cancel send(Invocation call, Done done) {
  return perform(std::move(call), Method, std::move(done));
}
template <const char* Method>
std::string describe_as(const Value& args) {
  return describe(Method, args);
}
std::string describe_fetch(const Value& args) { return describe(args["method"].as_string("GET"), args); }

constexpr char kAny[] = "";
constexpr char kGet[] = "GET";
constexpr char kHead[] = "HEAD";
constexpr char kPost[] = "POST";
constexpr char kPut[] = "PUT";
constexpr char kPatch[] = "PATCH";
constexpr char kDelete[] = "DELETE";

const Operation kFetchOperation{"http.fetch", Effect::kRead, fields(kFetching), access, send<kAny>, 60, describe_fetch};
const Operation kGetOperation{"http.get", Effect::kRead, fields(kReading), access, nullptr, 60, describe_as<kGet>};
const Operation kHeadOperation{"http.head", Effect::kRead, fields(kReading), access, nullptr, 60, describe_as<kHead>};
const Operation kPostOperation{"http.post", Effect::kChange, fields(kSending), access, send<kPost>, 60, describe_as<kPost>};
const Operation kPutOperation{"http.put", Effect::kChange, fields(kSending), access, send<kPut>, 60, describe_as<kPut>};
const Operation kPatchOperation{"http.patch", Effect::kChange, fields(kSending), access, send<kPatch>, 60, describe_as<kPatch>};
const Operation kDeleteOperation{"http.delete", Effect::kDestroy, fields(kSending), access, send<kDelete>, 60, describe_as<kDelete>};

Result<Value> escape(const Value& args) { return Value(percent_encode(args["text"].reveal())); }
Result<Value> query(const Value& args) { return Value(form_body(args["values"])); }
Result<Value> resolve(const Value& args) {
  const auto base = parse_url(args["base"].as_string());
  if (!base) return base.error();
  const auto url = resolve_url(*base, args["location"].as_string());
  if (!url) return url.error();
  return Value::object({{"url", url->text()}, {"same_origin", url->origin() == base->origin()}});
}

const PureFunction kEscape{"http.escape", {{"text", Type::kSecret, kPositionalRequired}}, escape};
const PureFunction kQuery{"http.query", {{"values", Type::kMap, kPositionalRequired}}, query};
const PureFunction kResolve{
    "http.resolve", {{"base", Type::kString, kPositionalRequired}, {"location", Type::kString, kPositionalRequired}}, resolve};

}  // namespace

extern const Module kModule;
const Module kModule{"http",
                     "0.1",
                     {
                         {"fetch", nullptr, &kFetchOperation},
                         {"get", nullptr, &kGetOperation},
                         {"head", nullptr, &kHeadOperation},
                         {"post", nullptr, &kPostOperation},
                         {"put", nullptr, &kPutOperation},
                         {"patch", nullptr, &kPatchOperation},
                         {"delete", nullptr, &kDeleteOperation},
                         {"escape", nullptr, nullptr, &kEscape},
                         {"query", nullptr, nullptr, &kQuery},
                         {"resolve", nullptr, nullptr, &kResolve},
                     },
                     &http_embedded};

}  // namespace runbook::http
