// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/core/lazy_library.h"
#include "host/core/text.h"
#include "modules/docker/image/build_context.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kPiece = 1U << 18U;

struct ArchiveApi {
  decltype(&archive_write_new) write_new;
  decltype(&archive_write_free) write_free;
  decltype(&archive_write_set_format_pax_restricted) set_format;
  decltype(&archive_write_set_bytes_per_block) set_block;
  decltype(&archive_write_set_bytes_in_last_block) set_last_block;
  decltype(&archive_write_open) open;
  decltype(&archive_write_close) close;
  decltype(&archive_write_header) header;
  decltype(&archive_write_data) data;
  decltype(&archive_error_string) error_string;
  decltype(&archive_entry_new) entry_new;
  decltype(&archive_entry_free) entry_free;
  decltype(&archive_entry_set_pathname) set_pathname;
  decltype(&archive_entry_set_filetype) set_filetype;
  decltype(&archive_entry_set_perm) set_perm;
  decltype(&archive_entry_set_size) set_size;
  decltype(&archive_entry_set_symlink) set_symlink;
  decltype(&archive_entry_set_mtime) set_mtime;
};

Result<const ArchiveApi*> archive_api() {
  static ArchiveApi api;
  static const Status loaded = load_library(
      "libarchive.so.13", "libarchive13",
      {lazy_symbol("archive_write_new", api.write_new), lazy_symbol("archive_write_free", api.write_free),
       lazy_symbol("archive_write_set_format_pax_restricted", api.set_format),
       lazy_symbol("archive_write_set_bytes_per_block", api.set_block),
       lazy_symbol("archive_write_set_bytes_in_last_block", api.set_last_block),
       lazy_symbol("archive_write_open", api.open), lazy_symbol("archive_write_close", api.close),
       lazy_symbol("archive_write_header", api.header), lazy_symbol("archive_write_data", api.data),
       lazy_symbol("archive_error_string", api.error_string), lazy_symbol("archive_entry_new", api.entry_new),
       lazy_symbol("archive_entry_free", api.entry_free), lazy_symbol("archive_entry_set_pathname", api.set_pathname),
       lazy_symbol("archive_entry_set_filetype", api.set_filetype), lazy_symbol("archive_entry_set_perm", api.set_perm),
       lazy_symbol("archive_entry_set_size", api.set_size), lazy_symbol("archive_entry_set_symlink", api.set_symlink),
       lazy_symbol("archive_entry_set_mtime", api.set_mtime)});
  if (!loaded) return Error(loaded.error());
  return &api;
}

la_ssize_t collect(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

unsigned kind_of(const files::Entry& entry) {
  if (entry.type == "directory") return AE_IFDIR;
  return entry.type == "link" ? AE_IFLNK : AE_IFREG;
}

}  // namespace

struct ContextArchive::State {
  explicit State(BuildContext of) : context(std::move(of)) {}
  ~State() {
    if (writer != nullptr) api->write_free(writer);
  }

  Error failed(const char* what) const {
    const char* why = api->error_string(writer);
    return Error("docker.context", cat("build context: ", what, ": ", why != nullptr ? why : "libarchive failed"));
  }

  Status begin() {
    auto loaded = archive_api();
    if (!loaded) return std::move(loaded).error();
    api = *loaded;
    writer = api->write_new();
    // Unblocked: what is written comes out at once, in pieces of our size.
    if (api->set_format(writer) != ARCHIVE_OK || api->set_block(writer, 0) != ARCHIVE_OK ||
        api->set_last_block(writer, 1) != ARCHIVE_OK ||
        api->open(writer, &out, nullptr, collect, nullptr) != ARCHIVE_OK) {
      return failed("cannot begin an archive");
    }
    return Unit{};
  }

  Status begin_entry() {
    const files::Entry& entry = context.entries()[index];
    const std::string path = context.directory() + "/" + entry.name;
    std::unique_ptr<archive_entry, decltype(api->entry_free)> header(api->entry_new(), api->entry_free);
    api->set_pathname(header.get(), entry.name.c_str());
    api->set_filetype(header.get(), kind_of(entry));
    api->set_perm(header.get(), static_cast<mode_t>(entry.type == "link" ? 0777 : entry.mode));
    api->set_mtime(header.get(), 0, 0);
    if (entry.type == "link") api->set_symlink(header.get(), entry.target.c_str());
    left = 0;
    if (entry.type == "file") {
      auto opened = context.files().open_regular(path);
      if (!opened) return std::move(opened).error();
      file = std::move(*opened);
      left = entry.size;
    }
    api->set_size(header.get(), static_cast<la_int64_t>(left));
    if (api->header(writer, header.get()) != ARCHIVE_OK) return failed(entry.name.c_str());
    return Unit{};
  }

  // One piece of the current file. Its size went out with its header: one that has shrunk since cannot be sent.
  Status copy_piece() {
    const std::string& name = context.entries()[index].name;
    const ssize_t count = ::read(file.get(), buffer.data(), std::min<std::uint64_t>(buffer.size(), left));
    if (count < 0 && errno == EINTR) return Unit{};
    if (count <= 0) {
      return Error("docker.context", cat("build context: '", printable(name), "' ",
                                         count == 0 ? "became shorter while it was sent" : std::strerror(errno)));
    }
    if (api->data(writer, buffer.data(), static_cast<std::size_t>(count)) != count) return failed(name.c_str());
    left -= static_cast<std::uint64_t>(count);
    return Unit{};
  }

  Status fill() {
    if (writer == nullptr) RUNBOOK_TRY(begin());
    while (out.size() < kPiece && !closed) {
      if (left > 0) {
        RUNBOOK_TRY(copy_piece());
      } else if (started) {
        file = files::Fd();
        started = false;
        ++index;
      } else if (index < context.entries().size()) {
        RUNBOOK_TRY(begin_entry());
        started = true;
      } else {
        if (api->close(writer) != ARCHIVE_OK) return failed("cannot end the archive");
        closed = true;
      }
    }
    return Unit{};
  }

  BuildContext context;
  const ArchiveApi* api = nullptr;
  archive* writer = nullptr;
  std::string out;
  std::string buffer = std::string(kPiece, '\0');
  files::Fd file;
  std::size_t index = 0;
  std::uint64_t left = 0;
  bool started = false;
  bool closed = false;
};

ContextArchive::ContextArchive(BuildContext context) : state_(std::make_unique<State>(std::move(context))) {}
ContextArchive::~ContextArchive() = default;

Result<std::string> ContextArchive::next() {
  RUNBOOK_TRY(state_->fill());
  std::string piece;
  piece.swap(state_->out);
  return piece;
}

}  // namespace runbook::docker
