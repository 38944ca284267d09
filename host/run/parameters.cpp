// SPDX-License-Identifier: Apache-2.0
#include "host/run/parameters.h"

#include <algorithm>
#include <map>

#include "host/run/host_options.h"

namespace runbook {
namespace {

constexpr int kMostQuestions = 5;  // wrong answers to one question before it counts as missing

class Reader {
 public:
  Reader(const Declaration& declaration, const ParameterSources& sources, const MatchPattern& match)
      : declaration_(declaration), sources_(sources), match_(match), problems_("parameter.invalid") {}

  Result<Value> read() {
    read_file();
    read_arguments();
    for (const Param& param : declaration_.params) take(param);
    if (!problems_.empty()) return problems_.error();
    return std::move(result_);
  }

 private:
  static std::string shown(const Param& param) { return cat("'--", param.option(), "'"); }

  const Param* find(std::string name) const {
    std::replace(name.begin(), name.end(), '-', '_');
    return declaration_.find(name);
  }

  std::string nearest(const std::string& name, bool with_host_options) const {
    std::vector<std::string> names;
    for (const Param& param : declaration_.params) {
      names.push_back(param.option());
      if (with_host_options && param.type == ParamType::kBool) names.push_back(cat("no-", param.option()));
    }
    const std::string own = suggestion(name, names, with_host_options ? "--" : "");
    if (!own.empty() || !with_host_options) return own;
    names.clear();
    for (const HostOption& option : host_options()) names.push_back(option.name);
    return suggestion(name, names, "--");
  }

  void read_file() {
    const Value& file = sources_.file;
    if (file.is_null()) return;
    if (!file.is_object()) {
      problems_.add("the parameter file must hold a map from names to values");
      return;
    }
    for (const auto& [name, value] : file.members()) {
      const Param* param = find(name);
      if (!param) problems_.add(cat("unknown parameter '", printable(name), "' in the parameter file", nearest(name, false)));
      else if (!value.is_null()) given_[param] = value;
    }
  }

  void read_arguments() {
    const auto& arguments = sources_.arguments;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      if (argument.size() < 3 || !argument.starts_with("--")) {
        unexpected(argument);
        continue;
      }
      const auto equals = argument.find('=');
      const std::string name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
      std::optional<std::string> value;
      if (equals != std::string::npos) value = argument.substr(equals + 1);

      const Param* param = find(name);
      const Param* negated = !param && name.starts_with("no-") ? find(name.substr(3)) : nullptr;
      if (negated && negated->type == ParamType::kBool) {
        if (value) problems_.add(cat("'--", name, "' takes no value"));
        else give(*negated, Value(false));
      } else if (!param) {
        problems_.add(cat("unknown parameter '--", printable(name), "'", nearest(name, true)));
        // Its value, if any, is not one more problem.
        if (!value && i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) ++i;
      } else if (param->type == ParamType::kBool && !value) {
        give(*param, Value(true));
      } else if (value) {
        give_text(*param, *value);
      } else if (i + 1 < arguments.size()) {
        give_text(*param, arguments[++i]);
      } else {
        problems_.add(cat(shown(*param), " expects a value"));
        missing_value_[param] = true;
      }
    }
  }

  void unexpected(const std::string& argument) {
    const auto equals = argument.find('=');
    const Param* meant = equals == std::string::npos ? nullptr : find(argument.substr(0, equals));
    if (meant) problems_.add(cat("unexpected '", printable(argument), "', did you mean '--", printable(argument), "'?"));
    else problems_.add(cat("unexpected '", printable(argument), "': parameters are written --name=value"));
  }

  // An item of JSON is parsed, everything else stays text for param_value to read.
  std::optional<Value> item(const Param& param, ParamType type, const std::string& text) {
    if (type != ParamType::kJson) return Value(text);
    auto parsed = from_json(text);
    if (parsed) return std::move(parsed).value();
    problems_.add(cat(shown(param), ": expected JSON: ", parsed.error().message));
    missing_value_[&param] = true;
    return std::nullopt;
  }

