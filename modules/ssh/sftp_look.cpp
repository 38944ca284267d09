// SPDX-License-Identifier: Apache-2.0
// Looking at files behind SFTP.
#include "host/core/text.h"
#include "modules/ssh/operations.h"
#include "modules/ssh/sftp.h"

namespace runbook::ssh {

namespace sftp {

namespace {

constexpr std::int64_t kReadLimit = 64LL << 20;
constexpr std::size_t kMostEntries = 100000;

Flow<Result<Value>> look(ClientPtr client, CallPtr call, bool must_be_there) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  const bool follow = call->args["follow"].as_bool(true);
  auto seen = co_await find_path(client, *path, follow);
  if (!seen) co_return std::move(seen).error();
  if (!*seen && must_be_there) co_return Error("ssh.not_found", cat("'", printable(*path), "' does not exist on ", client->name())).with("path", printable(*path));
  if (!*seen) co_return Value();
  Value entry = entry_value(**seen, *path);
  if ((*seen)->type() == "link") {
    auto target = co_await readlink(client, *path);
    if (!target) co_return std::move(target).error();
    entry.set("target", *target);
  }
  co_return entry;
}

Flow<Result<Value>> look_at(ClientPtr client, CallPtr call) { return look(std::move(client), std::move(call), true); }
Flow<Result<Value>> find(ClientPtr client, CallPtr call) { return look(std::move(client), std::move(call), false); }

Flow<Result<Value>> list_path(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  auto entries = co_await list(client, *path, kMostEntries);
  if (!entries) co_return std::move(entries).error();
  const std::string before = *path == "/" ? "/" : *path == "." ? "" : cat(*path, '/');
  Value out = Value::Array{};
  for (const Entry& entry : *entries) out.push(entry_value(entry.attributes, before + entry.name));
  co_return out;
}

Flow<Result<Value>> read(ClientPtr client, CallPtr call) {
  auto path = call->there("path");
  if (!path) co_return std::move(path).error();
  auto content = co_await read_file(client, *path, static_cast<std::uint64_t>(call->args["limit"].as_int(kReadLimit)));
  if (!content) co_return std::move(content).error();
  co_return Value(std::move(*content));
}

std::vector<Access> reads(World& world, const Value& args) { return with_the_way(world, args["target"], {there(args, "read", "path")}); }
std::vector<Access> compares_upload(World& world, const Value& args) { return with_the_way(world, args["target"], {here(world, args, "read", "from"), there(args, "read", "to")}); }
std::vector<Access> compares_download(World& world, const Value& args) { return with_the_way(world, args["target"], {there(args, "read", "from"), here(world, args, "write", "to")}); }

const Field kPath{"path", Type::kString, kPositionalRequired};
const Field kTimeout{"timeout", Type::kDuration};
constexpr double kLongest = 6 * 3600;

}  // namespace
}  // namespace sftp

using sftp::kAgain;
using sftp::perform;

const Operation kSftpStat = {.name = "ssh.stat", .effect = Effect::kRead, .fields = {sftp::kPath, {"follow", Type::kBoolean}},
                             .access = sftp::reads, .perform = perform<sftp::look_at, kAgain>};
const Operation kSftpFind = {.name = "ssh.find", .effect = Effect::kRead, .fields = {sftp::kPath, {"follow", Type::kBoolean}},
                             .access = sftp::reads, .perform = perform<sftp::find, kAgain>};
const Operation kSftpList = {.name = "ssh.list", .effect = Effect::kRead, .fields = {sftp::kPath}, .access = sftp::reads,
                             .perform = perform<sftp::list_path, kAgain>, .timeout = 300};
const Operation kSftpRead = {.name = "ssh.read", .effect = Effect::kRead, .fields = {sftp::kPath, {"limit", Type::kSize}},
                             .access = sftp::reads, .perform = perform<sftp::read, kAgain>, .timeout = 300};
const Operation kSftpUploadVerify = {
    .name = "ssh.upload_verify",
    .effect = Effect::kRead,
    .fields = {{"from", Type::kPath, kPositionalRequired}, {"to", Type::kString, kPositionalRequired}, {"mode", Type::kString}, {"verify", Type::kBoolean}, sftp::kTimeout},
    .access = sftp::compares_upload, .perform = perform<sftp::verify_upload, kAgain>, .timeout = sftp::kLongest};
const Operation kSftpDownloadVerify = {
    .name = "ssh.download_verify",
    .effect = Effect::kRead,
    .fields = {{"from", Type::kString, kPositionalRequired}, {"to", Type::kPath, kPositionalRequired}, {"mode", Type::kString}, {"verify", Type::kBoolean}, sftp::kTimeout},
    .access = sftp::compares_download, .perform = perform<sftp::verify_download, kAgain>, .timeout = sftp::kLongest};

}  // namespace runbook::ssh
