// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/image/build_context.h"

#include <algorithm>

#include "host/core/text.h"
#include "modules/docker/digest.h"
#include "modules/docker/image/ignore_file.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kMaxEntries = 1'000'000;
constexpr std::uint64_t kMaxIgnoreFile = 1U << 20U;

Error context_error(Error error) {
  return Error("docker.context", "build context: " + error.message, error.hint).because(std::move(error));
}

}  // namespace

Result<BuildContext> BuildContext::open(files::TreePtr files, const std::string& directory, const std::string& dockerfile) {
  BuildContext context;
  context.files_ = files;
  context.directory_ = directory;
  const std::string file = files::normalise("/" + dockerfile).substr(1);
  auto found = files->stat(directory + "/" + file);
  if (!found || found->type != "file") {
    return Error("docker.context", cat("build context '", printable(directory), "': there is no '", printable(dockerfile), "' in it"),
                 "name it with the option dockerfile, relative to the context");
  }
  std::string ignored;
  if (auto there = files->stat(directory + "/.dockerignore"); there && there->type == "file") {
    auto text = files->read(directory + "/.dockerignore", kMaxIgnoreFile);
    if (!text) return context_error(std::move(text).error());
    ignored = std::move(*text);
  }
  if (Status status = context.walk("", IgnoreFile(ignored), file); !status) return std::move(status).error();
  std::sort(context.entries_.begin(), context.entries_.end(),
            [](const files::Entry& a, const files::Entry& b) { return a.name < b.name; });
  return context;
}

Status BuildContext::walk(const std::string& below, const IgnoreFile& ignore, const std::string& dockerfile) {
  auto listed = files_->list(below.empty() ? directory_ : directory_ + "/" + below, kMaxEntries);
  if (!listed) return context_error(std::move(listed).error());
  for (files::Entry& entry : *listed) {
    const bool is_directory = entry.type == "directory";
    entry.name = below.empty() ? entry.name : below + "/" + entry.name;
    const bool needed = entry.name == dockerfile || entry.name == ".dockerignore";
    const bool leads_to_it = is_directory && dockerfile.rfind(entry.name + "/", 0) == 0;
    const bool ignored = !needed && ignore.ignores(entry.name);
    if (is_directory && (!ignored || ignore.has_exceptions() || leads_to_it)) {
      RUNBOOK_TRY(walk(entry.name, ignore, dockerfile));
    }
    // Sockets, pipes and devices have no content to send.
    const bool sendable = is_directory || entry.type == "file" || entry.type == "link";
    if (ignored || !sendable) continue;
    if (entries_.size() >= kMaxEntries) return Error("docker.context", cat("build context: more than ", kMaxEntries, " files"));
    entries_.push_back(std::move(entry));
  }
  return Unit{};
}

Result<std::string> BuildContext::hash() const {
  Sha256 digest;
  for (const files::Entry& entry : entries_) {
    const bool is_file = entry.type == "file";
    // Lengths keep what follows from being taken for part of a name.
    digest.update(cat(entry.name.size(), ":", entry.name, " ", entry.type, " ", entry.type == "link" ? 0U : entry.mode, " ",
                      is_file ? entry.size : entry.target.size(), "\n", entry.target));
    if (!is_file) continue;
    Status read = files_->read_pieces(directory_ + "/" + entry.name, [&](std::string_view piece) { digest.update(piece); });
    if (!read) return context_error(std::move(read).error());
  }
  return digest.hex();
}

}  // namespace runbook::docker
