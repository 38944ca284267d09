// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/core/text.h"
#include "host/ssh/sftp/transfer.h"

namespace runbook::ssh::sftp {

namespace {

// Whom a file belongs to that this account makes in the directory of `part`; nothing where the server does not say.
Flow<Result<std::optional<std::uint32_t>>> who_am_i(ClientPtr client, std::string part) {
  const std::string probe = part + ".who";
  Attributes fresh;
  fresh.mode = 0600;
  auto opened = co_await open(client, probe, kForWrite | kCreate | kExclusive, fresh);
  if (!opened) co_return std::move(opened).error();
  const Handle handle = std::move(*opened);
  auto made = co_await fstat(handle, probe);
  const Status removed = co_await remove(client, probe);
  if (!made || !removed) co_return made ? removed.error() : std::move(made).error();
  co_return made->uid;
}

// Where to go on in what a former attempt left. The last pieces that it sent may have arrived in any order. In a directory
// that others may write to it could be a trap: whoever owns the part, or may write to it, would own what it becomes.
Flow<Result<std::uint64_t>> resume_at(ClientPtr client, std::string part, std::uint64_t size) {
  auto there = co_await find_path(client, part, false);
  if (!there) co_return std::move(there).error();
  if (!*there) co_return std::uint64_t{0};
  const std::uint64_t left = (*there)->size.value_or(0);
  const bool is_private = (*there)->type() == "file" && ((*there)->permissions() & 022U) == 0;
  if (is_private && left > Client::kMostInFlight && left <= size && (*there)->uid) {
    const auto me = co_await who_am_i(client, part);
    if (me && *me == (*there)->uid) co_return left - Client::kMostInFlight;
  }
  // Nothing to go on with; and where it is a link, it would lead elsewhere.
  Status removed = co_await remove(client, part);
  if (!removed) co_return std::move(removed).error();
  co_return std::uint64_t{0};
}

// Mode and time, as far as the server lets us: without the time the next upload cannot see that it is the same.
Flow<Status> describe(const Handle& handle, const std::string& part, const Source& source, unsigned mode, bool mode_wanted) {
  Attributes attributes;
  attributes.mode = mode;
  attributes.accessed = attributes.modified = source.modified;
  Status set = co_await fsetstat(handle, part, attributes);
  if (set || mode_wanted) co_return set;
  const std::string& code = set.error().code;
  if (code == "ssh.unsupported" || code == "ssh.permission" || code == "ssh.sftp_failed") co_return Unit{};
  co_return set;
}

Flow<Status> send_part(ClientPtr client, SourcePtr source, const PutOptions& options, std::string part, unsigned mode, bool& resumed) {
  auto from = co_await resume_at(client, part, source->size);
  if (!from) co_return std::move(from).error();
  resumed = *from > 0;
  Attributes fresh;
  fresh.mode = 0600;
  auto opened = co_await open(client, part, kForWrite | kCreate | (*from == 0 ? kExclusive : 0U), fresh);
  if (!opened) co_return std::move(opened).error();
  Handle handle = std::move(*opened);

  WriteJob job;
  job.path = options.path;
  job.from = *from;
  job.progress = options.progress;
  job.next = [source, offset = std::make_shared<std::uint64_t>(*from)](std::size_t most) {
    auto bytes = source->read(*offset, most);
    if (bytes) *offset += bytes->size();
    return bytes;
  };
  auto sent = co_await write_window(handle, job);
  if (!sent) co_return std::move(sent).error();
  auto still_same = on_worker<Unit>(client->loop(), [source] { return source->unchanged(); });
  Status unchanged = co_await still_same;
  if (!unchanged) co_return unchanged;
  Status described = co_await describe(handle, part, *source, mode, options.mode.has_value());
  if (!described) co_return described;
  Status synced = co_await fsync(handle, part);
  if (!synced && synced.error().code != "ssh.unsupported") co_return synced;
  Status closed = co_await handle.close(part);
  if (!closed) co_return closed;
  // By its name: somebody else who sends the same may have begun anew.
  auto arrived = co_await lstat(client, part);
  if (!arrived) co_return std::move(arrived).error();
  if (*sent != source->size || arrived->size.value_or(source->size) != source->size) {
    co_return Error("ssh.sftp_failed", cat("of ", source->size, " bytes ", arrived->size.value_or(0), " are in '", printable(part), "' on ", client->name()));
  }
  co_return Unit{};
}

Flow<Status> check_part(ClientPtr client, SourcePtr source, std::string part, bool resumed) {
  auto hash = co_await checksum_file(client, part);
  if (!hash) co_return std::move(hash).error();
  if (*hash == source->sha256) co_return Unit{};
  Error error("ssh.checksum", cat("what ", client->name(), " has of '", printable(source->name), "' is not what was sent"),
              resumed ? "the part of a former attempt was damaged: it has been dropped" : "its disk, or something on the way, is broken");
  if (resumed) co_return std::move(error).retry();
  co_return error;
}

bool worth_keeping(const Error& why) { return why.code == "ssh.connection_lost" || why.code == "ssh.timeout" || why.code == "ssh.closed"; }

}  // namespace

Flow<Status> put_file(ClientPtr client, SourcePtr source, PutOptions options) {
  auto there = co_await find_path(client, options.path, false);
  if (!there) co_return std::move(there).error();
  if (*there && (*there)->type() != "file") {
    co_return Error("ssh.not_regular", cat("'", printable(options.path), "' is there and is a ", (*there)->type()), "remove or rename it first")
        .with("path", printable(options.path));
  }
  if (*there && options.atomic && !client->has_posix_rename()) {
    // Before anything is sent.
    co_return co_await rename_file(client, options.path, options.path, true, true);
  }
  const unsigned mode = options.mode ? *options.mode : *there ? (*there)->permissions() : source->new_mode;
  const std::string directory = directory_of(options.path);
  const std::string part = cat(directory, part_name(options.path.substr(directory.size()), source->sha256));
  bool resumed = false;
  Status done = co_await send_part(client, source, options, part, mode, resumed);
  // What was there before may have lost bytes when the server went down, or have never been ours.
  if (done && (options.verify || resumed)) done = co_await check_part(client, source, part, resumed);
  if (done) done = co_await rename_file(client, part, options.path, true, options.atomic);
  if (!done && !worth_keeping(done.error())) {
    // Whether it goes or not, what went wrong before is what counts.
    const Status removed = co_await remove(client, part);
    if (!removed && removed.error().code != "ssh.not_found") done.error().context.insert_or_assign("left", printable(part));
  }
  co_return done;
}

}  // namespace runbook::ssh::sftp
