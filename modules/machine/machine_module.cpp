// SPDX-License-Identifier: Apache-2.0
// The operations of `machine`: what they are called, take and touch. What they do is up to the place.
#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/place.h"
#include "modules/machine/transfer_operations.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> machine_embedded;
}

namespace runbook::machine {

namespace {

constexpr auto kRequired = Field::kRequired;

template <Verb verb>
std::vector<Access> access(World& world, const Value& args) {
  const Place* place = find_place(world, args["target"]);
  if (place) return place->access(world, verb, args);
  return {{"none", "machine", "", ""}};  // act() says what is wrong
}

template <Phase phase, Verb verb>
Cancel act(Invocation call, Done done) {
  const Place* place = find_place(call.world, call.args["target"]);
  if (!place) {
    done(Error("machine.kind", cat("there is no way to machines of the kind '", printable(call.args["target"]["kind"].as_string()), "' in this run"),
               "a simulated world has this computer and machines over SSH"));
    return {};
  }
  return place->act(phase, verb, std::move(call), std::move(done));
}

std::string quoted(const Value& text) {
  if (text.is_unknown()) return "(unknown)";
  return cat("'", printable(text.as_string()), "'");
}

// Which machine, where it is not this computer.
std::string place(const Value& target) {
  const std::string& name = target[target.has("address") ? "address" : "name"].as_string();
  std::string where;
  if (target["kind"].as_string() == "ssh") where = cat(" on '", printable(name), "'");
  if (target["kind"].as_string() == "container") where = cat(" in container '", printable(name), "'");
  if (target.has("sudo")) where += cat(" as ", target["sudo"].is_string() ? printable(target["sudo"].as_string()) : "root");
  return where;
}

template <Verb verb>
std::string describe_action(const Value& args) {
  const std::string path = quoted(args["path"]), name = quoted(args["name"]);
  switch (verb) {
    case Verb::kRun: return cat("run", args.has("job") ? cat(" as job ", quoted(args["job"])) : "", ": ", show_command(args["argv"]));
    case Verb::kQuery: return cat("query: ", show_command(args["argv"]));
    case Verb::kWrite: return cat("write ", path);
    case Verb::kAppend: return cat("append to ", path);
    case Verb::kCopy: return cat("copy ", quoted(args["from"]), " to ", quoted(args["to"]));
    case Verb::kRename: return cat("rename ", quoted(args["from"]), " to ", quoted(args["to"]));
    case Verb::kRemove: return cat("remove ", path, args["recursive"].as_bool() ? " and all that is in it" : "");
    case Verb::kDirectoryCreate: return cat("create directory ", path);
    case Verb::kLinkCreate: return cat("link ", path, " to ", quoted(args["to"]));
    case Verb::kAttributesUpdate: {
      std::string line = cat("change ", path, ":");
      for (const char* key : {"mode", "owner", "group"}) {
        if (args.has(key)) line += cat(' ', key, ' ', args[key].as_string());
      }
      return line;
    }
    case Verb::kProcessStart: return cat("start process ", name, ": ", show_command(args["argv"]));
    case Verb::kProcessStop: return cat("stop process ", name);
    case Verb::kFileEnsure: return cat("ensure file ", path);
    case Verb::kTemplateEnsure: return cat("ensure file ", path, " from a template");
    case Verb::kLineEnsure: return cat("ensure a line of ", path);
    case Verb::kDirectoryEnsure: return cat("ensure directory ", path);
    case Verb::kLinkEnsure: return cat("ensure link ", path);
    case Verb::kProcessEnsure: return cat("ensure process ", name);
    default: return {};
  }
}

template <Verb verb>
std::string describe(const Value& args) {
  return describe_action<verb>(args) + place(args["target"]);
}

// What is certain once the change has succeeded.
template <Verb verb>
Value predict(const Value& args) {
  if (verb == Verb::kProcessStop) return Value::object({{"name", args["name"]}, {"changed", true}});
  const bool two = verb == Verb::kCopy || verb == Verb::kRename;
  return Value::object({{"path", args[two ? "to" : "path"]}, {"changed", true}});
}

template <Verb verb>
Operation read(const char* name, std::vector<Field> fields) {
  return {.name = name,
          .effect = Effect::kRead,
          .fields = std::move(fields),
          .access = access<verb>,
          .perform = act<Phase::kPerform, verb>};
}

constexpr std::int64_t kSecretLimit = 1 << 20;  // every text that is shown is searched for it

// What a script asks to have read for it without seeing it comes back as a secret.
Cancel read_content(Invocation call, Done done) {
  if (!call.args["secret"].as_bool()) return act<Phase::kPerform, Verb::kRead>(std::move(call), std::move(done));
  std::string name = call.args["path"].as_string();
  if (call.args["limit"].is_null()) call.args.set("limit", kSecretLimit);
  return act<Phase::kPerform, Verb::kRead>(std::move(call), [name = std::move(name), done = std::move(done)](Result<Value> text) mutable {
    if (!text || !text->is_string()) return done(std::move(text));
    done(Value(Value::Secret{text->as_string(), std::move(name)}));
  });
}

template <Verb verb>
Operation change(const char* name, std::vector<Field> fields, Effect effect = Effect::kChange) {
  return {.name = name,
          .effect = effect,
          .fields = std::move(fields),
          .access = access<verb>,
          .perform = act<Phase::kPerform, verb>,
          .describe = describe<verb>,
          .predict = predict<verb>,
          .probe = act<Phase::kProbe, verb>,
          .capture = act<Phase::kCapture, verb>,
          .revert = act<Phase::kRevert, verb>};
}

template <Verb verb>
Operation composite(const char* name, std::vector<Field> fields) {
  return {.name = name, .effect = Effect::kChange, .fields = std::move(fields), .access = access<verb>,
          .perform = nullptr, .timeout = 300, .describe = describe<verb>};
}

std::vector<Field> with(std::vector<Field> fields, std::vector<Field> more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

const Field kPath{"path", Type::kPath, kPositionalRequired};
const Field kPathOption{"path", Type::kPath, kRequired};
const std::vector<Field> kAttributes = {{"mode", Type::kString}, {"owner", Type::kString}, {"group", Type::kString}};
const std::vector<Field> kFromTo = {{"from", Type::kPath, kPositionalRequired}, {"to", Type::kPath, kPositionalRequired}, {"replace", Type::kBoolean}};
const std::vector<Field> kProgram = {{"argv", Type::kStrings, kPositionalRequired}, {"cwd", Type::kPath},
                                     {"env", Type::kMap}, {"stdin", Type::kSecret}, {"timeout", Type::kDuration},
                                     {"check", Type::kBoolean}, {"max_output", Type::kSize}, {"on_line", Type::kFunction}};
const std::vector<Field> kProcess = {{"name", Type::kString, kRequired}, {"argv", Type::kStrings, kRequired},
                                     {"cwd", Type::kPath}, {"env", Type::kMap}, {"log", Type::kPath}};
const std::vector<std::string> kStates = {"present", "absent"};

constexpr double kProgramSeconds = 610;  // more than the operation's own: it knows the program's last words

Operation program(Operation operation) {
  operation.timeout = kProgramSeconds;
  operation.predict = nullptr;
  operation.probe = operation.capture = operation.revert = nullptr;
  return operation;
}

Operation without(Operation operation, bool probe, bool revert) {
  if (!probe) operation.probe = nullptr;
  if (!revert) operation.capture = operation.revert = nullptr;
  return operation;
}

Operation query_operation() {
  Operation operation = program(read<Verb::kQuery>("machine.query", kProgram));
  operation.describe = describe<Verb::kQuery>;
  return operation;
}

Operation start_operation() {
  Operation operation = change<Verb::kProcessStart>("machine.process_start", kProcess);
  operation.predict = nullptr;
  return operation;
}

// A job is found again by its name; what another program did nobody knows.
Cancel probe_run(Invocation call, Done done) {
  done(call.args.has("job") ? Value::object({{"again", true}}) : Value());
  return {};
}

Operation run_operation() {
  Operation operation = program(change<Verb::kRun>("machine.run", with(kProgram, {{"job", Type::kString}})));
  operation.probe = probe_run;
  return operation;
}

const Operation kRun = run_operation();
const Operation kQuery = query_operation();

const Operation kRead = {.name = "machine.read", .effect = Effect::kRead,
                         .fields = {kPath, {"limit", Type::kSize}, {"secret", Type::kBoolean}},
                         .access = access<Verb::kRead>, .perform = read_content};
const Operation kStat = read<Verb::kStat>("machine.stat", {kPath, {"follow", Type::kBoolean}});
const Operation kFind = read<Verb::kFind>("machine.find", {kPath, {"follow", Type::kBoolean}});
const Operation kList = read<Verb::kList>("machine.list", {kPath});
const Operation kChecksum = read<Verb::kChecksum>("machine.checksum", {kPath});
const Operation kFileVerify = read<Verb::kFileVerify>("machine.file_verify", with({kPath, {"content", Type::kSecret}}, kAttributes));

const std::vector<Field> kContent = with({kPath, {"content", Type::kSecret, kPositionalRequired}}, kAttributes);
const Operation kWrite = change<Verb::kWrite>("machine.write", kContent);
const Operation kAppend = without(change<Verb::kAppend>("machine.append", kContent), false, true);
const Operation kCopy = change<Verb::kCopy>("machine.copy", with(kFromTo, kAttributes));
const Operation kRename = change<Verb::kRename>("machine.rename", kFromTo);
const Operation kRemove = change<Verb::kRemove>("machine.remove", {kPath, {"recursive", Type::kBoolean}}, Effect::kDestroy);
const Operation kDirectoryCreate = change<Verb::kDirectoryCreate>("machine.directory_create", with({kPath}, kAttributes));
const Operation kLinkCreate = change<Verb::kLinkCreate>("machine.link_create", {kPath, {"to", Type::kString, kPositionalRequired}, {"replace", Type::kBoolean}});
const Operation kAttributesUpdate = change<Verb::kAttributesUpdate>("machine.attributes_update", with({kPath}, kAttributes));

const Field kName{"name", Type::kString, kPositionalRequired};
const Operation kProcessStart = start_operation();
const Operation kProcessGet = read<Verb::kProcessGet>("machine.process_get", {kName});
const Operation kProcessFind = read<Verb::kProcessFind>("machine.process_find", {kName});
const Operation kProcessVerify = read<Verb::kProcessVerify>("machine.process_verify", kProcess);
const Operation kProcessStop = change<Verb::kProcessStop>("machine.process_stop", {kName, {"grace", Type::kDuration}});

const Operation kFileEnsure = composite<Verb::kFileEnsure>("machine.file_ensure", with({kPathOption, {"content", Type::kSecret}}, kAttributes));
const Operation kDirectoryEnsure = composite<Verb::kDirectoryEnsure>("machine.directory_ensure", with({kPathOption}, kAttributes));
const Operation kLinkEnsure = composite<Verb::kLinkEnsure>("machine.link_ensure", {kPathOption, {"to", Type::kString, kRequired}});
const Operation kTemplateEnsure = composite<Verb::kTemplateEnsure>(
    "machine.template_ensure",
    with({kPathOption, {"template", Type::kString}, {"source", Type::kPath}, {"values", Type::kTable}}, kAttributes));
const Operation kLineEnsure = composite<Verb::kLineEnsure>(
    "machine.line_ensure", {kPathOption, {"line", Type::kString}, {"match", Type::kString}, {"after", Type::kString},
                            {"before", Type::kString}, {"state", Type::kString, Field::kOptional, &kStates}});
const Operation kProcessEnsure = composite<Verb::kProcessEnsure>("machine.process_ensure", with(kProcess, {{"grace", Type::kDuration}}));

}  // namespace

extern const Module kModule;
const Module kModule = {
    "machine",
    "0.1.0",
    {
        {"run", "Machine", &kRun},
        {"query", "Machine", &kQuery},
        {"read", "Machine", &kRead},
        {"stat", "Machine", &kStat},
        {"find", "Machine", &kFind},
        {"list", "Machine", &kList},
        {"checksum", "Machine", &kChecksum},
        {"file_verify", "Machine", &kFileVerify},
        {"write", "Machine", &kWrite},
        {"append", "Machine", &kAppend},
        {"copy", "Machine", &kCopy},
        {"rename", "Machine", &kRename},
        {"remove", "Machine", &kRemove},
        {"directory_create", "Machine", &kDirectoryCreate},
        {"link_create", "Machine", &kLinkCreate},
        {"attributes_update", "Machine", &kAttributesUpdate},
        {"upload", "Machine", &transfer::kUpload},
        {"upload_verify", "Machine", &transfer::kUploadVerify},
        {"file_put", "Machine", &transfer::kFilePut},
        {"download", "Machine", &transfer::kDownload},
        {"download_verify", "Machine", &transfer::kDownloadVerify},
        {"file_fetch", "Machine", &transfer::kFileFetch},
        {"sync", "Machine", &transfer::kSync},
        {"tree_verify", "Machine", &transfer::kTreeVerify},
        {"tree_put", "Machine", &transfer::kTreePut},
        {"tree_remove", "Machine", &transfer::kTreeRemove},
        {"process_start", "Machine", &kProcessStart},
        {"process_get", "Machine", &kProcessGet},
        {"process_find", "Machine", &kProcessFind},
        {"process_verify", "Machine", &kProcessVerify},
        {"process_stop", "Machine", &kProcessStop},
        {"file_ensure", "Machine", &kFileEnsure},
        {"directory_ensure", "Machine", &kDirectoryEnsure},
        {"link_ensure", "Machine", &kLinkEnsure},
        {"template_ensure", "Machine", &kTemplateEnsure},
        {"line_ensure", "Machine", &kLineEnsure},
        {"process_ensure", "Machine", &kProcessEnsure},
    },
    &machine_embedded,
    simulate,
};

}  // namespace runbook::machine
