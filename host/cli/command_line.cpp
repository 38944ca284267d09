// SPDX-License-Identifier: Apache-2.0
#include "host/cli/command_line.h"

#include <algorithm>
#include <optional>

#include "host/run/problems.h"

namespace runbook::cli {
namespace {

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments), problems_("usage") {}

  Result<CommandLine> parse() {
    for (; next_ < arguments_.size(); ++next_) {
      const std::string& argument = arguments_[next_];
      if (argument == "--") {
        rest();
        break;
      }
      if (argument.size() > 2 && argument.starts_with("--")) long_option(argument);
      else if (argument.size() > 1 && argument.starts_with('-')) short_options(argument);
      else operand(argument);
    }
    if (line_.has("help") || line_.has("version")) return std::move(line_);
    check_options();
    check_operands();
    if (!problems_.empty()) return problems_.error();
    return std::move(line_);
  }

 private:
  const CommandInfo& info() const { return command_info(line_.command); }

  // Whether what is not ours may be meant for the runbook.
  bool has_runbook() const { return info().parameters && !line_.has("from-test") && (!line_.operands.empty() || line_.has("execute") || line_.has("plan")); }

  void rest() {
    for (++next_; next_ < arguments_.size(); ++next_) {
      if (has_runbook() || line_.command == Command::kExec) line_.parameters.push_back(arguments_[next_]);
      else operand(arguments_[next_]);
    }
  }

  void operand(const std::string& argument) {
    if (!line_.named && line_.operands.empty() && !line_.has("execute")) {
      if (const CommandInfo* command = find_command(argument)) {
        line_.command = command->command;
        line_.named = true;
        return;
      }
    }
    // Of a replay the file is the second, and may be left out.
    const bool second = line_.command == Command::kReplay && line_.operands.size() == 1 && line_.parameters.empty();
    if (has_runbook() && !second) {
      line_.parameters.push_back(argument);
    } else {
      line_.operands.push_back(argument);
    }
  }

  void long_option(const std::string& argument) {
    const auto equals = argument.find('=');
    const std::string name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    const HostOption* option = find_host_option(name);
    if (!option) {
      unknown(argument, name);
      return;
    }
    std::optional<std::string> value;
    if (equals != std::string::npos) value = argument.substr(equals + 1);
    if (!option->value && value) problems_.add(cat("'--", name, "' takes no value"));
    else take(*option, cat("--", name), value);
  }

  void unknown(const std::string& argument, const std::string& name) {
    if (has_runbook()) {
      line_.parameters.push_back(argument);
      return;
    }
    std::vector<std::string> names;
    for (const HostOption& option : host_options()) names.push_back(option.name);
    const bool file_missing = info().parameters;
    problems_.add(cat("unknown option '--", printable(name), "'", suggestion(name, names, "--"),
                      file_missing && did_you_mean(name, names).empty() ? "; parameters of a runbook follow its file" : ""));
  }

  void short_options(const std::string& argument) {
    const bool ours = find_host_option(argument[1]) != nullptr;
    if (!ours && has_runbook()) {
      line_.parameters.push_back(argument);
      return;
    }
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const HostOption* option = find_host_option(argument[i]);
      if (!option) {
        problems_.add(cat("unknown option '-", printable(std::string(1, argument[i])), "'"));
        return;
      }
      std::optional<std::string> value;
      if (option->value && i + 1 < argument.size()) value = argument.substr(i + 1);
      take(*option, cat("-", std::string(1, argument[i])), value);
      if (option->value) return;
    }
  }

  void take(const HostOption& option, const std::string& spelt, std::optional<std::string> value) {
    if (option.value && !value) {
      if (next_ + 1 >= arguments_.size()) {
        problems_.add(cat("'", spelt, "' expects a value: ", option.value));
        return;
      }
      value = arguments_[++next_];
    }
    auto& values = line_.options[option.name];
    if (option.value && !option.repeatable && !values.empty()) problems_.add(cat("'", spelt, "' is given twice"));
    values.push_back(value.value_or(""));
  }

  void check_options() {
    for (const auto& [name, values] : line_.options) {
      const HostOption& option = *find_host_option(name, line_.command);
      if (option.commands & command_bit(line_.command)) {
        if (option.choices) check_choice(option, values);
        continue;
      }
      std::vector<std::string> owners;
      for (const CommandInfo& command : command_table()) {
        if (find_host_option(name, command.command)->commands & command_bit(command.command)) owners.push_back(cat("'", command.name, "'"));
      }
      problems_.add(cat("'--", name, "' is no option of '", info().name, "', but of ", join(owners, ", ")));
    }
    if (line_.has("quiet") && line_.has("verbose")) problems_.add("'--quiet' and '--verbose' exclude each other");
  }

  void check_choice(const HostOption& option, const std::vector<std::string>& values) {
    const auto choices = split(option.choices, '|');
    for (const std::string& value : values) {
      if (std::find(choices.begin(), choices.end(), value) != choices.end()) continue;
      problems_.add(cat("'--", option.name, "' expects ", join(choices, ", "), ", got '", printable(value), "'", suggestion(value, choices)));
    }
  }

  void check_operands() {
    const int count = static_cast<int>(line_.operands.size());
    if (line_.command == Command::kExec) {
      if (!line_.has("on")) problems_.add("'exec' expects --on HOSTS: where to run the program");
      if (count > 0) problems_.add(cat("the program and its arguments follow '--': exec --on HOSTS -- ", printable(line_.operands.front())));
      else if (line_.parameters.empty() && !line_.has("script")) problems_.add("'exec' expects a program after '--'");
      return;
    }
    if (line_.command == Command::kRun) {
      const int sources = count + (line_.has("execute") ? 1 : 0) + (line_.has("plan") ? 1 : 0);
      if (sources == 0 && line_.named) problems_.add("'run' expects a FILE, -e CODE or --plan FILE");
      if (line_.has("plan") && (count > 0 || !line_.parameters.empty())) problems_.add("a plan has its file and its parameters already");
      if (line_.has("plan") && line_.has("params")) problems_.add("'--plan' and '--params' exclude each other");
      if (line_.has("execute") && line_.has("plan")) problems_.add("'-e' and '--plan' exclude each other");
      return;
    }
    if (line_.has("from-test")) {
      if (count == 0) problems_.add("'--from-test' expects the specs of runbooks");
      if (!line_.parameters.empty()) problems_.add("'--from-test' goes before the specs");
      return;
    }
    if (count < info().least) problems_.add(cat("'", info().name, "' expects ", info().operands));
    if (info().most >= 0 && count > info().most) {
      problems_.add(cat("unexpected '", printable(line_.operands[static_cast<std::size_t>(info().most)]), "' after '", info().name, "'"));
    }
  }

  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  CommandLine line_;
  Problems problems_;
};

}  // namespace

std::string CommandLine::value(std::string_view option) const {
  const auto& all = values(option);
  return all.empty() ? std::string() : all.back();
}

const std::vector<std::string>& CommandLine::values(std::string_view option) const {
  static const std::vector<std::string> none;
  const auto found = options.find(option);
  return found == options.end() ? none : found->second;
}

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) { return Parser(arguments).parse(); }

}  // namespace runbook::cli
