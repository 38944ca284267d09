// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/program_result.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "host/core/text.h"
#include "modules/machine/local.h"

namespace runbook::machine {

namespace {

constexpr std::int64_t kMaxOutput = 10 << 20;
constexpr std::size_t kMostLine = 64 * 1024;  // of a line handed to a listener; the result has it whole
constexpr std::size_t kTail = 4096;
constexpr std::size_t kTailLines = 10;
constexpr double kTimeout = 600;

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? cat("SIG", name) : cat("signal ", signal);
}

std::size_t limit_of(const Value& args) { return static_cast<std::size_t>(args["max_output"].as_int(kMaxOutput)); }

}  // namespace

void Output::add(std::string_view text) {
  kept_ += text.substr(0, limit_ - std::min(limit_, kept_.size()));
  total_ += text.size();
  tail_ += text.substr(text.size() - std::min(text.size(), kTail));
  if (tail_.size() > 2 * kTail) tail_.erase(0, tail_.size() - kTail);
  if (on_event_) split_lines(text);
}

void Output::end() {
  if (on_event_ && (!line_.empty() || cut_)) emit();
}

std::string Output::last_lines() const {
  std::vector<std::string> lines = split(trim(tail_), '\n');
  if (lines.size() > kTailLines) lines.erase(lines.begin(), lines.end() - kTailLines);
  return printable(join(lines, "\n"));
}

void Output::split_lines(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    const std::size_t room = kMostLine - line_.size();
    if (piece.size() > room) cut_ = true;
    line_ += piece.substr(0, room);
    if (end == std::string_view::npos) return;
    emit();
    text.remove_prefix(end + 1);
  }
}

void Output::emit() {
  Value event = Value::object({{"event", "line"}, {"stream", name_}, {"line", std::move(line_)}});
  if (cut_) event.set("cut", true);
  line_.clear();
  cut_ = false;
  on_event_(std::move(event));
}

ProgramRun::ProgramRun(Verb verb, const Value& args, const std::function<void(Value)>& on_event, Done whoever)
    : out("stdout", limit_of(args), on_event),
      error("stderr", limit_of(args), on_event),
      command(show_command(args["argv"])),
      check(args["check"].as_bool(true)),
      reads(verb == Verb::kQuery),
      limit(static_cast<std::int64_t>(limit_of(args))),
      timeout(args["timeout"].as_number(kTimeout)),
      done(std::move(whoever)) {}

void ProgramRun::ended(const ProcessExit& exit) {
  out.end();
  error.end();
  done(outcome(exit));
}

void ProgramRun::late() { done(failed("machine.timeout", cat("did not end within ", show_duration(timeout)))); }

Error ProgramRun::failed(std::string code, const std::string& what) const {
  const std::string words = error.last_lines().empty() ? out.last_lines() : error.last_lines();
  const std::size_t last = words.rfind('\n');
  const std::string line = last == std::string::npos ? words : words.substr(last + 1);
  Error failure(std::move(code), cat("'", command, "' ", what, line.empty() ? "" : ": ", line));
  failure.context["command"] = command;
  if (!words.empty()) failure.context["output"] = words;
  return failure;
}

Result<Value> ProgramRun::outcome(const ProcessExit& exit) {
  if (check && (exit.code != 0 || exit.signal != 0)) {
    Error failure = failed("machine.exit", exit.signal ? cat("was ended by ", signal_name(exit.signal))
                                                       : cat("ended with exit code ", exit.code));
    if (exit.signal) failure.context["signal"] = signal_name(exit.signal);
    failure.context["exit_code"] = std::to_string(exit.signal ? 128 + exit.signal : exit.code);
    return failure;
  }
  const bool truncated = out.truncated() || error.truncated();
  if (truncated && reads) {
    return Error("machine.output_limit", cat("'", command, "' printed more than ", limit, " bytes"),
                 "raise max_output, or take the output line by line with on_line")
        .with("command", command);
  }
  Value result = Value::object({{"code", exit.signal ? 128 + exit.signal : exit.code}, {"seconds", exit.seconds}});
  result.set("stdout", out.take());
  result.set("stderr", error.take());
  if (exit.signal) result.set("signal", signal_name(exit.signal));
  if (truncated) result.set("truncated", true);
  return result;
}

}  // namespace runbook::machine
