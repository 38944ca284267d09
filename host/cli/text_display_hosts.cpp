// SPDX-License-Identifier: Apache-2.0
//
// What is written of the hosts of a rollout: their lines, together or as they come, how each ended, and the summary.
#include "host/cli/text_display.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kTail = 10;
constexpr std::size_t kMostKept = 1 << 20;  // bytes of a host's lines; then they are written before it ends

}  // namespace

void TextDisplay::host_step(FleetHost& host, const Value& event, bool ended) {
  const std::string path = path_of(event);
  const bool inside = path.size() > host.path.size();
  host.doing = ended || !inside ? "" : one_line(event["title"].as_string());
  fleet_moved();
  if (!inside || results_) return;
  const std::string title = one_line(path.substr(host.path.size() + (path[host.path.size()] == '/' ? 1 : 0)));
  if (!ended) {
    if (host_lines_ != HostLines::kGrouped) host_text(host, cat("step ", title));
    return;
  }
  const std::string result = step_result(event);
  host_text(host, cat(event["state"].as_string("done"), " ", title, result.empty() ? "" : cat(" (", result, ")")));
}

void TextDisplay::host_output(FleetHost& host, const Value& event) {
  const std::string line = printable(event["line"].as_string());
  host.last_line = one_line(line);
  host.tail.push_back(line);
  if (host.tail.size() > kTail) host.tail.pop_front();
  fleet_moved();
  const bool is_error = event["stream"].as_string() == "stderr";
  if (results_) host_text(host, line, is_error);
  else if (shows_output_ || verbose_ > 0) host_text(host, cat("| ", line), is_error);
}

void TextDisplay::host_text(FleetHost& host, std::string_view text, bool is_error) {
  std::vector<std::string> lines = lines_of(text);
  if (lines.empty()) lines.emplace_back();
  for (const std::string& line : lines) {
    if (host_lines_ == HostLines::kGrouped) {
      host.kept += cat("  ", line, "\n");
      if (host.kept.size() > kMostKept) flush(host, cat(host.name, " goes on:\n"));
    } else {
      write_host(host_lines_ == HostLines::kPrefixed ? cat(host.name, " | ", line, "\n") : cat(line, "\n"), is_error);
    }
  }
}

// What programs print is the result where it is what was asked for; all else is the record of the run.
void TextDisplay::write_host(std::string_view text, bool is_error) {
  if (!results_ || dry_run_) record(text);
  else if (is_error) message(text);
  else print(text);
}

void TextDisplay::flush(FleetHost& host, const std::string& header) {
  write_host(header + host.kept);
  host.kept.clear();
}

void TextDisplay::host_end(const Value& event) {
  const int total = fleet_.total(event);
  const auto host = fleet_.host_end(event);
  const bool failed = event["error"].is_object();
  fleet_moved();
  if (host && failed && !results_ && !shows_output_ && verbose_ == 0) {
    for (const std::string& line : host->tail) host_text(*host, cat("| ", line));
  }
  if (host && results_ && !dry_run_ && !host->kept.empty()) {
    flush(*host, show_host_end(event, Paint(console_.out.colour)));
  } else if (failed || tells_every_host(total) || verbose_ > 0 || shows_output_) {
    record(cat(show_host_end(event, record_paint()), host ? host->kept : ""));
  }
}

void TextDisplay::rollout_end(const Value& event) {
  for (const auto& host : fleet_.end(event)) {
    if (!host->kept.empty()) flush(*host, cat("cancelled ", host->name, "\n"));
  }
  const std::string failures = show_fleet_failures(event, record_paint());
  if (shows_record() || dry_run_) record(cat(show_fleet_counts(event, dry_run_, record_paint()), failures));
  else if (!failures.empty()) message(failures);
}

}  // namespace runbook::cli
