// SPDX-License-Identifier: Apache-2.0
#include "host/run/host_options.h"

#include <algorithm>

namespace runbook {
namespace {

constexpr unsigned bits() { return 0; }
template <class... Rest>
constexpr unsigned bits(Command first, Rest... rest) {
  return command_bit(first) | bits(rest...);
}

constexpr unsigned kEvery = ~0u;
constexpr unsigned kApplies = bits(Command::kRun, Command::kRecord, Command::kResume, Command::kUndo, Command::kExec);
constexpr unsigned kChoosesHosts = bits(Command::kRun, Command::kPlan, Command::kRecord, Command::kResume, Command::kExec);
constexpr unsigned kShowsHosts = bits(Command::kRun, Command::kResume, Command::kExec);
constexpr unsigned kRuns = kApplies | bits(Command::kPlan, Command::kReplay);
constexpr unsigned kGrants = kRuns | bits(Command::kTest, Command::kPerms);
constexpr unsigned kStarts = bits(Command::kRun, Command::kPlan);
constexpr unsigned kLoads = kStarts | bits(Command::kRecord, Command::kReplay, Command::kPerms);

}  // namespace

const std::vector<CommandInfo>& command_table() {
  static const std::vector<CommandInfo> table = {
      {Command::kRun, "run", "FILE [PARAMETERS]", "run a runbook; 'run' may be left out", 0, 1, true},
      {Command::kPlan, "plan", "FILE [PARAMETERS]", "show what a run would change, and keep it with -o", 1, 1, true},
      {Command::kExec, "exec", "--on HOSTS -- PROGRAM [ARGUMENTS]", "run a program on hosts of an inventory, without a shell", 0, -1, false},
      {Command::kResume, "resume", "[RUN]", "go on with a run that was interrupted or failed", 0, 1, false},
      {Command::kUndo, "undo", "[RUN]", "take back the finished steps of a run, newest first", 0, 1, false},
      {Command::kHistory, "history", "[FILE]", "list the runs, newest first", 0, 1, false},
      {Command::kShow, "show", "[RUN]", "show a run: its parameters, steps and changes", 0, 1, false},
      {Command::kLogs, "logs", "[RUN]", "show what a run printed and logged", 0, 1, false},
      {Command::kCheck, "check", "FILE...", "look for mistakes in runbooks without running them", 1, -1, false},
      {Command::kHelp, "help", "[TOPIC]", "explain a command, a module, a function or a runbook", 0, 1, false},
      {Command::kRecord, "record", "FILE [PARAMETERS]", "run a runbook and keep what the world answered, with -o, without secrets", 1, 1, true},
      {Command::kReplay, "replay", "CASSETTE [FILE] [PARAMETERS]", "run a runbook against a recording, and fail where it does something else", 1, 2, true},
      {Command::kPerms, "perms", "FILE [PARAMETERS]", "show what a runbook may touch, and what changed since its last run", 1, 1, true},
      {Command::kTest, "test", "[PATH...]", "run the specs (*_spec.lua) of files and folders", 0, -1, false},
      {Command::kSecret, "secret", "keygen|list|get|set|edit|remove [NAME]", "keep secrets in an encrypted file", 1, 2, false},
      {Command::kDoctor, "doctor", "", "look for what is missing on this computer", 0, 0, false},
      {Command::kCompletion, "completion", "bash", "print a script that completes command lines", 1, 1, false},
      {Command::kVersion, "version", "", "print the version", 0, 0, false},
  };
  return table;
}

const CommandInfo& command_info(Command command) { return command_table()[static_cast<std::size_t>(command)]; }

const CommandInfo* find_command(std::string_view name) {
  const auto& table = command_table();
  const auto found = std::find_if(table.begin(), table.end(), [&](const CommandInfo& info) { return info.name == name; });
  return found == table.end() ? nullptr : &*found;
}

const std::vector<HostOption>& host_options() {
  static const std::vector<HostOption> table = {
      {"dry-run", 'n', nullptr, false, bits(Command::kRun, Command::kRecord, Command::kUndo, Command::kExec), "show what would change, change nothing", nullptr},
      {"execute", 'e', "CODE", false, bits(Command::kRun), "run this Lua instead of a file", nullptr},
      {"params", 0, "FILE", false, kLoads | bits(Command::kResume, Command::kUndo), "read parameters from a JSON or YAML file", nullptr},
      {"plan", 0, "FILE", false, bits(Command::kRun), "run what a plan holds, and stop where the world differs from it", nullptr},
      {"output", 'o', "FILE", false, bits(Command::kPlan, Command::kRecord), "keep the plan, or the recording, in a file", nullptr},
      {"output", 'o', "HOW", false, kShowsHosts, "how the lines of hosts are shown", "grouped|prefixed|interleaved"},
      {"on", 0, "HOSTS", false, bits(Command::kExec), "where to run it: hosts, groups, globs; a,b  a,!b  a,&b", nullptr},
      {"sudo", 0, nullptr, false, bits(Command::kExec), "as root, by sudo without a password", nullptr},
      {"script", 0, "FILE", false, bits(Command::kExec), "have sh on the hosts run this file; ARGUMENTS are its own", nullptr},
      {"inventory", 'i', "FILE", false, kChoosesHosts, "the file of the hosts, over the one that the runbook names", nullptr},
      {"forks", 0, "N", false, kChoosesHosts, "at most so many hosts at once", nullptr},
      {"exit-code", 0, nullptr, false, kStarts, "exit 3 when a dry run finds changes", nullptr},
      {"yes", 'y', nullptr, false, kApplies, "do not ask before something is destroyed", nullptr},
      {"confirm", 0, "NAME", true, kApplies, "agree to a large destruction by its name", nullptr},
      {"redo", 0, "STEP", true, bits(Command::kResume), "do again a step that may have happened", nullptr},
      {"accept", 0, "STEP", true, bits(Command::kResume), "take a step that may have happened as done", nullptr},
      {"on-failure", 0, "WHAT", false, kApplies, "what to do with the finished steps of a failed run", "keep|undo"},
      {"allow", 0, "KIND=WHAT", true, kGrants, "permit more for this run: net=https://example.org", nullptr},
      {"deny", 0, "KIND=WHAT", true, kGrants, "permit less for this run; wins over what is allowed", nullptr},
      {"limit", 0, "HOSTS|NAME=VALUE", true, kGrants, "only these hosts; or change a limit: cpu=1s, memory=1GiB, changes=9", nullptr},
      {"propose", 0, nullptr, false, bits(Command::kPerms), "work out the least permissions from a dry run with these parameters", nullptr},
      {"from-test", 0, nullptr, false, bits(Command::kPerms), "work them out from what the runs in these specs did (perms --from-test SPEC...)", nullptr},
      {"no-input", 0, nullptr, false, kRuns | bits(Command::kSecret, Command::kPerms), "never ask; fail where an answer is needed", nullptr},
      {"faults", 0, nullptr, false, bits(Command::kTest), "break runs off after every change, let every change fail once (see survives)", nullptr},
      {"filter", 0, "TEXT", false, bits(Command::kTest), "run only the tests whose names contain this", nullptr},
      {"timeout", 0, "DURATION", false, bits(Command::kTest), "how long a test may take, in real time: 60s", nullptr},
      {"timeout", 0, "DURATION", false, bits(Command::kExec), "how long the program may take on a host: 10m", nullptr},
      {"jobs", 'j', "N", false, bits(Command::kTest), "how many files to test at once; the number of processors", nullptr},
      {"tap", 0, nullptr, false, bits(Command::kTest), "write TAP, version 14", nullptr},
      {"junit", 0, "FILE", false, bits(Command::kTest), "also write the results to a file, as JUnit's XML", nullptr},
      {"coverage", 0, nullptr, false, bits(Command::kTest), "show which lines and branches of runbooks and modules ran", nullptr},
      {"coverage-lcov", 0, "FILE", false, bits(Command::kTest), "write them to a file, for lcov's tools", nullptr},
      {"quiet", 'q', nullptr, false, kEvery, "only results and errors", nullptr},
      {"verbose", 'v', nullptr, true, kEvery, "more detail; twice for still more", nullptr},
      {"json", 0, nullptr, false, kEvery, "write JSON: events of a run one a line, listings whole", nullptr},
      {"plain", 0, nullptr, false, kEvery, "one record a line, no colours, nothing redrawn", nullptr},
      {"color", 0, "WHEN", false, kEvery, "colours: auto, always or never", "auto|always|never"},
      {"log-file", 0, "FILE", false, kRuns, "also append the events of the run to a file, as JSON", nullptr},
      {"help", 'h', nullptr, false, kEvery, "explain the command or the runbook", nullptr},
      {"version", 0, nullptr, false, kEvery, "print the version", nullptr},
  };
  return table;
}

const HostOption* find_host_option(std::string_view name) {
  const auto& table = host_options();
  const auto found = std::find_if(table.begin(), table.end(), [&](const HostOption& option) { return option.name == name; });
  return found == table.end() ? nullptr : &*found;
}

const HostOption* find_host_option(std::string_view name, Command command) {
  for (const HostOption& option : host_options()) {
    if (option.name == name && (option.commands & command_bit(command))) return &option;
  }
  return find_host_option(name);
}

const HostOption* find_host_option(char letter) {
  const auto& table = host_options();
  const auto found = std::find_if(table.begin(), table.end(), [&](const HostOption& option) { return option.letter == letter; });
  return letter == 0 || found == table.end() ? nullptr : &*found;
}

bool is_host_option(std::string_view name) { return find_host_option(name) != nullptr; }

}  // namespace runbook