  void give_text(const Param& param, const std::string& text) {
    if (param.secret) {
      problems_.add(cat(shown(param), " is secret, and command lines are not: use --params FILE or the prompt"));
      missing_value_[&param] = true;
    } else if (param.type == ParamType::kList) {
      if (auto value = item(param, param.of, text)) from_command_line(param, Value::Array{}).push(*value);
    } else if (param.type == ParamType::kMap) {
      give_entry(param, text);
    } else if (auto value = item(param, param.type, text)) {
      give(param, *value);
    }
  }

  void give_entry(const Param& param, const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems_.add(cat(shown(param), ": expected key=value, got '", printable(text), "'"));
      missing_value_[&param] = true;
      return;
    }
    auto value = item(param, param.of, text.substr(equals + 1));
    if (!value) return;
    Value& map = from_command_line(param, Value::Object{});
    const std::string key = text.substr(0, equals);
    if (map.has(key)) problems_.add(cat(shown(param), ": '", printable(key), "' is given twice"));
    map.set(key, *value);
  }

  // The first value from the command line replaces what the file gave.
  Value& from_command_line(const Param& param, Value empty) {
    if (!from_arguments_[&param]) given_[&param] = std::move(empty);
    from_arguments_[&param] = true;
    return given_[&param];
  }

  void give(const Param& param, Value value) {
    if (from_arguments_[&param]) problems_.add(cat(shown(param), " is given twice"));
    from_arguments_[&param] = true;
    given_[&param] = std::move(value);
  }

  void take(const Param& param) {
    if (const auto given = given_.find(&param); given != given_.end()) {
      auto value = param_value(param, given->second, match_);
      if (value) result_.set(param.name, std::move(value).value());
      else problems_.add(cat(shown(param), ": ", value.error().message));
    } else if (!param.fallback.is_null()) {
      result_.set(param.name, param.fallback);
    } else if (param.required && !missing_value_[&param] && !ask(param)) {
      problems_.add(cat("missing ", shown(param), param.help.empty() ? "" : ": ", param.help));
    }
  }

  bool ask(const Param& param) {
    std::string problem;
    // Nobody wants to answer questions of a call that is refused anyway.
    for (int i = 0; sources_.ask && problems_.empty() && i < kMostQuestions; ++i) {
      const auto answer = sources_.ask(param, problem);
      if (!answer) return false;
      auto value = answered(param, *answer);
      if (value) {
        result_.set(param.name, std::move(value).value());
        return true;
      }
      problem = value.error().message;
    }
    return false;
  }

  Result<Value> answered(const Param& param, const std::string& answer) {
    if (param.type == ParamType::kJson) {
      auto parsed = from_json(answer);
      return parsed ? param_value(param, *parsed, match_) : parsed;
    }
    if (param.type != ParamType::kList && param.type != ParamType::kMap) return param_value(param, Value(answer), match_);
    Value many = param.type == ParamType::kList ? Value(Value::Array{}) : Value(Value::Object{});
    for (const std::string& part : split(answer, ',')) {
      const std::string text(trim(part));
      if (text.empty()) continue;
      const auto equals = text.find('=');
      if (param.type == ParamType::kList) many.push(text);
      else if (equals == std::string::npos) return Error("parameter.invalid", cat("expected key=value, got '", printable(text), "'"));
      else many.set(text.substr(0, equals), text.substr(equals + 1));
    }
    return param_value(param, many, match_);
  }

  const Declaration& declaration_;
  const ParameterSources& sources_;
  const MatchPattern& match_;
  Problems problems_;
  std::map<const Param*, Value> given_;
  std::map<const Param*, bool> from_arguments_;
  std::map<const Param*, bool> missing_value_;  // reported already: not "missing" as well
  Value result_{Value::Object{}};
};

}  // namespace

Result<Value> read_parameters(const Declaration& declaration, const ParameterSources& sources, const MatchPattern& match) {
  return Reader(declaration, sources, match).read();
}

}  // namespace runbook
