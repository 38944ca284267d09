// SPDX-License-Identifier: Apache-2.0
// Changing files behind SFTP.
#include "host/core/text.h"
#include "modules/ssh/operations.h"
#include "modules/ssh/sftp.h"

namespace runbook::ssh {

namespace sftp {

namespace {

constexpr double kLongest = 6 * 3600;  // what a transfer may take where nothing is said
constexpr std::uint64_t kMostCompared = 64ULL << 20U;
constexpr int kMostDepth = 200;
constexpr std::size_t kMostEntries = 100000;

Flow<Result<Value>> write(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  auto mode = call->mode();
  if (!path || !mode) co_return !path ? std::move(path).error() : std::move(mode).error();
  const Value& content = call->args["content"];
  PutOptions options;
  options.path = *path;
  options.mode = *mode;
  options.atomic = call->args["atomic"].as_bool(true);
  Status done = co_await put_file(client, content_source(*path, content.reveal(), content.is_secret()), options);
  if (!done) co_return std::move(done).error();
  co_return changed_value(*path);
}

Flow<Result<Value>> put(ClientPtr client, CallPtr call) {
  auto from = call->here("from", "read"), to = call->there("to");
  auto mode = call->mode();
  if (!from || !to || !mode) co_return !from ? std::move(from).error() : !to ? std::move(to).error() : std::move(mode).error();
  const StopFlag stop;
  auto reading = on_worker<SourcePtr>(client->loop(), [files = call->files, path = *from, flag = stop.flag()] { return file_source(*files, path, flag.get()); });
  auto source = co_await reading;
  if (!source) co_return std::move(source).error();
  PutOptions options;
  options.path = *to;
  options.mode = *mode;
  options.verify = call->args["verify"].as_bool();
  options.atomic = call->args["atomic"].as_bool(true);
  options.progress = call->progress((*source)->size);
  Status done = co_await put_file(client, *source, options);
  if (!done) co_return std::move(done).error();
  Value result = changed_value(*to);
  result.set("size", static_cast<std::int64_t>((*source)->size));
  result.set("sha256", (*source)->sha256);
  co_return result;
}

Flow<Result<Value>> fetch(ClientPtr client, CallPtr call) {
  auto from = call->there("from"), to = call->here("to", "write");
  auto mode = call->mode();
  if (!from || !to || !mode) co_return !from ? std::move(from).error() : !to ? std::move(to).error() : std::move(mode).error();
  FetchOptions options;
  options.from = *from;
  options.to = *to;
  options.files = call->files;
  options.mode = *mode;
  options.verify = call->args["verify"].as_bool();
  auto looked = co_await stat(client, *from);
  if (!looked) co_return std::move(looked).error();
  options.progress = call->progress(looked->size.value_or(0));
  auto size = co_await fetch_file(client, options);
  if (!size) co_return std::move(size).error();
  Value result = changed_value(*to);
  result.set("size", static_cast<std::int64_t>(*size));
  co_return result;
}

// The protocol does not say why something failed: what is there does.
Flow<Status> why(ClientPtr client, std::string path, Status failed, const char* code, const char* words) {
  if (failed.ok() || failed.error().code != "ssh.sftp_failed") co_return failed;
  auto there = co_await find_path(client, path, false);
  if (!there || !*there) co_return failed;
  co_return Error(code, cat("'", printable(path), "' ", words)).with("path", printable(path));
}

Flow<Result<Value>> create_directory(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  auto mode = call->mode();
  if (!path || !mode) co_return !path ? std::move(path).error() : std::move(mode).error();
  Attributes attributes;
  attributes.mode = mode->value_or(0755);
  Status made = co_await mkdir(client, *path, attributes);
  made = co_await why(client, *path, std::move(made), "ssh.exists", "is there already");
  // The server takes its own mask off the mode.
  if (made && *mode) made = co_await setstat(client, *path, attributes);
  if (!made) co_return std::move(made).error();
  co_return changed_value(*path);
}

Flow<Result<Value>> rename(ClientPtr client, CallPtr call) {
  auto from = call->there("from"), to = call->there("to");
  if (!from || !to) co_return !from ? std::move(from).error() : std::move(to).error();
  Status done = co_await rename_file(client, *from, *to, call->args["replace"].as_bool(), call->args["atomic"].as_bool(true));
  if (!done) co_return std::move(done).error();
  co_return changed_value(*to);
}

Flow<Status> remove_tree(ClientPtr client, std::string path, bool recursive, int depth) {
  auto there = co_await find_path(client, path, false);
  if (!there) co_return std::move(there).error();
  if (!*there) co_return Unit{};
  if ((*there)->type() != "directory") co_return co_await sftp::remove(client, path);
  if (depth > kMostDepth) co_return Error("ssh.too_large", cat("'", printable(path), "' is nested too deeply"));
  if (recursive) {
    auto entries = co_await list(client, path, kMostEntries);
    if (!entries) co_return std::move(entries).error();
    for (const Entry& entry : *entries) {
      Status gone = co_await remove_tree(client, cat(path, '/', entry.name), true, depth + 1);
      if (!gone) co_return gone;
    }
  }
  Status gone = co_await rmdir(client, path);
  co_return co_await why(client, path, std::move(gone), "ssh.not_empty", "is a directory with something in it");
}

Flow<Result<Value>> remove_path(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  if (*path == "/" || *path == ".") co_return Error("ssh.path", cat("'", *path, "' is everything: name what is to be removed"));
  auto there = co_await find_path(client, *path, false);
  if (!there) co_return std::move(there).error();
  if (!*there) co_return changed_value(*path, false);
  Status gone = co_await remove_tree(client, *path, call->args["recursive"].as_bool(), 0);
  if (!gone) co_return std::move(gone).error();
  co_return changed_value(*path);
}

Flow<Result<Value>> update_attributes(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  auto mode = call->mode();
  if (!path || !mode) co_return !path ? std::move(path).error() : std::move(mode).error();
  Attributes attributes;
  if (*mode) attributes.mode = **mode;
  Status done = co_await setstat(client, *path, attributes);
  if (!done) co_return std::move(done).error();
  co_return changed_value(*path);
}

// Whether a change that was begun has happened.

Flow<Result<Value>> probe_write(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  auto content = co_await read_file(client, *path, kMostCompared);
  if (!content && content.error().code == "ssh.not_found") co_return Value(false);
  if (!content) co_return std::move(content).error();
  co_return Value(*content == call->args["content"].reveal());
}

Flow<Result<Value>> probe_directory(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  auto there = co_await find_path(client, *path, false);
  if (!there) co_return std::move(there).error();
  co_return Value(*there && (*there)->type() == "directory");
}

Flow<Result<Value>> probe_rename(ClientPtr client, CallPtr call) {
  auto from = call->there("from"), to = call->there("to");
  if (!from || !to) co_return !from ? std::move(from).error() : std::move(to).error();
  auto old = co_await find_path(client, *from, false);
  if (!old) co_return std::move(old).error();
  auto now = co_await find_path(client, *to, false);
  if (!now) co_return std::move(now).error();
  co_return Value(!old->has_value() && now->has_value());
}

Flow<Result<Value>> probe_remove(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  auto there = co_await find_path(client, *path, false);
  if (!there) co_return std::move(there).error();
  co_return Value(!there->has_value());
}

Flow<Result<Value>> probe_attributes(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  auto mode = call->mode();
  if (!path || !mode) co_return !path ? std::move(path).error() : std::move(mode).error();
  auto there = co_await stat(client, *path);
  if (!there) co_return std::move(there).error();
  co_return Value(!*mode || there->permissions() == **mode);
}

template <Steps verify>
Flow<Result<Value>> probe_transfer(ClientPtr client, CallPtr call) {
  auto seen = co_await verify(client, call);
  if (!seen) co_return std::move(seen).error();
  co_return Value((*seen)["content"].as_bool() && (*seen)["mode"].as_bool());
}

std::vector<Access> writes(World& world, const Value& args) { return with_the_way(world, args["target"], {there(args, "write", "path")}); }
std::vector<Access> writes_two(World& world, const Value& args) { return with_the_way(world, args["target"], {there(args, "write", "from"), there(args, "write", "to")}); }
std::vector<Access> sends(World& world, const Value& args) { return with_the_way(world, args["target"], {here(world, args, "read", "from"), there(args, "write", "to")}); }
std::vector<Access> fetches(World& world, const Value& args) { return with_the_way(world, args["target"], {there(args, "read", "from"), here(world, args, "write", "to")}); }

std::string quoted(const Value& text) { return text.is_unknown() ? "(unknown)" : cat("'", printable(text.as_string()), "'"); }
std::string on(const Value& args) { return cat(" on '", printable(args["target"]["address"].as_string()), "'"); }

std::string describe_write(const Value& args) { return cat("write ", quoted(args["path"]), on(args)); }
std::string describe_put(const Value& args) { return cat("upload ", quoted(args["from"]), " to ", quoted(args["to"]), on(args)); }
std::string describe_fetch(const Value& args) { return cat("download ", quoted(args["from"]), on(args), " to ", quoted(args["to"])); }
std::string describe_directory(const Value& args) { return cat("create directory ", quoted(args["path"]), on(args)); }
std::string describe_directory_ensure(const Value& args) { return cat("ensure directory ", quoted(args["path"]), on(args)); }
std::string describe_rename(const Value& args) { return cat("rename ", quoted(args["from"]), " to ", quoted(args["to"]), on(args)); }
std::string describe_remove(const Value& args) {
  return cat("remove ", quoted(args["path"]), args["recursive"].as_bool() ? " and all that is in it" : "", on(args));
}
std::string describe_attributes(const Value& args) { return cat("change ", quoted(args["path"]), ": mode ", args["mode"].as_string(), on(args)); }

Value predict(const Value& args) { return Value::object({{"path", args[args.has("to") ? "to" : "path"]}, {"changed", true}}); }

const Field kPath{"path", Type::kString, kPositionalRequired};
const Field kMode{"mode", Type::kString}, kAtomic{"atomic", Type::kBoolean}, kVerify{"verify", Type::kBoolean}, kTimeout{"timeout", Type::kDuration};
const std::vector<Field> kUp = {{"from", Type::kPath, kPositionalRequired}, {"to", Type::kString, kPositionalRequired}, kMode, kVerify, kAtomic, kTimeout};
const std::vector<Field> kDown = {{"from", Type::kString, kPositionalRequired}, {"to", Type::kPath, kPositionalRequired}, kMode, kVerify, kTimeout};
const std::vector<Field> kTwo = {{"from", Type::kString, kPositionalRequired}, {"to", Type::kString, kPositionalRequired}, {"replace", Type::kBoolean}, kAtomic};

}  // namespace
}  // namespace sftp

using namespace sftp;  // NOLINT(google-build-using-namespace): the table below is made of it

const Operation kSftpWrite = {.name = "ssh.write", .effect = Effect::kChange,
                              .fields = {kPath, {"content", Type::kSecret, kPositionalRequired}, kMode, kAtomic}, .access = writes,
                              .perform = perform<sftp::write, kAgain>, .timeout = 300, .describe = describe_write, .predict = predict,
                              .probe = perform<probe_write, kAgain>, .capture = perform<capture_path, kAgain>, .revert = perform<revert_path, kAgain>};
const Operation kSftpPut = {.name = "ssh.file_put", .effect = Effect::kChange, .fields = kUp, .access = sends,
                            .perform = perform<put, kAgain>, .timeout = kLongest, .describe = describe_put, .predict = predict,
                            .probe = perform<probe_transfer<verify_upload>, kAgain>, .capture = perform<capture_path, kAgain>,
                            .revert = perform<revert_path, kAgain>};
const Operation kSftpFetch = {.name = "ssh.file_fetch", .effect = Effect::kChange, .fields = kDown, .access = fetches,
                              .perform = perform<fetch, kAgain>, .timeout = kLongest, .describe = describe_fetch, .predict = predict,
                              .probe = perform<probe_transfer<verify_download>, kAgain>, .capture = capture_here, .revert = revert_here};
const Operation kSftpDirectoryCreate = {.name = "ssh.directory_create", .effect = Effect::kChange, .fields = {kPath, kMode}, .access = writes,
                                        .perform = perform<create_directory, 1>, .describe = describe_directory, .predict = predict,
                                        .probe = perform<probe_directory, kAgain>, .capture = perform<capture_path, kAgain>,
                                        .revert = perform<revert_path, kAgain>};
const Operation kSftpRename = {.name = "ssh.rename", .effect = Effect::kChange, .fields = kTwo, .access = writes_two,
                               .perform = perform<sftp::rename, 1>, .describe = describe_rename, .predict = predict,
                               .probe = perform<probe_rename, kAgain>, .capture = perform<capture_rename, kAgain>, .revert = perform<revert_rename, 1>};
const Operation kSftpRemove = {.name = "ssh.remove", .effect = Effect::kDestroy, .fields = {kPath, {"recursive", Type::kBoolean}}, .access = writes,
                               .perform = perform<remove_path, kAgain>, .timeout = 600, .describe = describe_remove, .predict = predict,
                               .probe = perform<probe_remove, kAgain>, .capture = perform<capture_path, kAgain>, .revert = perform<revert_path, kAgain>};
const Operation kSftpAttributesUpdate = {.name = "ssh.attributes_update", .effect = Effect::kChange, .fields = {kPath, {"mode", Type::kString, Field::kRequired}},
                                         .access = writes, .perform = perform<update_attributes, kAgain>, .describe = describe_attributes,
                                         .predict = predict, .probe = perform<probe_attributes, kAgain>, .capture = perform<capture_attributes, kAgain>,
                                         .revert = perform<revert_attributes, kAgain>};

const Operation kSftpUpload = {.name = "ssh.upload", .effect = Effect::kChange, .fields = kUp, .access = sends, .perform = nullptr,
                               .timeout = kLongest, .describe = describe_put};
const Operation kSftpDownload = {.name = "ssh.download", .effect = Effect::kChange, .fields = kDown, .access = fetches, .perform = nullptr,
                                 .timeout = kLongest, .describe = describe_fetch};
const Operation kSftpDirectoryEnsure = {.name = "ssh.directory_ensure", .effect = Effect::kChange, .fields = {kPath, kMode}, .access = writes,
                                        .perform = nullptr, .timeout = 300, .describe = describe_directory_ensure};

}  // namespace runbook::ssh
