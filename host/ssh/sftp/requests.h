// SPDX-License-Identifier: Apache-2.0
//
// The requests of the protocol, each with the check of its answer. Paths are the server's; relative ones start where it
// puts whoever logs in.
#pragma once

#include <string>
#include <vector>

#include "host/ssh/sftp/client.h"
#include "host/ssh/sftp/flow.h"

namespace runbook::ssh::sftp {

/// Something that is open there; closed when it goes, unless close() was.
class Handle {
 public:
  Handle() = default;
  Handle(ClientPtr client, std::string name) : client_(std::move(client)), name_(std::move(name)) {}
  Handle(Handle&& other) noexcept : client_(std::move(other.client_)), name_(std::move(other.name_)) {}
  Handle& operator=(Handle&& other) noexcept;
  ~Handle() { drop(); }

  const ClientPtr& client() const { return client_; }
  const std::string& name() const { return name_; }
  /// Says what went wrong until now, on servers that write later.
  Wait<Status> close(const std::string& path);

 private:
  void drop();
  ClientPtr client_;
  std::string name_;
};

Wait<Result<Attributes>> stat(const ClientPtr& client, const std::string& path);
Wait<Result<Attributes>> lstat(const ClientPtr& client, const std::string& path);
Wait<Result<Attributes>> fstat(const Handle& handle, const std::string& path);
Wait<Status> setstat(const ClientPtr& client, const std::string& path, const Attributes& attributes);
Wait<Status> fsetstat(const Handle& handle, const std::string& path, const Attributes& attributes);
Wait<Result<Handle>> open(const ClientPtr& client, const std::string& path, std::uint32_t flags, const Attributes& attributes = {});
Wait<Status> fsync(const Handle& handle, const std::string& path);  ///< nothing where the server has no such thing
Wait<Status> mkdir(const ClientPtr& client, const std::string& path, const Attributes& attributes);
Wait<Status> rmdir(const ClientPtr& client, const std::string& path);
Wait<Status> remove(const ClientPtr& client, const std::string& path);
/// Takes the place of what is there, in one step. REQUIRES: the server has posix-rename.
Wait<Status> posix_rename(const ClientPtr& client, const std::string& from, const std::string& to);
/// Refused where something is there.
Wait<Status> plain_rename(const ClientPtr& client, const std::string& from, const std::string& to);
Wait<Status> symlink(const ClientPtr& client, const std::string& path, const std::string& target);
Wait<Result<std::string>> readlink(const ClientPtr& client, const std::string& path);
Wait<Result<std::string>> realpath(const ClientPtr& client, const std::string& path);

/// Without "." and "..", sorted by name; an error where there are more than `most`.
Flow<Result<std::vector<Entry>>> list(ClientPtr client, std::string path, std::size_t most);

}  // namespace runbook::ssh::sftp
