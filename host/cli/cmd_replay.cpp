// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/run_session.h"
#include "host/core/text.h"
#include "host/run/cassette.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kMostShown = 20;

Result<RunOptions> options_of(const Context& context) {
  const CommandLine& line = context.line;
  RunOptions options;
  options.replay = line.operand();
  options.file = line.operand(1);
  options.arguments = line.parameters;
  options.allow = line.values("allow");
  options.deny = line.values("deny");
  options.limits = line.values("limit");
  if (!line.has("params")) return options;
  auto params = read_params_file(context.host, line.value("params"));
  if (!params) return std::move(params).error();
  options.params_file = std::move(*params);
  return options;
}

}  // namespace

int cmd_replay(const Context& context) {
  auto options = options_of(context);
  if (!options) return fail(context, options.error());
  auto cassette = read_cassette(options->replay);
  if (!cassette) return fail(context, cassette.error());
  const std::string file = options->file.empty() ? cassette->header.file : options->file;
  auto info = context.host.read(file);
  if (!info) return fail(context, info.error());
  const Stream& err = context.console.err;
  const Paint paint(err.colour);
  if (info->hash != cassette->header.file_hash) {
    err.write(cat(paint.yellow("warning:"), " '", printable(file), "' is not as it was when it was recorded\n"));
  }
  auto session = RunSession::open(context);
  if (!session) return fail(context, session.error());
  const RunReport report = (*session)->run(std::move(*options));
  // What the run itself ended with has been shown.
  if (report.error && (report.error->code == "replay.unasked" || report.error->context.count("caught") > 0)) {
    err.write(show_error(*report.error, paint));
  }
  if (!report.unasked.empty()) {
    err.write(paint.bold("recorded, but not asked for:\n"));
    const std::size_t shown = std::min(report.unasked.size(), kMostShown);
    for (std::size_t i = 0; i < shown; ++i) err.write(cat("  ", printable(report.unasked[i]), "\n"));
    if (report.unasked.size() > shown) err.write(cat("  and ", report.unasked.size() - shown, " more\n"));
  }
  return (*session)->status(report);
}

}  // namespace runbook::cli
