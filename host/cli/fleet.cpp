// SPDX-License-Identifier: Apache-2.0
#include "host/cli/fleet.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kMostRunningShown = 10;
constexpr std::size_t kWidestName = 24;
constexpr std::size_t kMostHints = 5;
constexpr const char* kPlanned = "would change";

// The states in the order in which they are counted.
constexpr const char* kStates[] = {"ok", "changed", kPlanned, "failed", "unreachable", "cancelled", "skipped"};

std::string painted(const std::string& state, std::string_view text, const Paint& paint) {
  if (state == "failed" || state == "unreachable") return paint.red(text);
  if (state == "ok") return paint.green(text);
  return paint.yellow(text);
}

std::string path_of_rollout(const Value& event) { return event["path"].as_string(event["title"].as_string()); }

// A host's state, as it is shown.
std::string state_of_host(const Value& host_end) {
  const std::string state = host_end["state"].as_string();
  return state == "changed" && host_end["planned"].as_int() > 0 && host_end["changed"].as_int() == 0 ? kPlanned : state;
}

std::string reason_of(const Value& error) {
  const std::string code = error["code"].as_string();
  return cat(one_line(error["message"].as_string("unknown error")), code.empty() ? "" : cat(" (", printable(code), ")"));
}

std::string padded(std::string text, std::size_t width) {
  const auto used = static_cast<std::size_t>(text_width(text));
  return used < width ? text + std::string(width - used, ' ') : text;
}

}  // namespace

HostLines host_lines_of(std::string_view name) {
  if (name == "prefixed") return HostLines::kPrefixed;
  return name == "interleaved" ? HostLines::kInterleaved : HostLines::kGrouped;
}

// Of rollouts inside hosts of others the innermost.
Fleet::Rollout* Fleet::of_host(const Value& host_event) const {
  const std::string path = host_event["path"].as_string();
  Rollout* innermost = nullptr;
  for (const auto& rollout : rollouts_) {
    if (path.starts_with(rollout->path + "[") && (!innermost || innermost->path.size() < rollout->path.size())) innermost = rollout.get();
  }
  return innermost;
}

void Fleet::begin(const Value& rollout_start) {
  auto rollout = std::make_unique<Rollout>();
  rollout->title = rollout_start["title"].as_string();
  rollout->path = path_of_rollout(rollout_start);
  rollout->total = static_cast<int>(rollout_start["hosts"].as_int());
  rollouts_.push_back(std::move(rollout));
}

void Fleet::host_start(const Value& event, double now) {
  Rollout* rollout = of_host(event);
  if (!rollout) return;
  auto host = std::make_unique<FleetHost>();
  host->name = one_line(event["host"].as_string());
  host->path = event["path"].as_string();
  host->started = now;
  const std::string path = host->path;
  rollout->running[path] = std::move(host);
}

FleetHost* Fleet::host_of(std::string_view path) const {
  if (rollouts_.empty()) return nullptr;
  // A host's path ends with its name in brackets; of hosts inside hosts the innermost counts.
  for (std::size_t at = path.rfind(']'); at != std::string_view::npos; at = at == 0 ? std::string_view::npos : path.rfind(']', at - 1)) {
    for (const auto& rollout : rollouts_) {
      const auto found = rollout->running.find(path.substr(0, at + 1));
      if (found != rollout->running.end()) return found->second.get();
    }
  }
  return nullptr;
}

std::unique_ptr<FleetHost> Fleet::host_end(const Value& event) {
  Rollout* rollout = of_host(event);
  if (!rollout) return nullptr;
  ++rollout->ended[state_of_host(event)];
  const auto found = rollout->running.find(event["path"].as_string());
  if (found == rollout->running.end()) return nullptr;
  auto host = std::move(found->second);
  rollout->running.erase(found);
  return host;
}

std::vector<std::unique_ptr<FleetHost>> Fleet::end(const Value& rollout_end) {
  std::vector<std::unique_ptr<FleetHost>> left;
  const std::string path = path_of_rollout(rollout_end);
  const auto found = std::find_if(rollouts_.begin(), rollouts_.end(), [&](const auto& rollout) { return rollout->path == path; });
  if (found == rollouts_.end()) return left;
  for (auto& [host_path, host] : (*found)->running) left.push_back(std::move(host));
  rollouts_.erase(found);
  return left;
}

int Fleet::total(const Value& host_event) const {
  const Rollout* rollout = of_host(host_event);
  return rollout ? rollout->total : 0;
}

