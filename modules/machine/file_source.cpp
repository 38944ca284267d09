// SPDX-License-Identifier: Apache-2.0
// Files of this computer, read to be sent; and what is said about them.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/core/diff.h"
#include "host/core/text.h"
#include "modules/machine/sha256.h"
#include "modules/machine/transfer.h"

namespace runbook::machine {

namespace {
constexpr std::uint64_t kReportEvery = 4U << 20U;
}

Result<std::shared_ptr<FileReader>> FileReader::open(const files::Tree& files, const std::string& path,
                                                     std::uint64_t offset) {
  auto file = files.open_regular(path);
  if (!file) return std::move(file).error();
  if (lseek(file->get(), static_cast<off_t>(offset), SEEK_SET) < 0) return files::error(errno, "read", path);
  return std::shared_ptr<FileReader>(new FileReader(std::move(*file), path));
}

Result<std::string> FileReader::next(std::size_t most) {
  std::string piece(most, '\0');
  std::size_t filled = 0;
  while (filled < most) {
    const ssize_t got = ::read(file_.get(), piece.data() + filled, most - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return files::error(errno, "read", path_);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  piece.resize(filled);
  return piece;
}

Result<std::string> sha256_beginning(const files::Tree& files, const std::string& path, std::uint64_t size) {
  auto reader = FileReader::open(files, path, 0);
  if (!reader) return std::move(reader).error();
  Sha256 hash;
  while (size > 0) {
    auto piece = (*reader)->next(static_cast<std::size_t>(std::min<std::uint64_t>(size, kTransferPiece)));
    if (!piece) return std::move(piece).error();
    if (piece->empty()) break;
    hash.add(*piece);
    size -= piece->size();
  }
  return hash.hex();
}

Result<FileSource> look_at_source(const Reach& reach, const Value& args) {
  FileSource source;
  auto path = reach.read(args["from"]);
  if (!path) return std::move(path).error();
  source.path = *path;
  auto file = reach.files().open_regular(*path);
  if (!file) return std::move(file).error();
  struct stat info {};
  if (fstat(file->get(), &info) != 0) return files::error(errno, "read", *path);
  source.size = static_cast<std::uint64_t>(info.st_size);
  source.mode = info.st_mode & 07777;
  source.modified = info.st_mtime;
  const std::string& known = args["sha256"].as_string();
  if (!known.empty() && static_cast<std::uint64_t>(args["size"].as_int()) == source.size) {
    source.sha256 = known;
  } else {
    if (!known.empty()) return source_changed(*path);
    Sha256 hash;
    std::uint64_t seen = 0;
    RUNBOOK_TRY(reach.files().read_pieces(*path, [&](std::string_view piece) {
      hash.add(piece);
      seen += piece.size();
      if (source.size <= kMostShownText && seen <= kMostShownText) source.text += piece;
    }));
    if (seen != source.size) return source_changed(*path);
    source.sha256 = hash.hex();
  }
  return source;
}

std::string upload_name(const std::string& target) { return ".runbook-" + sha256_text(target).substr(0, 32); }

std::string part_name(const std::string& sha256, const std::string& target) {
  return ".runbook-" + sha256_text(sha256 + "/" + target).substr(0, 32);
}

Error source_changed(const std::string& path) {
  return Error("machine.source_changed", cat("'", printable(path), "' changed while it was sent"),
               "send what nothing writes to meanwhile: a snapshot, a finished dump")
      .with("path", printable(path))
      .retry();
}

std::string content_diff(const std::string& path, const std::optional<std::uint64_t>& old_size,
                         const std::string& old_sha256, const std::optional<std::string>& old_text, std::uint64_t size,
                         const std::string& sha256, const std::string& text) {
  const bool new_shown = text.size() == size;
  if (new_shown && (old_text || !old_size))
    return unified_diff(old_text.value_or(""), text, old_size ? path : "/dev/null", path);
  std::string diff = cat("--- ", old_size ? printable(path) : "/dev/null", "\n+++ ", printable(path), "\n");
  if (old_size) diff += cat("-", *old_size, " bytes", old_sha256.empty() ? "" : cat(", sha256 ", old_sha256), "\n");
  return diff + cat("+", size, " bytes, sha256 ", sha256, "\n");
}

Value transfer_verified(const ContentSeen& seen, const ContentWanted& wanted, const std::string& path) {
  Value state;
  const auto size = static_cast<std::int64_t>(wanted.size);
  if (!seen.found) {
    state = verified_absent(Value::Object{}, path);
    state.set("diff", content_diff(path, {}, {}, {}, wanted.size, wanted.sha256, wanted.text));
  } else {
    const files::Entry& entry = seen.found->entry;
    state = verified(*seen.found, seen.wanted, {}, Value::Object{}, path);
    const bool same =
        entry.type == "file" && entry.size == wanted.size && !seen.sha256.empty() && seen.sha256 == wanted.sha256;
    const bool times = !wanted.modified || static_cast<std::int64_t>(entry.modified) == *wanted.modified;
    std::string diff =
        same ? "" : content_diff(path, entry.size, seen.sha256, seen.text, wanted.size, wanted.sha256, wanted.text);
    diff += state["diff"].as_string();
    if (!times) diff += "time of the last change\n";
    state.set("content", same);
    state.set("times", times);
    state.set("same", same && times && state["same"].as_bool());
    if (!diff.empty()) state.set("diff", diff);
  }
  state.set("path", path);
  state.set("size", size);
  state.set("sha256", wanted.sha256);
  return state;
}

Value transferred(const std::string& path, std::uint64_t size, const std::string& sha256, bool changed) {
  return Value::object(
      {{"path", path}, {"size", static_cast<std::int64_t>(size)}, {"sha256", sha256}, {"changed", changed}});
}

void Progress::report(std::uint64_t done, std::uint64_t total) {
  if (!on_event_ || (done < reported_ + kReportEvery && done != total)) return;
  reported_ = done;
  on_event_(Value::object(
      {{"event", "progress"}, {"done", static_cast<std::int64_t>(done)}, {"total", static_cast<std::int64_t>(total)}}));
}

}  // namespace runbook::machine
