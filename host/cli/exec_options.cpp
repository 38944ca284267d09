// SPDX-License-Identifier: Apache-2.0
#include "host/cli/exec_options.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "host/core/text.h"
#include "host/run/fleet_options.h"

namespace runbook::cli {
namespace {

std::string absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

// Reads the whole script before it begins: what the script runs finds nothing to read, and takes nothing of it away.
constexpr const char* kRunScript = R"(script=$(cat) || exit; eval "$script")";

// inventory.yaml or inventory.json here, or in a folder above that holds runbook.json.
std::string usual_inventory() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::current_path(error);
  for (bool first = true;; first = false) {
    for (const char* name : {"inventory.yaml", "inventory.json"}) {
      const std::string file = (folder / name).string();
      const bool ours = first || ::access((folder / "runbook.json").c_str(), F_OK) == 0;
      if (ours && ::access(file.c_str(), F_OK) == 0) return file;
    }
    if (!folder.has_parent_path() || folder == folder.parent_path()) return {};
    folder = folder.parent_path();
  }
}

}  // namespace

Status host_choice(const CommandLine& line, RunOptions& options) {
  const auto& names = limit_names();
  for (const std::string& limit : line.values("limit")) {
    // "cpu" without a value is a slip, and no host.
    const bool of_run = limit.find('=') != std::string::npos || std::find(names.begin(), names.end(), limit) != names.end();
    (of_run ? options.limits : options.hosts).push_back(limit);
  }
  if (line.has("inventory")) options.inventory = absolute(line.value("inventory"));
  if (!line.has("forks")) return Unit{};
  const std::string text = line.value("forks");
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), options.forks);
  if (problem == std::errc() && end == text.data() + text.size() && options.forks > 0) return Unit{};
  return Error("usage", cat("'--forks' expects a number from 1 on, got '", printable(text), "'"));
}

Status exec_options(const Context& context, RunOptions& options) {
  const CommandLine& line = context.line;
  options.file = kExecRunbook;
  std::vector<std::string> argv = line.parameters;
  Value params = Value::object({{"on_hosts", line.value("on")}});
  if (line.has("script")) {
    auto script = read_text_file(line.value("script"));
    if (!script) return std::move(script).error();
    params.set("input", std::move(*script));
    argv.insert(argv.begin(), {"sh", "-c", kRunScript, "sh"});
  }
  params.set("argv", Value::strings(argv));
  if (line.has("sudo")) params.set("root", true);
  if (line.has("timeout")) params.set("time", line.value("timeout"));
  options.params_file = std::move(params);
  if (!line.has("inventory")) options.inventory = usual_inventory();
  if (line.has("inventory") || !options.inventory.empty()) return Unit{};
  return Error("usage", "'exec' expects an inventory: --inventory FILE", "or inventory.yaml here, or beside runbook.json");
}

}  // namespace runbook::cli
