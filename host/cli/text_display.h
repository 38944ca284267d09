// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/changes.h"
#include "host/cli/display.h"
#include "host/cli/report.h"

namespace runbook::cli {

/// What the displays for people share: prints go to stdout, messages to stderr; the record of a run goes to stderr, or
/// to stdout where it is what was asked for: in a dry run.
class TextDisplay : public Display {
 public:
  TextDisplay(const Console& console, const DisplayOptions& options)
      : console_(console), verbose_(options.verbose), host_lines_(options.hosts.value_or(HostLines::kGrouped)), shows_output_(options.hosts.has_value()) {}
  void event(const Value& event) final;

 protected:
  virtual void step_start(const Value&) {}
  virtual void step_end(const Value&) {}
  virtual void effect_start(const Value&) {}
  /// `show`: this is one of the changes to tell of.
  virtual void effect_end(const Value&, bool /*show*/) {}
  virtual void output(const Value&) {}
  /// Before anything is written: the moving part of the screen goes away.
  virtual void clear() {}
  virtual void run_end() {}
  virtual bool shows_record() const { return true; }
  /// Whether each of so many hosts is told of when it ends; those that failed always are.
  virtual bool tells_every_host(int /*total*/) const { return true; }
  /// A host began, printed something or ended.
  virtual void fleet_moved() {}
  const Fleet& fleet() const { return fleet_; }

  void print(std::string_view text);
  void message(std::string_view text);
  void record(std::string_view text);
  Paint record_paint() const { return Paint(record_stream().colour); }
  bool dry_run() const { return dry_run_; }

  /// "change   create container 'web-green'" and, where wanted, its diff.
  std::string change_text(const Value& effect, std::string_view indent, bool diff) const;
  /// "1 changed, 2.1 s".
  static std::string step_result(const Value& step);
  static std::string path_of(const Value& event);

  const Console& console_;
  const int verbose_;

 private:
  const Stream& record_stream() const { return dry_run_ ? console_.out : console_.err; }
  void log(const Value& event);
  void remember_output(const Value& event);
  void end(const Value& event);
  // Of the hosts of a rollout (text_display_hosts.cpp).
  void host_step(FleetHost& host, const Value& event, bool ended);
  void host_output(FleetHost& host, const Value& event);
  void host_end(const Value& event);
  void rollout_end(const Value& event);
  void host_text(FleetHost& host, std::string_view text, bool is_error = false);
  void write_host(std::string_view text, bool is_error = false);
  void flush(FleetHost& host, const std::string& header);

  struct Failure {
    Value error;
    std::string title;
    std::vector<std::string> tail;
  };

  const HostLines host_lines_;
  const bool shows_output_;  ///< of programs on hosts, whatever the verbosity
  bool results_ = false;     ///< it is the result of the run: of `exec`
  Fleet fleet_;
  Changes changes_;
  std::map<std::string, std::deque<std::string>> tails_;  // the last lines of output of the running steps
  std::vector<Failure> failures_;
  std::string file_;
  bool dry_run_ = false;
};

}  // namespace runbook::cli
