// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.h"
#include "host/cli/listing.h"
#include "host/core/text.h"
#include "host/journal/directory.h"

namespace runbook::cli {
namespace {

Result<journal::Reader> open_journal() { return journal::Reader::open(journal::state_directory()); }

Result<std::string> find_run(journal::Reader& reader, const CommandLine& line) {
  return reader.find(line.operands.empty() ? "last" : line.operand());
}

}  // namespace

int cmd_history(const Context& context) {
  auto reader = open_journal();
  if (!reader) return fail(context, reader.error());
  journal::RunFilter filter;
  filter.file = context.line.operand();
  auto runs = reader->runs(filter);
  if (!runs) return fail(context, runs.error());
  if (!context.json()) {
    context.out(show_runs(*runs, context.line.has("plain"), context.paint()));
    if (runs->empty() && context.console.out.terminal) context.console.err.write("no runs yet\n");
    return exit_code::kOk;
  }
  Value list{Value::Array{}};
  for (const auto& run : *runs) list.push(to_value(run));
  write_json(context, Value::object({{"schema", 1}, {"runs", std::move(list)}}));
  return exit_code::kOk;
}

int cmd_show(const Context& context) {
  auto reader = open_journal();
  if (!reader) return fail(context, reader.error());
  auto id = find_run(*reader, context.line);
  if (!id) return fail(context, id.error());
  auto run = reader->load(*id);
  if (!run) return fail(context, run.error());
  if (context.json()) {
    Value value = to_value(*run);
    value.set("schema", 1);
    write_json(context, value);
  } else {
    context.out(show_run(*run, context.paint()));
  }
  return exit_code::kOk;
}

int cmd_logs(const Context& context) {
  auto reader = open_journal();
  if (!reader) return fail(context, reader.error());
  auto id = find_run(*reader, context.line);
  if (!id) return fail(context, id.error());
  // In pieces: a run may have logged more than one wants in memory.
  for (journal::LineFilter filter;;) {
    auto lines = reader->lines(*id, filter);
    if (!lines) return fail(context, lines.error());
    if (lines->empty()) return exit_code::kOk;
    filter.after = lines->back().seq;
    std::string text;
    if (context.json()) {
      for (const auto& line : *lines) text += to_json(to_value(line)) + "\n";
    } else {
      text = show_lines(*lines, context.line.has("plain"), context.paint());
    }
    if (!context.console.out.write(text)) return exit_code::kOk;
  }
}

}  // namespace runbook::cli
