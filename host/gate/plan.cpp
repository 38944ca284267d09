// SPDX-License-Identifier: Apache-2.0
#include "host/gate/plan.h"

#include <openssl/evp.h>

#include <algorithm>

#include "host/core/text.h"

namespace runbook {
namespace {

constexpr std::size_t kLongText = 4096;

std::string sha256_hex(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

Value access_to_value(const Access& access) {
  Value value = Value::object({{"kind", access.kind}, {"target", access.target}});
  if (!access.verb.empty()) value.set("verb", access.verb);
  if (!access.name.empty()) value.set("name", access.name);
  return value;
}

// What decides what happens; descriptions and lines of the script may change without the plan changing.
Value essence(const PlannedEffect& effect) {
  Value access = Value::Array{};
  for (const Access& one : effect.access) access.push(access_to_value(one));
  return Value::object({{"operation", effect.operation},
                        {"step", effect.step},
                        {"args", effect.args},
                        {"access", std::move(access)},
                        {"diff", effect.diff}});
}

}  // namespace

Value plan_args(const Value& args) {
  if (const auto* unknown = args.unknown()) return Value::object({{"$unknown", unknown->origin}});
  if (const auto* secret = args.secret()) return Value::object({{"$secret", secret->name}});
  if (args.is_string() && args.as_string().size() > kLongText) {
    const auto bytes = static_cast<std::int64_t>(args.as_string().size());
    return Value::object({{"$sha256", sha256_hex(args.as_string())}, {"bytes", bytes}});
  }
  if (args.is_array()) {
    Value list = Value::Array{};
    for (const Value& item : args.items()) list.push(plan_args(item));
    return list;
  }
  if (!args.is_object()) return args;
  Value object = Value::Object{};
  for (const auto& [key, member] : args.members()) object.set(key, plan_args(member));
  return object;
}

bool plan_args_match(const Value& planned, const Value& actual) {
  if (planned.has("$unknown")) return true;
  if (planned.is_array() && actual.is_array()) {
    return std::equal(planned.items().begin(), planned.items().end(), actual.items().begin(), actual.items().end(),
                      plan_args_match);
  }
  if (!planned.is_object() || !actual.is_object()) return to_json(planned) == to_json(actual);
  return std::equal(planned.members().begin(), planned.members().end(), actual.members().begin(), actual.members().end(),
                    [](const auto& a, const auto& b) { return a.first == b.first && plan_args_match(a.second, b.second); });
}

void Plan::end(std::string where, std::string because) {
  ended_where_ = std::move(where);
  ended_because_ = because.empty() ? "what follows is not known" : std::move(because);
}

std::string Plan::hash() const {
  std::vector<const PlannedEffect*> ordered;
  for (const PlannedEffect& effect : effects_) ordered.push_back(&effect);
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) { return a->step < b->step; });
  Value list = Value::Array{};
  for (const PlannedEffect* effect : ordered) list.push(essence(*effect));
  return sha256_hex(to_json(Value::object({{"effects", std::move(list)}, {"complete", complete()}})));
}

Value Plan::to_value() const {
  Value list = Value::Array{};
  for (const PlannedEffect& effect : effects_) {
    Value entry = essence(effect);
    entry.set("effect", effect.effect);
    entry.set("description", effect.description);
    entry.set("where", effect.where);
    list.push(std::move(entry));
  }
  Value value = Value::object({{"schema", 1}, {"effects", std::move(list)}, {"hash", hash()}});
  if (!complete()) value.set("end", Value::object({{"where", ended_where_}, {"because", ended_because_}}));
  return value;
}

Result<Plan> Plan::from_value(const Value& value) {
  if (value["schema"].as_int() != 1 || !value["effects"].is_array() || !value["hash"].is_string()) {
    return Error("plan.invalid", "this is no plan of this version of runbook");
  }
  Plan plan;
  for (const Value& entry : value["effects"].items()) {
    PlannedEffect effect{entry["operation"].as_string(), entry["effect"].as_string(), entry["description"].as_string(),
                         entry["step"].as_string(),      entry["where"].as_string(),  entry["diff"].as_string(),
                         {},                             entry["args"]};
    for (const Value& access : entry["access"].items()) {
      effect.access.push_back({access["kind"].as_string(), access["target"].as_string(), access["verb"].as_string(),
                               access["name"].as_string()});
    }
    plan.add(std::move(effect));
  }
  if (value.has("end")) plan.end(value["end"]["where"].as_string(), value["end"]["because"].as_string());
  if (plan.hash() != value["hash"].as_string()) {
    return Error("plan.invalid", "the plan was changed after it was made: its effects do not have its hash",
                 "make it anew with 'runbook plan'");
  }
  return plan;
}

PlannedEffect planned_effect(const EffectCall& call) {
  return {call.operation->name, call.operation->effect == Effect::kDestroy ? "destroy" : "change",
          call.describe(),      call.step,
          call.where,           call.diff,
          call.access(),        plan_args(call.args)};
}

}  // namespace runbook
