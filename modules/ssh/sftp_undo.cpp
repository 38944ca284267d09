// SPDX-License-Identifier: Apache-2.0
// What a path behind SFTP was before a change, and how to bring it back. The former content travels through the journal,
// which takes out every secret it knows: the checksum beside it keeps a file from being restored with "***" in it.
#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/sha256.h"
#include "modules/ssh/sftp.h"

namespace runbook::ssh::sftp {

namespace {

constexpr std::uint64_t kMostKept = 1 << 20;

Value kept_lost() { return Value::object({{"type", "lost"}}); }

Value kept_file(const std::string& content, unsigned mode) {
  return Value::object({{"type", "file"}, {"content", base64_encode(content)}, {"sha256", sha256_hex(content)}, {"mode", static_cast<std::int64_t>(mode)}});
}

Result<std::string> kept_content(const Value& kept, const std::string& path) {
  const auto cannot = [&](const char* why) {
    return Error("ssh.cannot_revert", cat("'", printable(path), "' cannot be brought back: ", why)).with("path", printable(path));
  };
  if (kept["type"].as_string() == "lost") return cannot("what it was is not kept: too large, not readable, or not a plain file");
  auto text = base64_decode(kept["content"].as_string());
  if (!text || sha256_hex(*text) != kept["sha256"].as_string()) return cannot("its former content held a secret, which is not kept");
  return text;
}

Flow<Result<Value>> capture(ClientPtr client, std::string path) {
  auto there = co_await find_path(client, path, false);
  if (!there) co_return kept_lost();  // whoever may only write can still do so
  if (!*there) co_return Value::object({{"type", "absent"}});
  const std::string type = (*there)->type();
  const auto mode = static_cast<std::int64_t>((*there)->permissions());
  if (type == "directory") {
    auto entries = co_await list(client, path, 1);
    if (!entries || !entries->empty()) co_return kept_lost();
    co_return Value::object({{"type", "directory"}, {"mode", mode}});
  }
  if (type != "file" || (*there)->size.value_or(0) > kMostKept) co_return kept_lost();
  auto content = co_await read_file(client, path, kMostKept);
  if (!content) co_return kept_lost();
  co_return kept_file(*content, (*there)->permissions());
}

Flow<Status> restore(ClientPtr client, std::string path, const Value& kept) {
  const std::string& type = kept["type"].as_string();
  auto now = co_await find_path(client, path, false);
  if (!now) co_return std::move(now).error();
  const std::string type_now = *now ? (*now)->type() : "absent";
  if (type == "absent") {
    if (type_now == "absent") co_return Unit{};
    // Never recursively: what others have put into a new directory since is not ours to remove.
    if (type_now == "directory") co_return co_await rmdir(client, path);
    co_return co_await remove(client, path);
  }
  const auto mode = static_cast<unsigned>(kept["mode"].as_int());
  if (type == "directory") {
    Attributes attributes;
    attributes.mode = mode;
    if (type_now == "directory") co_return Unit{};
    co_return co_await mkdir(client, path, attributes);
  }
  auto content = kept_content(kept, path);
  if (!content) co_return std::move(content).error();
  PutOptions put;
  put.path = path;
  put.mode = mode;
  put.atomic = false;
  co_return co_await put_file(client, content_source(path, std::move(*content), false), put);
}

// The argument that names what is changed there.
const char* changed_argument(const Value& args) { return args.has("to") ? "to" : "path"; }

Result<Value> done_or(Status status) {
  if (!status) return std::move(status).error();
  return Value();
}

}  // namespace

Flow<Result<Value>> capture_path(ClientPtr client, CallPtr call) {
  auto path = call->there(changed_argument(call->args));
  if (!path) co_return std::move(path).error();
  co_return co_await capture(client, *path);
}

Flow<Result<Value>> revert_path(ClientPtr client, CallPtr call) {
  auto path = call->there(changed_argument(call->args));
  if (!path) co_return std::move(path).error();
  co_return done_or(co_await restore(client, *path, call->args["before"]));
}

// Only a file that the rename would replace has to be kept.
Flow<Result<Value>> capture_rename(ClientPtr client, CallPtr call) {
  auto to = call->there("to");
  if (!to) co_return std::move(to).error();
  co_return co_await capture(client, *to);
}

Flow<Result<Value>> revert_rename(ClientPtr client, CallPtr call) {
  auto from = call->there("from"), to = call->there("to");
  if (!from || !to) co_return !from ? std::move(from).error() : std::move(to).error();
  Status back = co_await rename_file(client, *to, *from, false, true);
  if (!back) co_return std::move(back).error();
  if (call->args["before"]["type"].as_string() == "absent") co_return Value();
  co_return done_or(co_await restore(client, *to, call->args["before"]));
}

Flow<Result<Value>> capture_attributes(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  auto there = co_await stat(client, *path);
  if (!there) co_return std::move(there).error();
  co_return Value::object({{"mode", static_cast<std::int64_t>(there->permissions())}});
}

Flow<Result<Value>> revert_attributes(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  Attributes former;
  former.mode = static_cast<std::uint32_t>(call->args["before"]["mode"].as_int());
  co_return done_or(co_await setstat(client, *path, former));
}

namespace {

Result<Value> keep_here(const files::Tree& files, const std::string& path) {
  auto entry = files.stat(path);
  if (!entry && entry.error().code == "file.not_found") return Value::object({{"type", "absent"}});
  if (!entry) return own(std::move(entry).error());
  if (entry->type != "file" || entry->size > kMostKept) return kept_lost();
  auto content = files.read(path, kMostKept);
  if (!content) return kept_lost();
  return kept_file(*content, entry->mode);
}

Result<Value> restore_here(const files::Tree& files, const std::string& path, const Value& kept) {
  if (kept["type"].as_string() == "absent") {
    auto removed = files.remove(path, false);
    if (!removed) return own(std::move(removed).error());
    return Value();
  }
  auto content = kept_content(kept, path);
  if (!content) return std::move(content).error();
  files::Attributes attributes;
  attributes.mode = static_cast<unsigned>(kept["mode"].as_int());
  if (Status written = files.write(path, *content, attributes); !written) return own(std::move(written).error());
  return Value();
}

Cancel with_path_here(Invocation call, Done done, Result<Value> (*act)(const files::Tree&, const std::string&, const Value&)) {
  const Call one{std::move(call.args), call.world.shared<files::Tree>(), std::move(call.allowed), {}};
  return call.world.loop().blocking<Value>(
      [one, act]() -> Result<Value> {
        auto path = one.here("to", "write");
        if (!path) return std::move(path).error();
        return act(*one.files, *path, one.args["before"]);
      },
      std::move(done));
}

}  // namespace

Cancel capture_here(Invocation call, Done done) {
  return with_path_here(std::move(call), std::move(done),
                        [](const files::Tree& files, const std::string& path, const Value&) { return keep_here(files, path); });
}

Cancel revert_here(Invocation call, Done done) { return with_path_here(std::move(call), std::move(done), restore_here); }

}  // namespace runbook::ssh::sftp
