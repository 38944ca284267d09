// SPDX-License-Identifier: Apache-2.0
// Files as values: listings, modes, checksums and how a file differs from what it should be.
#include <openssl/evp.h>

#include <cstdio>
#include <memory>

#include "host/core/diff.h"
#include "host/core/text.h"
#include "modules/machine/local.h"

namespace runbook::machine {

namespace {

constexpr std::uint64_t kMostCompared = 64ull << 20;

class Sha256 {
 public:
  Sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::string_view text) { EVP_DigestUpdate(context_.get(), text.data(), text.size()); }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
      char byte[3];
      snprintf(byte, sizeof byte, "%02x", digest[i]);
      out += byte;
    }
    return out;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
};

}  // namespace

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

Value entry_value(const files::Tree& files, const files::Entry& entry, const std::string& path) {
  Value value = Value::object({{"path", path},
                               {"name", entry.name},
                               {"type", entry.type},
                               {"size", static_cast<std::int64_t>(entry.size)},
                               {"mode", show_mode(entry.mode)},
                               {"owner", files.user_name(entry.uid)},
                               {"group", files.group_name(entry.gid)},
                               {"uid", static_cast<std::int64_t>(entry.uid)},
                               {"gid", static_cast<std::int64_t>(entry.gid)},
                               {"modified", entry.modified}});
  if (entry.type == "link") value.set("target", entry.target);
  return value;
}

Result<files::Attributes> attributes_of(const files::Tree& files, const Value& args) {
  files::Attributes attributes;
  if (const Value& mode = args["mode"]; !mode.is_null()) {
    const std::string& text = mode.as_string();
    const bool octal = !text.empty() && text.size() <= 5 && text.find_first_not_of("01234567") == std::string::npos;
    const unsigned long bits = octal ? std::stoul(text, nullptr, 8) : 010000;
    if (bits > 07777) return Error("machine.mode", cat("'", printable(text), "' is not a mode"), "write it in octal: \"0644\"");
    attributes.mode = static_cast<unsigned>(bits);
  }
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

Result<Value> file_verify(const files::Tree& files, const Value& args, const std::string& path) {
  auto wanted = attributes_of(files, args);
  if (!wanted) return std::move(wanted).error();
  const Value& content = args["content"];
  const bool shown = !content.is_null() && !content.secret();
  auto entry = files.stat(path);
  if (!entry) {
    if (entry.error().code != "file.not_found") return std::move(entry).error();
    Value absent = Value::object({{"type", "absent"}, {"same", false}, {"content", false}, {"mode", false}, {"owner", false}});
    if (shown) absent.set("diff", unified_diff("", content.as_string(), "/dev/null", path));
    return absent;
  }
  Value found = Value::object({{"type", entry->type}, {"found", entry_value(files, *entry, path)}});
  const bool mode = !wanted->mode || *wanted->mode == entry->mode;
  const bool owner = (!wanted->uid || *wanted->uid == entry->uid) && (!wanted->gid || *wanted->gid == entry->gid);
  bool same = true;
  std::string diff;
  if (!content.is_null() && entry->type == "file") {
    auto text = files.read(path, kMostCompared);
    if (!text) return std::move(text).error();
    same = *text == content.reveal();
    if (!same) {
      diff = shown ? unified_diff(*text, content.as_string(), path, path)
                   : cat("--- ", printable(path), "\n+++ ", printable(path), "\nthe new content is secret\n");
    }
  }
  if (wanted->mode && !mode) diff += cat("mode ", show_mode(entry->mode), " -> ", show_mode(*wanted->mode), "\n");
  if (wanted->uid && *wanted->uid != entry->uid) {
    diff += cat("owner ", files.user_name(entry->uid), " -> ", files.user_name(*wanted->uid), "\n");
  }
  if (wanted->gid && *wanted->gid != entry->gid) {
    diff += cat("group ", files.group_name(entry->gid), " -> ", files.group_name(*wanted->gid), "\n");
  }
  found.set("content", same);
  found.set("mode", mode);
  found.set("owner", owner);
  found.set("same", same && mode && owner);
  if (!diff.empty()) found.set("diff", diff);
  return found;
}

}  // namespace runbook::machine
