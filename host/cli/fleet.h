// SPDX-License-Identifier: Apache-2.0
//
// The hosts of a run's rollouts, as its events tell of them: which are under way, what each printed last, how many ended
// how.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/cli/console.h"
#include "runbook/value.h"

namespace runbook::cli {

/// How the lines of hosts are told apart.
enum class HostLines {
  kGrouped,      ///< each host's together, when it ends
  kPrefixed,     ///< as they come, each behind its host's name
  kInterleaved,  ///< as they come
};
HostLines host_lines_of(std::string_view name);

struct FleetHost {
  std::string name, path;
  std::string doing;             ///< title of the step inside that began last
  std::string last_line;
  std::deque<std::string> tail;  ///< the last lines that it printed
  std::string kept;              ///< lines that wait for its end
  double started = 0;
};

class Fleet {
 public:
  void begin(const Value& rollout_start);
  void host_start(const Value& event, double now);
  /// The host under way whose step, or a step inside it, has this path; null where there is none.
  FleetHost* host_of(std::string_view path) const;
  /// Takes the host out; null where it did not begin.
  std::unique_ptr<FleetHost> host_end(const Value& event);
  /// Takes out the hosts that were under way when the rollout ended.
  std::vector<std::unique_ptr<FleetHost>> end(const Value& rollout_end);

  bool empty() const { return rollouts_.empty(); }
  /// How many hosts the rollout has of which this is an event of a host.
  int total(const Value& host_event) const;
  /// At most `room` lines, of which the first counts: what a person sees of hundreds of hosts that are under way.
  std::vector<std::string> view(double now, std::size_t room, const Paint& paint) const;

 private:
  struct Rollout {
    std::string title;
    std::string path;  ///< what the paths of its hosts begin with: titles repeat where rollouts are inside hosts
    int total = 0;
    std::map<std::string, int> ended;  ///< by state
    std::map<std::string, std::unique_ptr<FleetHost>, std::less<>> running;  ///< by path
  };
  Rollout* of_host(const Value& host_event) const;
  std::vector<std::string> view_of(const Rollout& rollout, double now, std::size_t room, const Paint& paint) const;

  std::vector<std::unique_ptr<Rollout>> rollouts_;
};

/// "changed web1 (2 changed, 1.2 s)", "failed web3 (1.0 s): the reason (its.code)".
std::string show_host_end(const Value& event, const Paint& paint);
/// "update: 500 hosts, 496 changed, 3 failed, 1 unreachable"; of a dry run "496 would change".
std::string show_fleet_counts(const Value& rollout_end, bool dry_run, const Paint& paint);
/// A line for each host that failed, what may help, and why others were not begun.
std::string show_fleet_failures(const Value& rollout_end, const Paint& paint);

}  // namespace runbook::cli
