// SPDX-License-Identifier: Apache-2.0
#include "host/core/text.h"
#include "host/ssh/sftp/transfer.h"

namespace runbook::ssh::sftp {

namespace {

Error changed(const std::string& path) {
  return Error("ssh.changed", cat("'", printable(path), "' changed while it was read")).with("path", printable(path)).retry();
}

// All of it into the draft, from where that ends.
Flow<Status> receive(const Handle& handle, const FetchOptions& options, std::shared_ptr<Draft> draft, Attributes there) {
  const std::uint64_t size = *there.size;
  if (draft->size() > size) {
    Status again = draft->restart();
    if (!again) co_return again;
  }
  ReadJob job;
  job.path = options.from;
  job.from = draft->size();
  job.to = size;
  job.progress = options.progress;
  job.take = [draft](std::string_view bytes) { return draft->append(bytes); };
  auto read = co_await read_window(handle, job);
  if (!read) co_return std::move(read).error();
  auto now = co_await fstat(handle, options.from);
  if (!now) co_return std::move(now).error();
  if (now->size != there.size || now->modified != there.modified) co_return changed(options.from);
  co_return Unit{};
}

Flow<Status> check(ClientPtr client, const FetchOptions& options, std::shared_ptr<Draft> draft) {
  auto theirs = co_await checksum_file(client, options.from);
  if (!theirs) co_return std::move(theirs).error();
  auto looking = on_worker<std::string>(client->loop(), [draft] { return draft->sha256(); });
  auto ours = co_await looking;
  if (!ours) co_return std::move(ours).error();
  if (*theirs == *ours) co_return Unit{};
  co_return Error("ssh.checksum", cat("what came of '", printable(options.from), "' is not what ", client->name(), " has"),
                  "it was written to in between, or a former part was of another content: it has been dropped")
      .retry();
}

}  // namespace

Flow<Result<std::uint64_t>> fetch_file(ClientPtr client, FetchOptions options) {
  auto looked = co_await stat(client, options.from);
  if (!looked) co_return std::move(looked).error();
  if (looked->type() != "file") {
    co_return Error("ssh.not_regular", cat("'", printable(options.from), "' is a ", looked->type())).with("path", printable(options.from));
  }
  auto opened = co_await open(client, options.from, kForRead);
  if (!opened) co_return std::move(opened).error();
  const Handle handle = std::move(*opened);
  auto there = co_await fstat(handle, options.from);
  if (!there) co_return std::move(there).error();
  if (!there->size || !there->modified) co_return protocol_error("a file without a size or a time");

  const std::string key = cat(client->name(), '\n', options.from, '\n', *there->size, '\n', *there->modified);
  auto opening = on_worker<std::shared_ptr<Draft>>(client->loop(), [files = options.files, to = options.to, key] { return Draft::open(*files, to, key); });
  auto draft = co_await opening;
  if (!draft) co_return std::move(draft).error();
  Status done = co_await receive(handle, options, *draft, *there);
  if (done && options.verify) done = co_await check(client, options, *draft);
  if (done) {
    auto placing = on_worker<Unit>(client->loop(), [draft = *draft, mode = options.mode, modified = *there->modified] { return draft->place(mode, modified); });
    done = co_await placing;
  }
  if (!done) {
    const std::string& code = done.error().code;
    if (code != "ssh.connection_lost" && code != "ssh.timeout") (*draft)->discard();
    co_return std::move(done).error();
  }
  co_return *there->size;
}

}  // namespace runbook::ssh::sftp
