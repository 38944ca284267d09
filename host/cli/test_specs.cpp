// SPDX-License-Identifier: Apache-2.0
#include "host/cli/test_specs.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "host/cli/signals.h"
#include "host/cli/test_processes.h"
#include "host/core/error_value.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

bool is_spec(const std::filesystem::path& path) { return path.filename().string().ends_with("_spec.lua"); }

// "deploy_spec.lua" of "deploy.lua".
std::string spec_of(const std::string& path) {
  return path.ends_with(".lua") ? path.substr(0, path.size() - 4) + "_spec.lua" : path;
}

bool run_here(const std::vector<std::string>& specs, const RunSpec& run, TestReporter& reporter) {
  for (const std::string& spec : specs) {
    reporter.begin_file(spec);
    const Value error = run(spec, [&](const Value& event) { reporter.event(event); });
    if (Signals::last() != 0) return false;
    reporter.end_file(error);
  }
  return true;
}

}  // namespace

Result<std::vector<std::string>> find_specs(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> specs;
  for (const std::string& path : paths) {
    std::error_code error;
    const std::size_t before = specs.size();
    if (fs::is_directory(path, error)) {
      for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
        if (it->is_regular_file() && is_spec(it->path())) specs.push_back(it->path().lexically_normal().string());
      }
    } else if (fs::exists(path, error)) {
      specs.push_back(is_spec(path) ? path : spec_of(path));
      if (!fs::exists(specs.back(), error)) {
        return Error("usage", cat("'", printable(path), "' has no spec: there is no '", printable(specs.back()), "'"));
      }
    }
    if (error) return Error("usage", cat("cannot read '", printable(path), "': ", error.message()));
    if (specs.size() == before)
      return Error("usage", cat("no specs in '", printable(path), "'"), "specs are named *_spec.lua");
  }
  std::sort(specs.begin(), specs.end());
  specs.erase(std::unique(specs.begin(), specs.end()), specs.end());
  return specs;
}

int default_jobs() { return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))); }

bool run_specs(Host& host, const std::vector<std::string>& specs, int jobs, RunOptions options,
               TestReporter& reporter) {
  const RunSpec run = [&](const std::string& spec, const std::function<void(const Value&)>& on_event) {
    options.file = spec;
    options.on_event = on_event;
    const RunReport report = host.run(options);
    return report.error ? error_to_value(*report.error) : Value();
  };
  const Signals signals(host);
  // One file needs no other process.
  const bool apart = specs.size() > 1 && can_fork();
  return apart ? run_in_processes(specs, jobs, run, reporter) : run_here(specs, run, reporter);
}

}  // namespace runbook::cli
