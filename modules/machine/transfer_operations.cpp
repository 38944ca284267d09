// SPDX-License-Identifier: Apache-2.0
// The operations that move files: what they are called, take and touch.
#include "modules/machine/transfer_operations.h"

#include "host/core/text.h"
#include "modules/machine/transfer.h"

namespace runbook::machine {

namespace {

constexpr auto kRequired = Field::kRequired;
constexpr double kTransferSeconds = 3600;

template <Verb verb>
std::vector<Access> access(World& world, const Value& args) {
  const Place* place = find_place(world, args["target"]);
  if (place) return place->access(world, verb, args);
  return {{"none", "machine", "", ""}};
}

template <Phase phase, Verb verb>
Cancel act(Invocation call, Done done) {
  const Place* place = find_place(call.world, call.args["target"]);
  if (place) return place->act(phase, verb, std::move(call), std::move(done));
  done(Error("machine.kind",
             cat("there is no way to machines of the kind '", printable(call.args["target"]["kind"].as_string()),
                 "' in this run"),
             "a simulated world has this computer and machines over SSH"));
  return {};
}

std::string quoted(const Value& text) {
  if (text.is_unknown()) return "(unknown)";
  return cat("'", printable(text.as_string()), "'");
}

std::string show_size(std::int64_t bytes) {
  if (bytes < 10 * 1024) return cat(bytes, " bytes");
  if (bytes < 10LL << 20U) return cat(bytes >> 10U, " KiB");
  return cat(bytes >> 20U, " MiB");
}

std::string counted(std::size_t count, const char* one, const char* several) {
  return cat(count, ' ', count == 1 ? one : several);
}

template <Verb verb>
std::string describe(const Value& args) {
  const std::string from = quoted(args["from"]), to = quoted(args["to"]);
  const std::string size = args.has("size") ? cat(" (", show_size(args["size"].as_int()), ")") : "";
  switch (verb) {
    case Verb::kFilePut: return cat("send ", from, " to ", to, size);
    case Verb::kFileFetch: return cat("fetch ", from, " to ", to, size);
    case Verb::kTreePut: {
      const std::size_t count = args["added"].items().size() + args["changed"].items().size();
      const std::size_t others = args["attributes"].items().size();
      return cat("send ", counted(count, "entry", "entries"), " (", show_size(args["bytes"].as_int()), ") from ", from,
                 " to ", to, others > 0 ? cat(", change mode or owner of ", others) : "");
    }
    case Verb::kTreeRemove:
      return cat("remove ", counted(args["files"].items().size(), "file", "files"), " and ",
                 counted(args["directories"].items().size(), "directory", "directories"), " from ", to);
    case Verb::kUpload: return cat("upload ", from, " to ", to);
    case Verb::kDownload: return cat("download ", from, " to ", to);
    default: return cat("sync ", from, " to ", to);
  }
}

// What is certain once the change has succeeded.
Value predict(const Value& args) {
  Value result = Value::object({{"path", args["to"]}, {"changed", true}});
  for (const char* key : {"size", "sha256"}) {
    if (args.has(key)) result.set(key, args[key]);
  }
  return result;
}

std::vector<Field> with(std::vector<Field> fields, const std::vector<Field>& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

const Field kTo{"to", Type::kPath, kPositionalRequired};
const std::vector<Field> kFile = {{"from", Type::kPath, kPositionalRequired},
                                  kTo,
                                  {"mode", Type::kString},
                                  {"owner", Type::kString},
                                  {"group", Type::kString},
                                  {"keep_times", Type::kBoolean},
                                  {"timeout", Type::kDuration}};
const std::vector<Field> kKnown = {
    {"size", Type::kInteger}, {"sha256", Type::kString}, {"on_progress", Type::kFunction}};
const std::vector<Field> kTree = {{"from", Type::kPath, kPositionalRequired},
                                  kTo,
                                  {"delete", Type::kBoolean},
                                  {"exclude", Type::kStrings},
                                  {"mode", Type::kString},
                                  {"directory_mode", Type::kString},
                                  {"owner", Type::kString},
                                  {"group", Type::kString},
                                  {"timeout", Type::kDuration}};
const std::vector<Field> kTreeParts = {{"added", Type::kStrings, kRequired},
                                       {"changed", Type::kStrings, kRequired},
                                       {"attributes", Type::kStrings, kRequired},
                                       {"create", Type::kBoolean},
                                       {"bytes", Type::kInteger},
                                       {"on_progress", Type::kFunction}};

template <Verb verb>
Operation look(const char* name, std::vector<Field> fields) {
  return {.name = name,
          .effect = Effect::kRead,
          .fields = std::move(fields),
          .access = access<verb>,
          .perform = act<Phase::kPerform, verb>,
          .timeout = kTransferSeconds};
}

template <Verb verb>
Operation change(const char* name, std::vector<Field> fields, Effect effect, bool reverts) {
  Operation operation{.name = name,
                      .effect = effect,
                      .fields = std::move(fields),
                      .access = access<verb>,
                      .perform = act<Phase::kPerform, verb>,
                      .timeout = kTransferSeconds,
                      .describe = describe<verb>,
                      .predict = predict,
                      .probe = act<Phase::kProbe, verb>};
  if (reverts) {
    operation.capture = act<Phase::kCapture, verb>;
    operation.revert = act<Phase::kRevert, verb>;
  }
  return operation;
}

template <Verb verb>
Operation composite(const char* name, std::vector<Field> fields) {
  fields.push_back({"on_progress", Type::kFunction});
  return {.name = name,
          .effect = Effect::kChange,
          .fields = std::move(fields),
          .access = access<verb>,
          .perform = nullptr,
          .timeout = 2 * kTransferSeconds,
          .describe = describe<verb>};
}

}  // namespace

namespace transfer {

const Operation kUpload = composite<Verb::kUpload>("machine.upload", kFile);
const Operation kUploadVerify = look<Verb::kUploadVerify>("machine.upload_verify", kFile);
const Operation kFilePut = change<Verb::kFilePut>("machine.file_put", with(kFile, kKnown), Effect::kChange, true);
const Operation kDownload = composite<Verb::kDownload>("machine.download", kFile);
const Operation kDownloadVerify = look<Verb::kDownloadVerify>("machine.download_verify", kFile);
const Operation kFileFetch = change<Verb::kFileFetch>("machine.file_fetch", with(kFile, kKnown), Effect::kChange, true);
const Operation kSync = composite<Verb::kSync>("machine.sync", kTree);
const Operation kTreeVerify = look<Verb::kTreeVerify>("machine.tree_verify", kTree);
const Operation kTreePut = change<Verb::kTreePut>("machine.tree_put", with(kTree, kTreeParts), Effect::kChange, false);
const Operation kTreeRemove = change<Verb::kTreeRemove>("machine.tree_remove",
                                                        {kTo,
                                                         {"files", Type::kStrings, kRequired},
                                                         {"directories", Type::kStrings, kRequired},
                                                         {"timeout", Type::kDuration}},
                                                        Effect::kDestroy, false);

}  // namespace transfer

}  // namespace runbook::machine
