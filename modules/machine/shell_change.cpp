// SPDX-License-Identifier: Apache-2.0
// Changing files by scripts, and bringing them back.
#include "host/core/shell_quote.h"
#include "host/core/text.h"
#include "modules/machine/file_value.h"
#include "modules/machine/local.h"
#include "modules/machine/shell_ask.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

namespace {

const char* script_of(Verb verb) {
  switch (verb) {
    case Verb::kAppend: return kAppendScript;
    case Verb::kCopy: return kCopyScript;
    case Verb::kRename: return kRenameScript;
    case Verb::kRemove: return kRemoveScript;
    case Verb::kDirectoryCreate: return kDirectoryScript;
    case Verb::kLinkCreate: return kLinkScript;
    case Verb::kAttributesUpdate: return kAttributesScript;
    default: return kWriteScript;
  }
}

Cancel refuse(Done done, Error error) {
  done(std::move(error));
  return {};
}

Cancel perform(Invocation& call, std::string text, std::string input, const char* what, std::string path,
               ShellAnswer answer, Done done) {
  ShellScript script;
  script.text = std::move(text);
  script.input = std::move(input);
  return ask_script(call.world, call.args["target"], std::move(script), shell_failure(what, std::move(path)),
                    std::move(answer), std::move(done));
}

}  // namespace

const char* doing(Verb verb) {
  switch (verb) {
    case Verb::kRead:
    case Verb::kChecksum:
    case Verb::kFileVerify: return "read";
    case Verb::kStat:
    case Verb::kFind: return "stat";
    case Verb::kList: return "list";
    case Verb::kAppend: return "append to";
    case Verb::kCopy: return "copy";
    case Verb::kRename: return "rename";
    case Verb::kRemove: return "remove";
    case Verb::kDirectoryCreate:
    case Verb::kLinkCreate: return "create";
    case Verb::kAttributesUpdate: return "change";
    default: return "write";
  }
}

Cancel shell_change(Verb verb, Invocation call, Done done) {
  const Value& args = call.args;
  const bool two = verb == Verb::kCopy || verb == Verb::kRename;
  auto path = shell_path(args[two ? "to" : "path"]);
  if (!path) return refuse(std::move(done), std::move(path).error());
  if (*path == "/" && verb == Verb::kRemove)
    return refuse(std::move(done), Error("machine.path", "refusing to remove '/'"));
  auto mode = mode_of(args);
  if (!mode) return refuse(std::move(done), std::move(mode).error());

  Variables variables;
  variables.path(*path).set("owner", args["owner"].as_string()).set("group", args["group"].as_string());
  variables.set("mode", octal_of(*mode)).set("new", args["content"].is_secret() ? "0600" : "0644");
  variables.flag("replace", args["replace"].as_bool())
      .flag("recursive", args["recursive"].as_bool())
      .set("uid", "")
      .set("gid", "");
  std::string about = *path;
  if (two) {
    auto from = shell_path(args["from"]);
    if (!from) return refuse(std::move(done), std::move(from).error());
    variables.set("a", *from);
    about = *from == *path ? *path : cat(*from, "' to '", *path);
  }
  if (verb == Verb::kLinkCreate) {
    const std::string& to = args["to"].as_string();
    if (to.empty() || to.find('\0') != std::string::npos) {
      return refuse(std::move(done), Error("machine.path", "the target of a link cannot be empty"));
    }
    variables.set("to", to);
  }
  std::string input;
  if (verb == Verb::kWrite || verb == Verb::kAppend) {
    input = args["content"].reveal();
    variables.set("size", static_cast<std::int64_t>(input.size()));
  }
  auto answer = [verb, path = *path](const ShellEnd& end) -> Result<Value> {
    Records records(end);
    const auto where = records.where();
    const std::string real = where ? path_in(*where, last_of(path)) : path;
    return Value::object({{"path", real}, {"changed", verb != Verb::kRemove || records.line() == "removed"}});
  };
  return perform(call, cat(kBaseFunctions, kChangeFunctions, variables.text(), script_of(verb)), std::move(input),
                 doing(verb), std::move(about), std::move(answer),
                 [verb, path = *path, done = std::move(done)](Result<Value> result) mutable {
                   if (!result && verb == Verb::kRemove && result.error().code == "machine.not_found") {
                     return done(Value::object({{"path", path}, {"changed", false}}));
                   }
                   done(std::move(result));
                 });
}

Cancel shell_revert(Verb verb, Invocation call, Done done) {
  const Value& args = call.args;
  const Value& before = args["before"];
  auto path = shell_path(args[verb == Verb::kCopy || verb == Verb::kRename ? "to" : "path"]);
  if (!path) return refuse(std::move(done), std::move(path).error());
  const files::Attributes attributes = kept_attributes(before);
  Variables variables;
  variables.path(*path).set("owner", "").set("group", "").flag("replace", true);
  const bool absent = before["type"].as_string() == "absent";
  variables.set("uid", absent ? "" : std::to_string(*attributes.uid))
      .set("gid", absent ? "" : std::to_string(*attributes.gid));
  variables.set("mode", absent || before["type"].as_string() == "link" ? "" : octal_of(attributes.mode));
  const auto nothing = [](const ShellEnd&) -> Result<Value> { return Value(); };
  if (verb == Verb::kAttributesUpdate) {
    // ids() takes what it finds in $owner and $group.
    variables.set("owner", std::to_string(*attributes.uid)).set("group", std::to_string(*attributes.gid));
    return perform(call, cat(kBaseFunctions, kChangeFunctions, variables.text(), kAttributesScript), {}, "change",
                   *path, nothing, std::move(done));
  }
  auto content = kept_content(before, *path);
  if (!content && verb != Verb::kRename) return refuse(std::move(done), std::move(content).error());
  std::optional<Error> lost;
  if (!content) {
    // What was renamed goes back all the same.
    lost = content.error();
    content = std::string();
    done = [lost = *lost, done = std::move(done)](Result<Value> result) mutable {
      done(result ? Result<Value>(std::move(lost)) : std::move(result));
    };
  }
  variables.set("kept", lost ? "" : before["type"].as_string()).set("to", before["target"].as_string());
  variables.set("size", static_cast<std::int64_t>(content->size()))
      .set("new", "0644")
      .set("a", "")
      .set("fd", "")
      .set("fp", "");
  if (verb == Verb::kRename) {
    auto from = shell_path(args["from"]);
    if (!from) return refuse(std::move(done), std::move(from).error());
    const std::size_t slash = from->rfind('/');
    variables.set("a", *path)
        .set("fd", slash == 0 ? std::string("/") : from->substr(0, slash))
        .set("fp", "./" + last_of(*from));
  }
  std::vector<std::string> words = {"--"};
  for (const Value& parent : before["parents"].items()) words.push_back(parent.as_string());
  const std::string parents = cat("set ", shell_command(words), "\n");
  return perform(call, cat(kBaseFunctions, kChangeFunctions, variables.text(), parents, kRestoreScript),
                 std::move(*content), "restore", *path, nothing, std::move(done));
}

}  // namespace runbook::machine
