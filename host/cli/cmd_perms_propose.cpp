// SPDX-License-Identifier: Apache-2.0
//
// The least permissions that a dry run was seen to need, ready to be pasted.
#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/run_session.h"
#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/gate/permission_review.h"
#include "host/gate/permission_text.h"

namespace runbook::cli {
namespace {

/// The plan itself is not what was asked for.
class SilentDisplay final : public Display {
 public:
  void event(const Value&) override {}
};

Result<RunOptions> dry_run_of(const Context& context) {
  RunOptions options;
  options.file = context.line.operand();
  options.arguments = context.line.parameters;
  options.allow = context.line.values("allow");
  options.deny = context.line.values("deny");
  options.limits = context.line.values("limit");
  options.mode = Mode::kDryRun;
  options.propose = true;
  if (!context.line.has("params")) return options;
  auto params = read_params_file(context.host, context.line.value("params"));
  if (!params) return std::move(params).error();
  options.params_file = std::move(*params);
  return options;
}

// What is missing, what is too much, and how far the dry run has seen.
std::string remarks(const RunReport& report, const Paint& paint) {
  std::string out;
  const auto& missing = report.permissions["undeclared"].items();
  if (!missing.empty()) out += paint.bold("used, but not declared:\n");
  for (const Value& entry : missing) {
    out += cat("  ", entry["shown"].as_string(), "\n    ", paint.dim("add: "), printable(entry["add"].as_string()),
               "\n    ", paint.dim("or for one run: "), printable(entry["allow"].as_string()), "\n");
  }
  const auto& unused = report.permissions["unused"].items();
  if (!unused.empty()) out += paint.bold("declared, but not used in this dry run:\n");
  for (const Value& entry : unused) {
    out += cat(
        "  ",
        PermissionEntry{entry["kind"].as_string(), entry["target"].as_string(), entry["pattern"].as_string()}.show(),
        "\n");
  }
  if (const auto reads = report.permissions["withheld_reads"].as_int(); reads > 0) {
    out += cat(paint.yellow("not complete:"), " ", reads, reads == 1 ? " read" : " reads",
               " that the runbook does not declare ", reads == 1 ? "was" : "were", " not made; what depends on what ",
               reads == 1 ? "it gives" : "they give", " was not seen (see --allow)\n");
  }
  if (const Value& end = report.plan["end"]; end.is_object()) {
    out += cat(paint.yellow("not complete:"), " the dry run could not go on at ", printable(end["where"].as_string()),
               ": ", printable(end["because"].as_string()), "; what comes after it is not in the proposal\n");
  } else if (report.error) {
    out += cat(paint.yellow("not complete:"), " the dry run failed; what comes after that is not in the proposal\n");
  }
  return out;
}

}  // namespace

int cmd_perms_propose(const Context& context) {
  auto options = dry_run_of(context);
  if (!options) return fail(context, options.error());
  auto session = RunSession::open(context, std::make_unique<SilentDisplay>());
  if (!session) return fail(context, session.error());
  const RunReport report = (*session)->run(std::move(*options));
  if (report.permissions.is_null()) return fail(context, *report.error);
  const int status = (*session)->status(report);
  if (context.json()) {
    Value value = report.permissions;
    value.set("schema", 1);
    value.set("file", context.line.operand());
    value.set("complete", !report.error && report.plan["end"].is_null() && value["withheld_reads"] == Value(0));
    if (report.plan["end"].is_object()) value.set("end", report.plan["end"]);
    if (report.error) value.set("error", error_to_value(*report.error));
    write_json(context, value);
    return status;
  }
  context.out(permissions_to_lua(report.permissions["permissions"]) + "\n");
  const Paint paint(context.console.err.colour);
  if (report.error) context.console.err.write(show_error(*report.error, paint));
  context.console.err.write(remarks(report, paint));
  return status;
}

}  // namespace runbook::cli
