// SPDX-License-Identifier: Apache-2.0
#include "host/run/declaration.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "host/run/substitute.h"

namespace runbook {
namespace {

const std::vector<std::string> kKeys = {"name",    "summary",     "description", "doc",    "params",    "params_order",
                                        "secrets", "permissions", "lock",        "limits", "on_failure"};

bool empty_table(const Value& value) { return value.items().empty() && value.members().empty(); }
bool is_table(const Value& value) { return value.is_array() || value.is_object(); }

class Reader {
 public:
  Reader(const Value& table, const MatchPattern& match) : table_(table), match_(match), problems_("declaration.invalid") {}

  Result<Declaration> read() {
    if (!is_table(table_)) return Error("declaration.invalid", "rb.runbook expects a table");
    if (!table_.items().empty()) problems_.add("rb.runbook expects named fields: summary = \"...\", run = function(p) ... end");
    for (const auto& [key, value] : table_.members()) {
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        std::vector<std::string> candidates = kKeys;
        for (const char* function : {"run", "test"}) candidates.push_back(function);
        problems_.add(cat("unknown field '", printable(key), "'", suggestion(key, candidates)));
      }
    }
    read_string("name", declaration_.name);
    read_string("summary", declaration_.summary);
    read_string("description", declaration_.description);
    read_string("doc", declaration_.doc);
    read_params();
    read_secrets();
    read_permissions();
    read_lock();
    read_limits();
    read_on_failure();
    if (!problems_.empty()) return problems_.error();
    return std::move(declaration_);
  }

 private:
  void read_string(std::string_view key, std::string& target) {
    const Value& given = table_[key];
    if (!given.is_null() && !given.is_string()) problems_.add(cat(key, " must be a string"));
    target = given.as_string();
  }

  void read_params() {
    const Value& params = table_["params"];
    if (params.is_null()) return;
    if (!is_table(params) || !params.items().empty()) {
      problems_.add("params must be a table: name = rb.param.string { ... }");
      return;
    }
    std::set<std::string, std::less<>> seen;
    for (const std::string& name : table_["params_order"].as_strings()) {
      if (params.has(name) && seen.insert(name).second) add_param(name, params[name]);
    }
    for (const auto& [name, declared] : params.members()) {
      if (!seen.count(name)) add_param(name, declared);
    }
    // `--no-x` must not mean two things.
    for (const Param& param : declaration_.params) {
      const std::string negated = cat("no_", param.name);
      if (param.type == ParamType::kBool && declaration_.find(negated)) {
        problems_.add(cat("params.", negated, ": reads like the negation of '", param.name, "'"));
      }
    }
  }

  void add_param(std::string_view name, const Value& declared) {
    declaration_.params.push_back(read_param(name, declared, match_, problems_));
  }

  void add_secret(const std::string& name, const std::string& help) {
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/';
    });
    if (!plain) problems_.add(cat("secrets: '", printable(name), "' is no name of a secret"));
    declaration_.secrets.push_back({name, help});
  }

  void read_secrets() {
    const Value& secrets = table_["secrets"];
    if (secrets.is_null()) return;
    bool good = is_table(secrets);
    for (const Value& name : secrets.items()) {
      good = good && name.is_string();
      if (name.is_string()) add_secret(name.as_string(), {});
    }
    for (const auto& [name, help] : secrets.members()) {
      good = good && help.is_string();
      add_secret(name, help.as_string());
    }
    if (!good) problems_.add("secrets must be a list of names, or NAME = \"what it is for\"");
  }

  void read_permissions() {
    const Value& permissions = table_["permissions"];
    if (permissions.is_null() || (is_table(permissions) && empty_table(permissions))) return;
    if (!permissions.is_object()) {
      problems_.add("permissions must be a table: net = { \"https://example.org\" }");
      return;
    }
    check_references("permissions", permissions);
    declaration_.permissions = permissions;
  }

  void check_references(const std::string& where, const Value& value) {
    if (value.is_string()) check_text(where, value.as_string());
    for (const Value& item : value.items()) check_references(where, item);
    for (const auto& [key, member] : value.members()) {
      check_text(where, key);
      check_references(cat(where, ".", printable(key)), member);
    }
  }

  void check_text(std::string_view where, std::string_view text) {
    std::vector<std::string> names;
    for (const Param& param : declaration_.params) names.push_back(param.name);
    for (const std::string& name : references(text)) {
      if (!declaration_.find(name)) {
        problems_.add(cat(where, ": '{", name, "}' is no parameter of this runbook", suggestion(name, names)));
      }
    }
  }

  void read_lock() {
    const Value& lock = table_["lock"];
    if (lock.is_null()) return;
    const bool strings = std::all_of(lock.items().begin(), lock.items().end(), [](const Value& name) { return name.is_string(); });
    if (lock.is_string()) declaration_.locks = {lock.as_string()};
    else if (lock.is_array() && strings) declaration_.locks = lock.as_strings();
    else problems_.add("lock must be a name such as \"deploy/{service}\", or a list of names");
    for (const std::string& name : declaration_.locks) {
      if (name.empty()) problems_.add("lock: the name is empty");
      check_text("lock", name);
    }
  }

  void read_limits() {
    const Value& limits = table_["limits"];
    if (limits.is_null()) return;
    if (!is_table(limits) || !limits.items().empty()) problems_.add("limits must be a table: { memory = \"64MiB\" }");
    for (const auto& [name, value] : limits.members()) {
      if (auto set = set_limit(declaration_.limits, name, value); !set) problems_.add(cat("limits: ", set.error().message));
    }
  }

  void read_on_failure() {
    const Value& given = table_["on_failure"];
    if (given.is_null()) return;
    static const std::vector<std::string> choices = {"keep", "undo"};
    declaration_.on_failure = given.as_string();
    if (std::find(choices.begin(), choices.end(), declaration_.on_failure) == choices.end()) {
      problems_.add(cat("on_failure must be \"keep\" or \"undo\"", suggestion(declaration_.on_failure, choices)));
    }
  }

  const Value& table_;
  const MatchPattern& match_;
  Problems problems_;
  Declaration declaration_;
};

