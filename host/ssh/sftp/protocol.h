// SPDX-License-Identifier: Apache-2.0
//
// SFTP version 3 (draft-ietf-secsh-filexfer-02): its packets, and what a server's answers mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/ssh/wire.h"
#include "runbook/error.h"
#include "runbook/result.h"

namespace runbook::ssh::sftp {

enum PacketType : std::uint8_t {
  kInit = 1, kVersion = 2, kOpen = 3, kClose = 4, kRead = 5, kWrite = 6, kLstat = 7, kFstat = 8, kSetstat = 9, kFsetstat = 10,
  kOpendir = 11, kReaddir = 12, kRemove = 13, kMkdir = 14, kRmdir = 15, kRealpath = 16, kStat = 17, kRename = 18, kReadlink = 19,
  kSymlink = 20, kStatus = 101, kHandle = 102, kData = 103, kName = 104, kAttrs = 105, kExtended = 200, kExtendedReply = 201,
};

enum Code : std::uint32_t {
  kOk = 0, kEof = 1, kNoSuchFile = 2, kPermissionDenied = 3, kFailure = 4, kBadMessage = 5, kNoConnection = 6, kConnectionLost = 7,
  kOpUnsupported = 8,
};

enum OpenFlags : std::uint32_t { kForRead = 1, kForWrite = 2, kAppend = 4, kCreate = 8, kTruncate = 16, kExclusive = 32 };

/// Of a file there. What is absent is not said, or is to stay.
struct Attributes {
  std::optional<std::uint64_t> size;
  std::optional<std::uint32_t> uid, gid;
  std::optional<std::uint32_t> mode;  ///< with the bits of its type, in answers
  std::optional<std::uint32_t> accessed, modified;

  /// "file", "directory", "link", ...; "unknown" where the server does not say.
  std::string type() const;
  unsigned permissions() const { return mode.value_or(0) & 07777U; }
};
void put(WireWriter& out, const Attributes& attributes);
Attributes take_attributes(WireReader& in);

/// Of a listing.
struct Entry {
  std::string name;
  Attributes attributes;
};

/// A request that is still to get its number.
class Request {
 public:
  explicit Request(PacketType type);
  Request&& u32(std::uint32_t value) { return (out_.u32(value), std::move(*this)); }
  Request&& u64(std::uint64_t value) { return (out_.u64(value), std::move(*this)); }
  Request&& string(std::string_view text) { return (out_.string(text), std::move(*this)); }
  Request&& attributes(const Attributes& what) { return (put(out_, what), std::move(*this)); }
  /// The whole packet.
  std::string take(std::uint32_t id);

 private:
  WireWriter out_;
};

/// An answer; the body, which begins behind the number, is valid while it is handed on.
struct Reply {
  std::uint8_t type = 0;
  std::string_view body;
};

/// What a status says, about doing something to a path ("write to '/a'"). REQUIRES: it is not kOk.
Error status_error(WireReader& status, std::string_view doing, std::string_view path);
/// "ssh.sftp_protocol": what the server said is no SFTP, or not what was asked for.
Error protocol_error(std::string what);
/// What is in a packet of another kind than the one asked for: a status, or nonsense.
Error unexpected(const Reply& reply, std::string_view doing, std::string_view path);

/// Finds the packets in a stream of bytes.
class Framer {
 public:
  /// Calls `packet` with each whole one (type and what follows). An error ends it: lengths that cannot be.
  template <class OnPacket>
  Status take(std::string_view bytes, OnPacket packet) {
    if (!kept_.empty()) {
      kept_.append(bytes);
      bytes = kept_;
    }
    std::size_t used = 0;
    while (bytes.size() - used >= 4) {
      auto size = length(bytes.substr(used));
      if (!size) return std::move(size).error();
      if (bytes.size() - used - 4 < *size) break;
      any_ = true;
      packet(bytes.substr(used + 4, *size));
      used += 4 + *size;
    }
    if (kept_.empty()) {
      kept_.assign(bytes.substr(used));
    } else {
      kept_.erase(0, used);
    }
    return Unit{};
  }

 private:
  Result<std::size_t> length(std::string_view bytes) const;
  std::string kept_;
  bool any_ = false;
};

}  // namespace runbook::ssh::sftp
