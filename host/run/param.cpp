// SPDX-License-Identifier: Apache-2.0
#include "host/run/param.h"

#include <algorithm>
#include <cctype>

#include "host/run/host_options.h"

namespace runbook {
namespace {

const std::vector<std::string> kKeys = {"type", "of", "pattern", "min", "max", "choices", "default", "help", "required", "secret"};

bool identifier(std::string_view name) {
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

class Reader {
 public:
  Reader(std::string_view name, const Value& declared, const MatchPattern& match, Problems& problems)
      : declared_(declared), match_(match), problems_(problems), where_(cat("params.", printable(name), ": ")) {
    param_.name = name;
  }

  Param read() {
    check_name();
    if (!declared_.is_object()) {
      problem("expected a parameter such as rb.param.string { help = \"...\" }");
      return param_;
    }
    for (const auto& [key, value] : declared_.members()) {
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        problem(cat("unknown key '", printable(key), "'", suggestion(key, kKeys)));
      }
    }
    const bool typed = read_type("type", param_.type) & read_type("of", param_.of);
    if (param_.type == ParamType::kBool && is_host_option(cat("no-", param_.option()))) {
      problem(cat("its '--no-", param_.option(), "' is an option of runbook itself"));
    }
    read_texts();
    read_bound("min", param_.min);
    read_bound("max", param_.max);
    if (param_.min && param_.max && *param_.min > *param_.max) problem("min is greater than max");
    read_flags();
    if (typed) read_default();
    return param_;
  }

 private:
  void problem(std::string_view what) { problems_.add(cat(where_, what)); }

  void check_name() {
    if (!identifier(param_.name)) {
      problem("a parameter's name is made of letters, digits and '_'");
      return;
    }
    const std::string option = param_.option();
    if (is_host_option(option)) problem(cat("'--", option, "' is an option of runbook itself"));
  }

  bool read_type(std::string_view key, ParamType& type) {
    const Value& given = declared_[key];
    if (given.is_null()) return true;
    const auto known = param_type(given.as_string());
    if (!known) {
      problem(cat("unknown ", key, " '", printable(given.as_string()), "'", suggestion(given.as_string(), param_type_names())));
      return false;
    }
    if (key == "of" && (*known == ParamType::kList || *known == ParamType::kMap)) {
      problem("items cannot be lists or maps, use json");
      return false;
    }
    type = *known;
    return true;
  }

  void read_texts() {
    for (const auto& [key, target] : {std::pair{"help", &param_.help}, std::pair{"pattern", &param_.pattern}}) {
      const Value& given = declared_[key];
      if (!given.is_null() && !given.is_string()) problem(cat(key, " must be a string"));
      *target = given.as_string();
    }
    if (!param_.pattern.empty() && match_) {
      if (auto matched = match_("", param_.pattern); !matched) {
        problem(cat("pattern: ", matched.error().message));
        param_.pattern.clear();
      }
    }
    const Value& choices = declared_["choices"];
    const bool strings = std::all_of(choices.items().begin(), choices.items().end(), [](const Value& c) { return c.is_string(); });
    if (!choices.is_null() && (!choices.is_array() || !strings)) problem("choices must be a list of strings");
    param_.choices = choices.as_strings();
    if (param_.type == ParamType::kEnum && param_.choices.empty()) problem("an enum needs its choices");
  }

  void read_bound(const char* key, std::optional<double>& bound) {
    const Value& given = declared_[key];
    if (given.is_null()) return;
    double amount = given.as_number(-1);
    const bool text = given.is_string();
    if (text && param_.type == ParamType::kDuration) amount = parse_duration(given.as_string());
    if (text && param_.type == ParamType::kSize) amount = parse_size(given.as_string());
    if (!given.is_number() && (!text || amount < 0)) {
      problem(cat(key, " must be a number", param_.type == ParamType::kDuration || param_.type == ParamType::kSize ? " or have a unit" : ""));
      return;
    }
    bound = amount;
  }

  void read_flags() {
    for (const char* key : {"required", "secret"}) {
      if (!declared_[key].is_null() && !declared_[key].is_boolean()) problem(cat(key, " must be true or false"));
    }
    param_.secret = declared_["secret"].as_bool();
    if (param_.secret && param_.type != ParamType::kString) problem("only a string can be secret");
    param_.required = declared_["required"].as_bool(true);
    if (declared_["required"].as_bool() && declared_.has("default")) problem("has a default, so it is not required");
  }

  void read_default() {
    const Value& given = declared_["default"];
    if (given.is_null()) {
      // A flag that is not given is off.
      if (param_.type == ParamType::kBool && !declared_.has("required")) param_.fallback = Value(false);
    } else if (param_.secret) {
      problem("a secret has no default");
    } else {
      auto value = param_value(param_, given, match_);
      if (value) param_.fallback = std::move(value).value();
      else problem(cat("default: ", value.error().message));
    }
    if (!param_.fallback.is_null()) param_.required = false;
  }

  const Value& declared_;
  const MatchPattern& match_;
  Problems& problems_;
  const std::string where_;
  Param param_;
};

}  // namespace

const std::vector<std::string>& param_type_names() {
  static const std::vector<std::string> names = {"string", "int", "number", "bool", "enum", "duration",
                                                 "size",   "path", "host",  "list", "map",  "json"};
  return names;
}

const char* to_string(ParamType type) { return param_type_names()[static_cast<std::size_t>(type)].c_str(); }

std::optional<ParamType> param_type(std::string_view name) {
  const auto& names = param_type_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<ParamType>(found - names.begin());
}

std::string Param::option() const {
  std::string spelt = name;
  std::replace(spelt.begin(), spelt.end(), '_', '-');
  return spelt;
}

std::string Param::placeholder() const {
  const ParamType shown = type == ParamType::kList ? of : type;
  if (!choices.empty()) return join(choices, "|");
  switch (shown) {
    case ParamType::kBool: return {};
    case ParamType::kInt: case ParamType::kNumber: return "N";
    case ParamType::kDuration: return "DURATION";
    case ParamType::kSize: return "SIZE";
    case ParamType::kPath: return "PATH";
    case ParamType::kHost: return "HOST";
    case ParamType::kMap: return "KEY=VALUE";
    case ParamType::kJson: return "JSON";
    default: return "TEXT";
  }
}

Param read_param(std::string_view name, const Value& declared, const MatchPattern& match, Problems& problems) {
  return Reader(name, declared, match, problems).read();
}

}  // namespace runbook
