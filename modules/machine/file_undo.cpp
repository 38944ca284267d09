// SPDX-License-Identifier: Apache-2.0
// What a path was before a change, and how to bring it back. The former content travels through the journal, which
// takes out every secret it knows: the checksum beside it keeps a file from being restored with "***" in it.
#include "host/core/encoding.h"
#include "host/core/text.h"
#include "modules/machine/file_value.h"
#include "modules/machine/local.h"

namespace runbook::machine {

namespace {

Error cannot(const std::string& path, const char* why) {
  return Error("machine.cannot_revert", cat("'", printable(path), "' cannot be brought back: ", why));
}

}  // namespace

Value kept_absent() { return Value::object({{"type", "absent"}}); }
Value kept_lost() { return Value::object({{"type", "lost"}}); }

Value kept_value(const Found& found, const std::optional<std::string>& content, const std::string& path) {
  const std::string& type = found.entry.type;
  if (type != "link" && type != "directory" && !(type == "file" && content)) return kept_lost();
  Value kept = entry_value(found, path);
  if (type == "file") {
    kept.set("content", base64_encode(*content));
    kept.set("sha256", sha256_text(*content));
  }
  return kept;
}

Result<std::string> kept_content(const Value& kept, const std::string& path) {
  if (kept["type"].as_string() == "lost") return cannot(path, "its former content was too large to keep");
  auto text = base64_decode(kept["content"].as_string());
  if (kept["type"].as_string() == "file" && (!text || sha256_text(*text) != kept["sha256"].as_string())) {
    return cannot(path, "its former content held a secret, which is not kept");
  }
  return text ? std::move(*text) : std::string();
}

files::Attributes kept_attributes(const Value& kept) {
  files::Attributes attributes;
  attributes.mode = static_cast<unsigned>(std::strtoul(kept["mode"].as_string().c_str(), nullptr, 8));
  attributes.uid = static_cast<uid_t>(kept["uid"].as_int());
  attributes.gid = static_cast<gid_t>(kept["gid"].as_int());
  return attributes;
}

namespace {

Result<Value> snapshot(const files::Tree& files, const std::string& path) {
  auto entry = files.stat(path);
  if (!entry) {
    if (entry.error().code != "file.not_found") return std::move(entry).error();
    return kept_absent();
  }
  std::optional<std::string> content;
  if (entry->type == "file" && entry->size <= kMostKept) {
    auto text = files.read(path, kMostKept);
    if (!text) return std::move(text).error();
    content = std::move(*text);
  }
  return kept_value({*entry, files.user_name(entry->uid), files.group_name(entry->gid)}, content, path);
}

Status restore(const files::Tree& files, const std::string& path, const Value& kept) {
  const std::string& type = kept["type"].as_string();
  auto now = files.stat(path);
  const std::string type_now = now ? now->type : "absent";
  auto content = kept_content(kept, path);
  if (!content) return std::move(content).error();
  if (type != type_now && type_now != "absent") {
    // Never recursively: what others have put into a new directory since is not ours to remove.
    auto removed = files.remove(path, false);
    if (!removed) return std::move(removed).error();
  }
  if (type == "file") return files.write(path, *content, kept_attributes(kept));
  if (type == "link") {
    if (type_now == "link" && now->target == kept["target"].as_string()) return Unit{};
    return files.link_create(path, kept["target"].as_string(), true);
  }
  if (type != "directory") return Unit{};
  if (type_now != "directory") return files.directory_create(path, kept_attributes(kept));
  return files.update(path, kept_attributes(kept));
}

// What only the attributes of are changed need not be kept whole.
Result<Value> attributes_of_path(const files::Tree& files, const std::string& path) {
  auto entry = files.stat(path);
  if (!entry) return std::move(entry).error();
  return entry_value(files, *entry, path);
}

}  // namespace

Result<Value> file_capture(Verb verb, const Value& args, const Reach& reach) {
  const files::Tree& files = reach.files();
  auto path = reach.write(args[verb == Verb::kCopy || verb == Verb::kRename ? "to" : "path"]);
  if (!path) return std::move(path).error();
  if (verb == Verb::kAttributesUpdate) return attributes_of_path(files, *path);
  if (verb == Verb::kRemove && args["recursive"].as_bool()) {
    auto entries = files.list(*path, 1);
    if (!entries && entries.error().code == "file.too_large") return kept_lost();
    if (entries && !entries->empty()) return kept_lost();
  }
  auto kept = snapshot(files, *path);
  if (!kept || verb != Verb::kDirectoryCreate) return kept;
  // The parents that will be made with it go with it.
  Value made = Value::Array{};
  for (std::string parent = *path; parent.rfind('/') > 0;) {
    parent.erase(parent.rfind('/'));
    if (files.stat(parent)) break;
    made.push(parent);
  }
  kept->set("parents", std::move(made));
  return kept;
}

Result<Value> file_revert(Verb verb, const Value& args, const Reach& reach) {
  const files::Tree& files = reach.files();
  const Value& before = args["before"];
  auto path = reach.write(args[verb == Verb::kCopy || verb == Verb::kRename ? "to" : "path"]);
  if (!path) return std::move(path).error();
  if (verb == Verb::kAttributesUpdate) {
    RUNBOOK_TRY(files.update(*path, kept_attributes(before)));
    return Value();
  }
  if (verb == Verb::kRename) {
    auto from = reach.write(args["from"]);
    if (!from) return std::move(from).error();
    RUNBOOK_TRY(files.rename(*path, *from, false));
  }
  RUNBOOK_TRY(restore(files, *path, before));
  for (const Value& parent : before["parents"].items()) {
    auto removed = files.remove(parent.as_string(), false);
    if (!removed && removed.error().code == "file.exists") break;
    if (!removed) return std::move(removed).error();
  }
  return Value();
}

}  // namespace runbook::machine
