// SPDX-License-Identifier: Apache-2.0
#include "host/cli/report.h"

#include "host/core/error_value.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kContextLines = 20;

void append_lines(std::string& out, std::string_view indent, std::string_view text, std::size_t most) {
  const auto lines = lines_of(text);
  const std::size_t first = lines.size() > most ? lines.size() - most : 0;
  for (std::size_t i = first; i < lines.size(); ++i) out += cat(indent, printable(lines[i]), "\n");
}

// " (docker.auth)": what programs look at. Of a mistyped command line it says nothing.
std::string show_code(const Value& error) {
  const std::string code = error["code"].as_string();
  return code.empty() || code == "usage" ? std::string() : cat(" (", printable(code), ")");
}

// What the remote or the module said.
std::string what(const Value& error) { return cat(printable(error["message"].as_string("unknown error")), show_code(error)); }

}  // namespace

std::string show_error(const Value& error, std::string_view step, const Paint& paint) {
  std::string where = printable(error["where"].as_string());
  if (error["message"].as_string().starts_with(cat(where, ":"))) where.clear();
  const auto messages = lines_of(error["message"].as_string());
  std::string out = paint.red(paint.bold("runbook:"));
  if (!where.empty()) out += cat(" ", where, ":");
  if (!step.empty()) {
    out += cat(" step '", one_line(step), "' failed\n");
  } else if (messages.size() > 1) {
    out += cat(" ", messages.size(), " problems", show_code(error), "\n");
  }
  if (messages.size() > 1) append_lines(out, "  ", error["message"].as_string(), messages.size());
  else out += step.empty() ? cat(" ", what(error), "\n") : cat("  ", what(error), "\n");

  for (const Value* cause = &error["cause"]; cause->is_object(); cause = &(*cause)["cause"]) out += cat("  because: ", what(*cause), "\n");
  const Value& context = error["context"];
  std::vector<std::string> pairs;
  for (const auto& [key, value] : context.members()) {
    if (key != "log" && value.is_string()) pairs.push_back(cat(printable(key), " ", one_line(value.as_string())));
  }
  if (!pairs.empty()) out += cat("  ", paint.dim(join(pairs, ", ")), "\n");
  if (const std::string log = context["log"].as_string(); !log.empty()) append_lines(out, paint.dim("  | "), log, kContextLines);
  if (const std::string hint = error["hint"].as_string(); !hint.empty()) {
    const auto lines = lines_of(hint);
    out += cat("  ", paint.yellow("hint:"), " ", printable(lines.front()), "\n");
    for (std::size_t i = 1; i < lines.size(); ++i) out += cat("        ", printable(lines[i]), "\n");
  }
  return out;
}

std::string show_error(const Error& error, const Paint& paint) { return show_error(error_to_value(error), {}, paint); }

std::string show_diff(std::string_view diff, std::string_view indent, std::size_t most, const Paint& paint) {
  std::string out;
  const auto lines = lines_of(diff);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (most && i >= most) return out + cat(indent, paint.dim(cat("... ", lines.size() - i, " more lines")), "\n");
    const std::string line = printable(lines[i]);
    const bool header = line.starts_with("+++") || line.starts_with("---");
    if (header) out += cat(indent, paint.bold(line), "\n");
    else if (line.starts_with('+')) out += cat(indent, paint.green(line), "\n");
    else if (line.starts_with('-')) out += cat(indent, paint.red(line), "\n");
    else if (line.starts_with("@@")) out += cat(indent, paint.cyan(line), "\n");
    else out += cat(indent, line, "\n");
  }
  return out;
}

std::string show_summary(const Value& run_end, const Paint& paint) {
  const auto count = [&](const char* key) { return run_end[key].as_int(); };
  std::vector<std::string> parts;
  const auto add = [&](std::int64_t number, std::string_view what, std::string (Paint::*colour)(std::string_view) const) {
    const std::string text = cat(number, " ", what);
    parts.push_back(number && colour ? (paint.*colour)(text) : text);
  };
  const std::string state = run_end["state"].as_string();
  if (state == "planned" || count("planned")) {
    add(count("planned"), "would change", &Paint::yellow);
  } else {
    add(count("changed"), "changed", &Paint::green);
  }
  add(count("unchanged"), "unchanged", nullptr);
  if (count("failed")) add(count("failed"), "failed", &Paint::red);
  if (run_end["seconds"].is_number()) parts.push_back(show_duration(run_end["seconds"].as_number()));
  if (state == "cancelled") parts.push_back(paint.yellow("interrupted"));
  return join(parts, ", ");
}

std::string show_fields(const Value& fields) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : fields.members()) {
    std::string text = value.is_string() ? printable(value.as_string()) : to_json(value);
    const bool plain = value.is_string() && !text.empty() && text.find_first_of(" \t\n\"=") == std::string::npos;
    if (value.is_string() && !plain) text = to_json(value);
    parts.push_back(cat(printable(key), "=", text));
  }
  return join(parts, " ");
}

std::vector<std::string> lines_of(std::string_view text) {
  auto lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (std::string& line : lines) {
    if (line.ends_with('\r')) line.pop_back();
  }
  return lines;
}

}  // namespace runbook::cli
