// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_ask.h"

#include "modules/machine/file_value.h"
#include "modules/machine/shell_error.h"

namespace runbook::machine {

namespace {
bool has_failed(const ShellEnd& end) { return end.code != 0 || !end.reason.empty(); }
}  // namespace

Cancel ask_script(World& world, const Value& target, ShellScript script, ShellFailure failure, ShellAnswer answer,
                  Done done) {
  return run_script(world, target, std::move(script),
                    [failure = std::move(failure), answer = std::move(answer),
                     done = std::move(done)](Result<ShellEnd> end) mutable {
                      if (!end) return done(std::move(end).error());
                      if (has_failed(*end)) return done(failure(*end));
                      done(answer(*end));
                    });
}

ShellFailure shell_failure(const char* doing, std::string path) {
  return [doing, path = std::move(path)](const ShellEnd& end) { return shell_error(end, doing, path); };
}

std::optional<Error> failure_of(const ShellEnd& end, const char* doing, const std::string& path) {
  if (!has_failed(end)) return std::nullopt;
  return shell_error(end, doing, path);
}

std::string octal_of(std::optional<unsigned> mode) { return mode ? "0" + show_mode(*mode) : ""; }

}  // namespace runbook::machine
