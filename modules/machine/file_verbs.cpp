// SPDX-License-Identifier: Apache-2.0
// What the file operations do, and whether they have been done.
#include "host/core/text.h"
#include "modules/machine/file_value.h"
#include "modules/machine/local.h"

namespace runbook::machine {

using files::Attributes;
using files::Entry;
using files::Last;

namespace {

Value changed(const std::string& path) { return Value::object({{"path", path}, {"changed", true}}); }

Result<Value> stat_path(Verb verb, const Value& args, const Reach& reach) {
  const files::Tree& files = reach.files();
  auto path = reach.read(args["path"], args["follow"].as_bool(true) ? Last::kFollow : Last::kKeep);
  if (!path) return std::move(path).error();
  auto entry = files.stat(*path);
  if (entry) return entry_value(files, *entry, *path);
  const std::string& code = entry.error().code;
  if (verb == Verb::kFind && (code == "file.not_found" || code == "file.not_directory")) return Value();
  return std::move(entry).error();
}

Result<Value> list_path(const files::Tree& files, const std::string& path) {
  auto entries = files.list(path, kMostEntries);
  if (!entries) return std::move(entries).error();
  Value out = Value::Array{};
  for (const Entry& entry : *entries) out.push(entry_value(files, entry, path == "/" ? path + entry.name : cat(path, '/', entry.name)));
  return out;
}

Result<Value> read_verb(Verb verb, const Value& args, const Reach& reach) {
  const files::Tree& files = reach.files();
  if (verb == Verb::kStat || verb == Verb::kFind) return stat_path(verb, args, reach);
  auto path = reach.read(args["path"], verb == Verb::kFileVerify ? Last::kKeep : Last::kFollow);
  if (!path) return std::move(path).error();
  switch (verb) {
    case Verb::kRead: {
      auto text = files.read(*path, static_cast<std::uint64_t>(args["limit"].as_int(kReadLimit)));
      if (!text) return std::move(text).error();
      return Value(std::move(*text));
    }
    case Verb::kChecksum: {
      auto hash = sha256_file(files, *path);
      if (!hash) return std::move(hash).error();
      return Value(std::move(*hash));
    }
    case Verb::kList: return list_path(files, *path);
    default: return file_verify(files, args, *path);
  }
}

Result<Value> two_paths(Verb verb, const Value& args, const Attributes& attributes, const Reach& reach) {
  const files::Tree& files = reach.files();
  auto from = verb == Verb::kCopy ? reach.read(args["from"]) : reach.write(args["from"]);
  if (!from) return std::move(from).error();
  auto to = reach.write(args["to"]);
  if (!to) return std::move(to).error();
  const bool replace = args["replace"].as_bool();
  RUNBOOK_TRY(verb == Verb::kCopy ? files.copy(*from, *to, replace, attributes) : files.rename(*from, *to, replace));
  return changed(*to);
}

}  // namespace

Result<Value> file_perform(Verb verb, const Value& args, const Reach& reach) {
  const files::Tree& files = reach.files();
  switch (verb) {
    case Verb::kRead:
    case Verb::kStat:
    case Verb::kFind:
    case Verb::kList:
    case Verb::kChecksum:
    case Verb::kFileVerify: return read_verb(verb, args, reach);
    default: break;
  }
  auto attributes = attributes_of(files, args);
  if (!attributes) return std::move(attributes).error();
  if (verb == Verb::kCopy || verb == Verb::kRename) return two_paths(verb, args, *attributes, reach);
  auto path = reach.write(args["path"]);
  if (!path) return std::move(path).error();
  const Value& content = args["content"];
  if (content.is_secret()) attributes->new_mode = 0600;
  switch (verb) {
    case Verb::kWrite: RUNBOOK_TRY(files.write(*path, content.reveal(), *attributes)); break;
    case Verb::kAppend: RUNBOOK_TRY(files.append(*path, content.reveal(), *attributes)); break;
    case Verb::kDirectoryCreate: RUNBOOK_TRY(files.directory_create(*path, *attributes)); break;
    case Verb::kLinkCreate: RUNBOOK_TRY(files.link_create(*path, args["to"].as_string(), args["replace"].as_bool())); break;
    case Verb::kAttributesUpdate: RUNBOOK_TRY(files.update(*path, *attributes)); break;
    case Verb::kRemove: {
      auto removed = files.remove(*path, args["recursive"].as_bool());
      if (!removed) return std::move(removed).error();
      return Value::object({{"path", *path}, {"changed", *removed}});
    }
    default: return Error("machine.io", "this is no operation on files");
  }
  return changed(*path);
}

namespace {

bool is_absent(const files::Tree& files, const std::string& path) {
  auto entry = files.stat(path);
  return !entry && entry.error().code == "file.not_found";
}

Result<bool> happened(Verb verb, const Value& args, const Reach& reach) {
  const files::Tree& files = reach.files();
  if (verb == Verb::kCopy || verb == Verb::kRename) {
    auto from = verb == Verb::kCopy ? reach.read(args["from"]) : reach.write(args["from"]);
    if (!from) return std::move(from).error();
    auto to = reach.write(args["to"]);
    if (!to) return std::move(to).error();
    if (verb == Verb::kRename) return is_absent(files, *from) && !is_absent(files, *to);
    auto source = sha256_file(files, *from), copy = sha256_file(files, *to);
    return source.ok() && copy.ok() && *source == *copy;
  }
  auto path = reach.write(args["path"]);
  if (!path) return std::move(path).error();
  if (verb == Verb::kRemove) return is_absent(files, *path);
  if (verb == Verb::kLinkCreate) {
    auto entry = files.stat(*path);
    return entry.ok() && entry->type == "link" && entry->target == args["to"].as_string();
  }
  auto state = file_verify(files, args, *path);
  if (!state) return std::move(state).error();
  return as_described(verb, *state);
}

}  // namespace

Result<Value> file_probe(Verb verb, const Value& args, const Reach& reach) {
  auto done = happened(verb, args, reach);
  if (!done) return std::move(done).error();
  return Value(*done);
}

}  // namespace runbook::machine
