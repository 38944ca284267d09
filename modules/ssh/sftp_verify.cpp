// SPDX-License-Identifier: Apache-2.0
// Whether a file here and one there are the same. SFTP has no checksums: size and time tell, or reading it all.
#include <cmath>

#include "host/core/text.h"
#include "modules/ssh/sftp.h"

namespace runbook::ssh::sftp {

namespace {

struct End {
  std::uint64_t size = 0;
  std::int64_t modified = 0;
};

std::string show(const End& end) { return cat(end.size, " bytes of ", end.modified); }

Result<std::optional<files::Entry>> look_here(const files::Tree& files, const std::string& path) {
  auto entry = files.stat(path);
  if (entry) return std::optional<files::Entry>(std::move(*entry));
  if (entry.error().code == "file.not_found") return std::optional<files::Entry>();
  return own(std::move(entry).error());
}

Error not_regular(const std::string& path, const std::string& type) {
  return Error("ssh.not_regular", cat("'", printable(path), "' is a ", type), type == "directory" ? "name the files in it one by one" : "").with("path", printable(path));
}

// {type, content, mode, diff}: `to` is what would be changed.
Value compared(const std::string& to, const std::optional<End>& old, const End& wanted, bool content, bool mode) {
  Value out = Value::object({{"type", old ? "file" : "absent"}, {"content", content}, {"mode", mode}});
  if (!content) {
    out.set("diff", cat("--- ", old ? printable(to) : "/dev/null", "\n+++ ", printable(to), "\n", old ? cat("-", show(*old), "\n") : "", "+", show(wanted), "\n"));
  } else if (!mode) {
    out.set("diff", cat("mode of ", printable(to), "\n"));
  }
  return out;
}

}  // namespace

Flow<Result<Value>> verify_upload(ClientPtr client, CallPtr call) {
  auto from = call->here("from", "read"), to = call->there("to");
  auto mode = call->mode();
  if (!from || !to || !mode) co_return !from ? std::move(from).error() : !to ? std::move(to).error() : std::move(mode).error();
  auto looking = on_worker<std::optional<files::Entry>>(client->loop(), [files = call->files, path = *from] { return look_here(*files, path); });
  auto ours = co_await looking;
  if (!ours) co_return std::move(ours).error();
  if (!*ours) co_return Error("ssh.not_found", cat("'", printable(*from), "' does not exist")).with("path", printable(*from));
  if ((*ours)->type != "file") co_return not_regular(*from, (*ours)->type);
  const End wanted{(*ours)->size, static_cast<std::int64_t>(std::floor((*ours)->modified))};
  auto theirs = co_await find_path(client, *to, false);
  if (!theirs) co_return std::move(theirs).error();
  if (!*theirs) co_return compared(*to, {}, wanted, false, true);
  if ((*theirs)->type() != "file") co_return not_regular(*to, (*theirs)->type());
  const End old{(*theirs)->size.value_or(0), static_cast<std::int64_t>((*theirs)->modified.value_or(0))};
  bool same = old.size == wanted.size;
  if (same && call->args["verify"].as_bool()) {
    const StopFlag stop;
    auto reading = on_worker<SourcePtr>(client->loop(), [files = call->files, path = *from, flag = stop.flag()] { return file_source(*files, path, flag.get()); });
    auto source = co_await reading;
    if (!source) co_return std::move(source).error();
    auto sum = co_await checksum_file(client, *to);
    if (!sum) co_return std::move(sum).error();
    same = *sum == (*source)->sha256;
  } else {
    same = same && old.modified == wanted.modified;
  }
  const bool same_mode = !*mode || **mode == (*theirs)->permissions();
  co_return compared(*to, old, wanted, same, same_mode);
}

Flow<Result<Value>> verify_download(ClientPtr client, CallPtr call) {
  auto from = call->there("from"), to = call->here("to", "write");
  auto mode = call->mode();
  if (!from || !to || !mode) co_return !from ? std::move(from).error() : !to ? std::move(to).error() : std::move(mode).error();
  auto theirs = co_await stat(client, *from);
  if (!theirs) co_return std::move(theirs).error();
  if (theirs->type() != "file") co_return not_regular(*from, theirs->type());
  const End wanted{theirs->size.value_or(0), static_cast<std::int64_t>(theirs->modified.value_or(0))};
  auto looking = on_worker<std::optional<files::Entry>>(client->loop(), [files = call->files, path = *to] { return look_here(*files, path); });
  auto ours = co_await looking;
  if (!ours) co_return std::move(ours).error();
  if (!*ours) co_return compared(*to, {}, wanted, false, true);
  if ((*ours)->type != "file") co_return not_regular(*to, (*ours)->type);
  const End old{(*ours)->size, static_cast<std::int64_t>(std::floor((*ours)->modified))};
  bool same = old.size == wanted.size;
  if (same && call->args["verify"].as_bool()) {
    auto sum = co_await checksum_file(client, *from);
    if (!sum) co_return std::move(sum).error();
    const StopFlag stop;
    auto reading = on_worker<SourcePtr>(client->loop(), [files = call->files, path = *to, flag = stop.flag()] { return file_source(*files, path, flag.get()); });
    auto source = co_await reading;
    if (!source) co_return std::move(source).error();
    same = *sum == (*source)->sha256;
  } else {
    same = same && old.modified == wanted.modified;
  }
  const bool same_mode = !*mode || **mode == (*ours)->mode;
  // A fetch gives the mode too.
  co_return compared(*to, old, wanted, same && same_mode, same_mode);
}

}  // namespace runbook::ssh::sftp
