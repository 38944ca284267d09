// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/command_line.h"
#include "host/cli/console.h"
#include "host/run/declaration.h"
#include "host/run/meta.h"
#include "runbook/host.h"

namespace runbook::cli {

/// What a command works with.
struct Context {
  Host& host;
  const CommandLine& line;
  const Console& console;

  void out(std::string_view text) const { console.out.write(text); }
  bool json() const { return line.has("json"); }
  bool plain() const { return line.has("plain") || !console.out.terminal; }
  Paint paint() const { return Paint(console.out.colour); }
};

/// Each gives the exit status.
int cmd_run(const Context& context);  ///< run, plan, exec, record, resume, undo
int cmd_replay(const Context& context);
int cmd_history(const Context& context);
int cmd_show(const Context& context);
int cmd_logs(const Context& context);
int cmd_check(const Context& context);
int cmd_help(const Context& context);
int cmd_perms(const Context& context);
int cmd_perms_propose(const Context& context);  ///< perms --propose
int cmd_perms_from_test(const Context& context);  ///< perms --from-test
int cmd_test(const Context& context);
int cmd_secret(const Context& context);
int cmd_doctor(const Context& context);
int cmd_version(const Context& context);

/// Says what went wrong and gives the status to end with.
int fail(const Context& context, const Error& error);
/// Pretty on a terminal, one line elsewhere.
void write_json(const Context& context, const Value& value);

/// The declarations of the built-in modules.
std::vector<Meta> module_metas(const Host& host);
/// What a file declares, without running it.
Result<Declaration> declaration_of(Host& host, const std::string& file);
/// The whole of a file, which must not be larger than a person would write.
Result<std::string> read_text_file(const std::string& file);
/// Reads a JSON or YAML file of parameters.
Result<Value> read_params_file(const Host& host, const std::string& file);

}  // namespace runbook::cli