Value to_value(const Param& param) {
  Value out = Value::object({{"name", param.name}, {"type", to_string(param.type)}, {"required", param.required}});
  if (param.type == ParamType::kList || param.type == ParamType::kMap) out.set("of", to_string(param.of));
  if (!param.help.empty()) out.set("help", param.help);
  if (!param.pattern.empty()) out.set("pattern", param.pattern);
  if (param.min) out.set("min", *param.min);
  if (param.max) out.set("max", *param.max);
  if (!param.choices.empty()) out.set("choices", Value::strings(param.choices));
  if (!param.fallback.is_null()) out.set("default", param.fallback);
  if (param.secret) out.set("secret", true);
  return out;
}

}  // namespace

const Param* Declaration::find(std::string_view param) const {
  const auto found = std::find_if(params.begin(), params.end(), [&](const Param& p) { return p.name == param; });
  return found == params.end() ? nullptr : &*found;
}

Value Declaration::asked_for() const {
  Value all = permissions.is_null() ? Value(Value::Object{}) : permissions;
  Value names = all["secret"].is_array() ? all["secret"] : Value(Value::Array{});
  for (const DeclaredSecret& secret : secrets) names.push(secret.name);
  if (!names.items().empty()) all.set("secret", std::move(names));
  return all;
}

Value Declaration::to_value() const {
  Value out{Value::Object{}};
  for (const auto& [key, text] : {std::pair{"name", &name}, {"summary", &summary}, {"description", &description}, {"doc", &doc}}) {
    if (!text->empty()) out.set(key, *text);
  }
  Value list{Value::Array{}};
  for (const Param& param : params) list.push(runbook::to_value(param));
  out.set("params", std::move(list));
  Value named{Value::Array{}};
  for (const DeclaredSecret& secret : secrets) named.push(Value::object({{"name", secret.name}, {"help", secret.help}}));
  out.set("secrets", std::move(named));
  out.set("permissions", permissions.is_null() ? Value(Value::Object{}) : permissions);
  out.set("locks", Value::strings(locks));
  out.set("on_failure", on_failure);
  return out;
}

Result<Declaration> declaration_from(const Value& value) {
  Value table = value;
  Value params{Value::Object{}}, order{Value::Array{}}, secrets{Value::Object{}};
  for (const Value& param : value["params"].items()) {
    Value declared = param;
    declared.erase("name");
    if (declared.has("default")) declared.erase("required");
    order.push(param["name"]);
    params.set(param["name"].as_string(), std::move(declared));
  }
  for (const Value& secret : value["secrets"].items()) secrets.set(secret["name"].as_string(), secret["help"]);
  table.set("params", std::move(params));
  table.set("params_order", std::move(order));
  table.set("secrets", std::move(secrets));
  table.set("lock", value["locks"]);
  table.erase("locks");
  return read_declaration(table, nullptr);
}

Result<Declaration> read_declaration(const Value& table, const MatchPattern& match) { return Reader(table, match).read(); }

}  // namespace runbook
