// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/process_record.h"

#include "host/core/text.h"
#include "modules/machine/file_value.h"

namespace runbook::machine {

Status check_process_name(const std::string& name) {
  const bool plain =
      !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string::npos;
  if (plain) return Unit{};
  return Error("machine.argument", cat("'", printable(name), "' is no name for a process"),
               "use letters, digits, '.', '_' and '-', starting with a letter or digit");
}

std::string process_fingerprint(const Value& args, const std::string& salt) {
  Value what =
      Value::object({{"argv", args["argv"]}, {"cwd", args["cwd"]}, {"env", args["env"]}, {"log", args["log"]}});
  if (what["env"].members().empty()) what.set("env", nullptr);
  return sha256_text(salt + to_wire_json(what));
}

Value process_given(const Value& args) {
  Value given =
      Value::object({{"name", args["name"]}, {"argv", args["argv"]}, {"environment", !args["env"].members().empty()}});
  for (const char* key : {"cwd", "log"}) {
    if (args.has(key)) given.set(key, args[key]);
  }
  return given;
}

Value describe_process(const Value& record, bool running) {
  Value out = Value::Object{};
  for (const char* key : {"name", "pid", "argv", "cwd", "log", "started"}) {
    if (record.has(key)) out.set(key, record[key]);
  }
  out.set("running", running);
  return out;
}

Value verified_process(const Value& record, bool running, const Value& args) {
  if (record.is_null()) return Value::object({{"state", "absent"}});
  Value out = describe_process(record, running);
  const bool same = record["fingerprint"].as_string() == process_fingerprint(args, record["salt"].as_string());
  out.set("state", !running ? "stopped" : same ? "same" : "different");
  return out;
}

Error process_exists(const std::string& name, std::int64_t pid) {
  return Error("machine.exists", cat("process '", name, "' runs already, with pid ", pid), "stop it first");
}

Error process_ended(const std::string& name, const std::string& how, const std::string& words) {
  Error failed("machine.exit", cat("process '", name, "' ended at once, ", how));
  if (!words.empty()) failed.message += cat(": ", words.substr(words.rfind('\n') + 1));
  if (!words.empty()) failed.context["output"] = words;
  return failed;
}

Result<Value> process_again(const Value& args) {
  const Value& before = args["before"];
  if (!before["environment"].as_bool() && !before["argv"].items().empty()) return before;
  return Error(
      "machine.cannot_revert",
      cat("process '", args["name"].as_string(), "' cannot be started again: it had an environment, which is not kept"),
      "run again what started it");
}

}  // namespace runbook::machine
