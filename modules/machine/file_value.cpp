// SPDX-License-Identifier: Apache-2.0
// Files as values: listings, modes, checksums and how a file differs from what it should be.
#include <cstdio>

#include "host/core/diff.h"
#include "host/core/text.h"
#include "modules/machine/file_value.h"
#include "modules/machine/local.h"
#include "modules/machine/sha256.h"

namespace runbook::machine {

std::string sha256_text(std::string_view text) {
  Sha256 hash;
  hash.add(text);
  return hash.hex();
}

Result<std::string> sha256_file(const files::Tree& files, const std::string& path) {
  Sha256 hash;
  RUNBOOK_TRY(files.read_pieces(path, [&](std::string_view piece) { hash.add(piece); }));
  return hash.hex();
}

std::string show_mode(unsigned mode) {
  char text[16];
  snprintf(text, sizeof text, "%04o", mode);
  return text;
}

Value entry_value(const Found& found, const std::string& path) {
  const files::Entry& entry = found.entry;
  Value value = Value::object({{"path", path},
                               {"name", entry.name},
                               {"type", entry.type},
                               {"size", static_cast<std::int64_t>(entry.size)},
                               {"mode", show_mode(entry.mode)},
                               {"owner", found.owner},
                               {"group", found.group},
                               {"uid", static_cast<std::int64_t>(entry.uid)},
                               {"gid", static_cast<std::int64_t>(entry.gid)},
                               {"modified", entry.modified}});
  if (entry.type == "link") value.set("target", entry.target);
  return value;
}

Value entry_value(const files::Tree& files, const files::Entry& entry, const std::string& path) {
  return entry_value(Found{entry, files.user_name(entry.uid), files.group_name(entry.gid)}, path);
}

Result<std::optional<unsigned>> mode_of(const Value& args) {
  const Value& mode = args["mode"];
  if (mode.is_null()) return std::optional<unsigned>();
  const std::string& text = mode.as_string();
  const bool octal = !text.empty() && text.size() <= 5 && text.find_first_not_of("01234567") == std::string::npos;
  const unsigned long bits = octal ? std::stoul(text, nullptr, 8) : 010000;
  if (bits > 07777) return Error("machine.mode", cat("'", printable(text), "' is not a mode"), "write it in octal: \"0644\"");
  return std::optional(static_cast<unsigned>(bits));
}

Result<files::Attributes> attributes_of(const files::Tree& files, const Value& args) {
  files::Attributes attributes;
  auto mode = mode_of(args);
  if (!mode) return std::move(mode).error();
  attributes.mode = *mode;
  if (const Value& owner = args["owner"]; !owner.is_null()) {
    auto uid = files.user_id(owner.as_string());
    if (!uid) return std::move(uid).error();
    attributes.uid = *uid;
  }
  if (const Value& group = args["group"]; !group.is_null()) {
    auto gid = files.group_id(group.as_string());
    if (!gid) return std::move(gid).error();
    attributes.gid = *gid;
  }
  return attributes;
}

bool is_shown(const Value& content) { return !content.is_null() && !content.secret(); }

Value verified_absent(const Value& args, const std::string& path) {
  Value absent = Value::object({{"type", "absent"}, {"same", false}, {"content", false}, {"mode", false}, {"owner", false}});
  const Value& content = args["content"];
  if (is_shown(content)) absent.set("diff", unified_diff("", content.as_string(), "/dev/null", path));
  return absent;
}

Value verified(const Found& there, const Wanted& wanted, const Compared& compared, const Value& args, const std::string& path) {
  const files::Entry& entry = there.entry;
  const files::Attributes& attributes = wanted.attributes;
  Value found = Value::object({{"type", entry.type}, {"found", entry_value(there, path)}});
  const bool mode = !attributes.mode || *attributes.mode == entry.mode;
  const bool other_user = attributes.uid && *attributes.uid != entry.uid;
  const bool other_group = attributes.gid && *attributes.gid != entry.gid;
  std::string diff;
  if (!compared.same) {
    diff = is_shown(args["content"]) ? unified_diff(compared.content, args["content"].as_string(), path, path)
                                     : cat("--- ", printable(path), "\n+++ ", printable(path), "\nthe new content is secret\n");
  }
  if (!mode) diff += cat("mode ", show_mode(entry.mode), " -> ", show_mode(*attributes.mode), "\n");
  if (other_user) diff += cat("owner ", there.owner, " -> ", wanted.owner, "\n");
  if (other_group) diff += cat("group ", there.group, " -> ", wanted.group, "\n");
  const bool owner = !other_user && !other_group;
  found.set("content", compared.same);
  found.set("mode", mode);
  found.set("owner", owner);
  found.set("same", compared.same && mode && owner);
  if (!diff.empty()) found.set("diff", diff);
  return found;
}

Result<Value> file_verify(const files::Tree& files, const Value& args, const std::string& path) {
  auto attributes = attributes_of(files, args);
  if (!attributes) return std::move(attributes).error();
  auto entry = files.stat(path);
  if (!entry) {
    if (entry.error().code != "file.not_found") return std::move(entry).error();
    return verified_absent(args, path);
  }
  Compared compared;
  if (const Value& content = args["content"]; !content.is_null() && entry->type == "file") {
    auto text = files.read(path, kMostCompared);
    if (!text) return std::move(text).error();
    compared.same = *text == content.reveal();
    compared.content = std::move(*text);
  }
  Wanted wanted{*attributes, {}, {}};
  if (attributes->uid) wanted.owner = files.user_name(*attributes->uid);
  if (attributes->gid) wanted.group = files.group_name(*attributes->gid);
  return verified({*entry, files.user_name(entry->uid), files.group_name(entry->gid)}, wanted, compared, args, path);
}

bool as_described(Verb verb, const Value& state) {
  const std::string& type = state["type"].as_string();
  if (verb == Verb::kDirectoryCreate && type != "directory") return false;
  if (verb == Verb::kWrite && type != "file") return false;
  return type != "absent" && state["same"].as_bool();
}

}  // namespace runbook::machine
