// SPDX-License-Identifier: Apache-2.0
//
// Whole files, there and back: whole or not at all, and resumed where a former attempt was broken off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/ssh/sftp/local_file.h"
#include "host/ssh/sftp/window.h"

namespace runbook::ssh::sftp {

struct PutOptions {
  std::string path;
  std::optional<unsigned> mode;  ///< else that of the file there, else the source's
  bool verify = false;           ///< reads back what was sent
  bool atomic = true;            ///< else, on a server that cannot replace a file, it is removed first
  Progress progress;
};
/// Sends to a file beside it, named by the content, and renames that.
Flow<Status> put_file(ClientPtr client, SourcePtr source, PutOptions options);

struct FetchOptions {
  std::string from, to;  ///< there; here, resolved
  files::TreePtr files;
  std::optional<unsigned> mode;
  bool verify = false;  ///< reads it a second time and compares
  Progress progress;
};
/// Gives how many bytes the file has.
Flow<Result<std::uint64_t>> fetch_file(ClientPtr client, FetchOptions options);

/// The whole content. Errors: "ssh.too_large", "ssh.not_regular".
Flow<Result<std::string>> read_file(ClientPtr client, std::string path, std::uint64_t limit);
/// Of a file there: reads it all.
Flow<Result<std::string>> checksum_file(ClientPtr client, std::string path);
/// `replace`: in one step where the server can; else, unless `atomic`, after removing what is there.
Flow<Status> rename_file(ClientPtr client, std::string from, std::string to, bool replace, bool atomic);

/// Nothing where there is nothing.
Flow<Result<std::optional<Attributes>>> find_path(ClientPtr client, std::string path, bool follow);

/// "a/b" of "a/./b/c/.."; what would lead out of where it starts is refused ("ssh.path"), and so is a NUL.
Result<std::string> clean_path(std::string_view path);
std::string directory_of(const std::string& path);  ///< "" or with a slash at its end

}  // namespace runbook::ssh::sftp
