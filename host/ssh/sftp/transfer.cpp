// SPDX-License-Identifier: Apache-2.0
// What both ways need: paths, looking, renaming, reading.
#include "host/ssh/sftp/transfer.h"

#include "host/core/text.h"
#include "host/ssh/sha256.h"

namespace runbook::ssh::sftp {

Result<std::string> clean_path(std::string_view path) {
  const auto wrong = [&](const char* why) { return Error("ssh.path", cat("'", printable(path), "' is no path: ", why)).with("path", printable(path)); };
  if (path.empty()) return wrong("it is empty");
  if (path.find('\0') != std::string_view::npos) return wrong("it holds a NUL");
  const bool absolute = path.front() == '/';
  std::vector<std::string> parts;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (!parts.empty()) {
      parts.pop_back();
    } else if (!absolute) {
      return wrong("it leads out of the directory that it starts in");
    }
  }
  if (parts.empty()) return std::string(absolute ? "/" : ".");
  return cat(absolute ? "/" : "", join(parts, "/"));
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

Flow<Result<std::optional<Attributes>>> find_path(ClientPtr client, std::string path, bool follow) {
  Result<Attributes> seen = Attributes();
  if (follow) {
    seen = co_await stat(client, path);
  } else {
    seen = co_await lstat(client, path);
  }
  if (seen) co_return std::optional<Attributes>(*seen);
  if (seen.error().code == "ssh.not_found" || seen.error().code == "ssh.not_directory") co_return std::optional<Attributes>();
  co_return std::move(seen).error();
}

Flow<Status> rename_file(ClientPtr client, std::string from, std::string to, bool replace, bool atomic) {
  if (replace && client->has_posix_rename()) co_return co_await posix_rename(client, from, to);
  auto there = co_await find_path(client, to, false);
  if (!there) co_return std::move(there).error();
  if (*there && !replace) co_return Error("ssh.exists", cat("'", printable(to), "' is there already"), "'replace = true' replaces it").with("path", printable(to));
  if (*there && atomic) {
    co_return Error("ssh.unsupported", cat("the SFTP server on ", client->name(), " cannot replace '", printable(to), "' in one step (it has no posix-rename)"),
                    "'atomic = false' removes the old file first: for a moment there is none")
        .with("path", printable(to));
  }
  if (*there) {
    Status removed = co_await remove(client, to);
    if (!removed) co_return std::move(removed).error();
  }
  co_return co_await plain_rename(client, from, to);
}

Flow<Result<std::string>> read_file(ClientPtr client, std::string path, std::uint64_t limit) {
  auto there = co_await stat(client, path);
  if (!there) co_return std::move(there).error();
  if (const std::string type = there->type(); type != "file" && type != "unknown") {
    co_return Error("ssh.not_regular", cat("'", printable(path), "' is a ", type)).with("path", printable(path));
  }
  auto opened = co_await open(client, path, kForRead);
  if (!opened) co_return std::move(opened).error();
  const Handle handle = std::move(*opened);
  const std::uint64_t size = there->size.value_or(0);
  auto content = std::make_shared<std::string>();
  ReadJob job;
  job.path = path;
  job.until_end = size == 0;
  job.to = job.until_end ? limit + 1 : size;
  job.take = [content](std::string_view bytes) {
    content->append(bytes);
    return Status(Unit{});
  };
  if (size <= limit) {
    auto read = co_await read_window(handle, job);
    if (!read) co_return std::move(read).error();
  }
  if (size > limit || content->size() > limit) {
    co_return Error("ssh.too_large", cat("'", printable(path), "' is larger than ", limit, " bytes"), "'limit' allows more; 'download' needs no memory for it")
        .with("path", printable(path));
  }
  co_return std::move(*content);
}

Flow<Result<std::string>> checksum_file(ClientPtr client, std::string path) {
  auto opened = co_await open(client, path, kForRead);
  if (!opened) co_return std::move(opened).error();
  const Handle handle = std::move(*opened);
  auto there = co_await fstat(handle, path);
  if (!there) co_return std::move(there).error();
  auto hash = std::make_shared<Sha256>();
  ReadJob job;
  job.path = path;
  job.to = there->size.value_or(0);
  job.take = [hash](std::string_view bytes) {
    hash->add(bytes);
    return Status(Unit{});
  };
  auto read = co_await read_window(handle, job);
  if (!read) co_return std::move(read).error();
  co_return hash->hex();
}

}  // namespace runbook::ssh::sftp