std::vector<std::string> Fleet::view_of(const Rollout& rollout, double now, std::size_t room, const Paint& paint) const {
  std::vector<std::string> counts;
  int begun = static_cast<int>(rollout.running.size());
  int ended = 0;
  for (const char* state : kStates) {
    const auto found = rollout.ended.find(state);
    if (found == rollout.ended.end()) continue;
    ended += found->second;
    counts.push_back(painted(state, cat(found->second, " ", state), paint));
  }
  begun += ended;
  if (!rollout.running.empty()) counts.push_back(cat(rollout.running.size(), " running"));
  if (begun < rollout.total) counts.push_back(cat(rollout.total - begun, " waiting"));
  std::vector<std::string> lines = {cat(paint.bold(one_line(rollout.title)), "  ", ended, "/", rollout.total, "  ", join(counts, ", "))};
  std::vector<const FleetHost*> slowest;
  for (const auto& [path, host] : rollout.running) slowest.push_back(host.get());
  std::stable_sort(slowest.begin(), slowest.end(), [](const FleetHost* a, const FleetHost* b) { return a->started < b->started; });
  std::size_t shown = std::min({slowest.size(), kMostRunningShown, room > 1 ? room - 1 : 0});
  const bool more = slowest.size() > shown;
  if (more && shown > 0 && lines.size() + shown + 1 > room) --shown;
  std::size_t width = 0;
  for (std::size_t i = 0; i < shown; ++i) width = std::max(width, std::min(kWidestName, slowest[i]->name.size()));
  for (std::size_t i = 0; i < shown; ++i) {
    const FleetHost& host = *slowest[i];
    const std::string said = host.doing.empty() || host.last_line.empty() ? host.doing + host.last_line : cat(host.doing, ": ", host.last_line);
    lines.push_back(cat("  ", padded(host.name, width), "  ", padded(show_duration(now - host.started), 6), "  ", paint.dim(said)));
  }
  if (more && lines.size() < room) lines.push_back(cat("  ", paint.dim(cat("and ", slowest.size() - shown, " more running"))));
  return lines;
}

std::vector<std::string> Fleet::view(double now, std::size_t room, const Paint& paint) const {
  std::vector<std::string> lines;
  for (const auto& rollout : rollouts_) {
    if (lines.size() >= room) break;
    for (std::string& line : view_of(*rollout, now, room - lines.size(), paint)) lines.push_back(std::move(line));
  }
  return lines;
}

std::string show_host_end(const Value& event, const Paint& paint) {
  const std::string state = state_of_host(event);
  std::vector<std::string> notes;
  if (event["earlier"].as_bool()) notes.emplace_back("done before");
  if (const auto changed = event["changed"].as_int(); changed > 0) notes.push_back(cat(changed, " changed"));
  if (const auto planned = event["planned"].as_int(); planned > 0) {
    notes.push_back(cat(planned, " ", state != kPlanned ? kPlanned : planned == 1 ? "change" : "changes"));
  }
  if (event["seconds"].is_number()) notes.push_back(show_duration(event["seconds"].as_number()));
  std::string line = cat(painted(state, state, paint), " ", one_line(event["host"].as_string()));
  if (!notes.empty()) line += cat(" (", join(notes, ", "), ")");
  if (event["error"].is_object()) line += cat(": ", reason_of(event["error"]));
  return line + "\n";
}

std::string show_fleet_counts(const Value& rollout_end, bool dry_run, const Paint& paint) {
  std::vector<std::string> counts;
  for (const char* state : kStates) {
    const auto count = rollout_end[state].as_int();
    if (count == 0) continue;
    const bool planned = dry_run && std::string_view(state) == "changed";
    std::string text = painted(state, cat(count, " ", planned ? kPlanned : state), paint);
    if (std::string_view(state) == "ok" && rollout_end["earlier"].as_int() > 0) text += cat(" (", rollout_end["earlier"].as_int(), " done before)");
    counts.push_back(std::move(text));
  }
  const auto total = rollout_end["total"].as_int();
  return cat(one_line(rollout_end["title"].as_string()), ": ", total, total == 1 ? " host, " : " hosts, ", join(counts, ", "), "\n");
}

std::string show_fleet_failures(const Value& rollout_end, const Paint& paint) {
  std::string out;
  std::vector<std::string> hints;
  for (const Value& host : rollout_end["hosts"].items()) {
    if (!host["error"].is_object()) continue;
    std::string hint = one_line(host["error"]["hint"].as_string());
    if (!hint.empty() && std::find(hints.begin(), hints.end(), hint) == hints.end()) hints.push_back(std::move(hint));
    const std::string state = host["state"].as_string();
    out += cat("  ", painted(state, state, paint), " ", one_line(host["host"].as_string()), ": ", reason_of(host["error"]), "\n");
  }
  // What helps one host mostly helps others.
  for (std::size_t i = 0; i < std::min(hints.size(), kMostHints); ++i) out += cat("  ", paint.yellow("hint:"), " ", hints[i], "\n");
  if (hints.size() > kMostHints) out += cat("  and ", hints.size() - kMostHints, " more hints\n");
  const auto skipped = rollout_end["skipped"].as_int();
  const std::string why = one_line(rollout_end["why"].as_string());
  if (skipped > 0) out += cat("  ", paint.yellow(cat(skipped, " not begun")), why.empty() ? "" : cat(": ", why), "\n");
  return out;
}

}  // namespace runbook::cli
