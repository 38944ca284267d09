// SPDX-License-Identifier: Apache-2.0
//
// Files on servers that give no shell: the operations of a handle that ssh.sftp makes. Their names there are bytes that the
// server interprets; relative ones start where it puts whoever logs in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/ssh/sftp/transfer.h"
#include "runbook/module.h"

namespace runbook::ssh {

extern const Operation kSftpRead, kSftpStat, kSftpFind, kSftpList, kSftpUploadVerify, kSftpDownloadVerify;
extern const Operation kSftpWrite, kSftpPut, kSftpFetch, kSftpDirectoryCreate, kSftpRename, kSftpRemove, kSftpAttributesUpdate;
extern const Operation kSftpUpload, kSftpDownload, kSftpDirectoryEnsure;

/// Module::simulate: a simulated world has no such servers.
void simulate_sftp(World& world, const Simulate& ask);

namespace sftp {

/// One call, as the steps that perform it see it.
struct Call {
  Value args;
  files::TreePtr files;
  std::vector<Access> allowed;
  std::function<void(Value)> on_event;

  /// A path there, as it is permitted: without "." and "..".
  Result<std::string> there(const char* argument) const { return clean_path(args[argument].as_string()); }
  /// A path here: resolved once more, and still what was permitted ("ssh.moved").
  Result<std::string> here(const char* argument, const char* kind) const;
  Result<std::optional<unsigned>> mode() const;
  Progress progress(std::uint64_t total) const;
};
using CallPtr = std::shared_ptr<const Call>;
using Steps = Flow<Result<Value>> (*)(ClientPtr client, CallPtr call);

/// Runs the steps on the session of the call's target; `tries` times at most where the connection is lost.
Cancel perform_steps(Steps steps, int tries, Invocation call, Done done);
inline constexpr int kAgain = 3;  ///< of what may be done twice
template <Steps steps, int tries>
Cancel perform(Invocation call, Done done) {
  return perform_steps(steps, tries, std::move(call), std::move(done));
}

/// What doing `verb` ("read", "write") to a path there touches.
Access there(const Value& args, const char* verb, const char* argument);
Access here(World& world, const Value& args, const char* kind, const char* argument);

Value entry_value(const Attributes& attributes, const std::string& path);
Value changed_value(const std::string& path, bool changed = true);

// What undo keeps of a path there; small files with their content.
Flow<Result<Value>> capture_path(ClientPtr client, CallPtr call);
Flow<Result<Value>> revert_path(ClientPtr client, CallPtr call);
Flow<Result<Value>> capture_rename(ClientPtr client, CallPtr call);
Flow<Result<Value>> revert_rename(ClientPtr client, CallPtr call);
Flow<Result<Value>> capture_attributes(ClientPtr client, CallPtr call);
Flow<Result<Value>> revert_attributes(ClientPtr client, CallPtr call);
// Of a download: a path here.
Cancel capture_here(Invocation call, Done done);
Cancel revert_here(Invocation call, Done done);

// How a transfer's two ends compare.
Flow<Result<Value>> verify_upload(ClientPtr client, CallPtr call);
Flow<Result<Value>> verify_download(ClientPtr client, CallPtr call);

}  // namespace sftp
}  // namespace runbook::ssh
