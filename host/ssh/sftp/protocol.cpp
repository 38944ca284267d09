// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/sftp/protocol.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "host/core/text.h"

namespace runbook::ssh::sftp {

namespace {

constexpr std::uint32_t kHasSize = 1, kHasOwner = 2, kHasMode = 4, kHasTimes = 8, kHasMore = 0x80000000U;
constexpr std::size_t kMostPacket = 1U << 20U;
constexpr std::size_t kMostShown = 200;

// The protocol has one code for all that has no code of its own; many servers add the words of the errno.
const char* code_of_words(std::string_view words) {
  static constexpr std::pair<std::string_view, const char*> kWords[] = {
      {"no space left", "ssh.no_space"},    {"quota", "ssh.no_space"},          {"file exists", "ssh.exists"},
      {"already exists", "ssh.exists"},     {"not empty", "ssh.not_empty"},     {"is a directory", "ssh.not_regular"},
      {"not a directory", "ssh.not_directory"}, {"read-only", "ssh.read_only"}, {"permission denied", "ssh.permission"},
      {"no such file", "ssh.not_found"},
  };
  std::string lower(words);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  for (const auto& [part, code] : kWords) {
    if (lower.find(part) != std::string::npos) return code;
  }
  return "ssh.sftp_failed";
}

}  // namespace

std::string Attributes::type() const {
  if (!mode) return "unknown";
  switch (*mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "link";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    case S_IFBLK: return "block";
    case S_IFCHR: return "character";
    default: return "unknown";
  }
}

void put(WireWriter& out, const Attributes& attributes) {
  const bool owner = attributes.uid && attributes.gid, times = attributes.accessed && attributes.modified;
  out.u32((attributes.size ? kHasSize : 0) | (owner ? kHasOwner : 0) | (attributes.mode ? kHasMode : 0) | (times ? kHasTimes : 0));
  if (attributes.size) out.u64(*attributes.size);
  if (owner) out.u32(*attributes.uid).u32(*attributes.gid);
  if (attributes.mode) out.u32(*attributes.mode);
  if (times) out.u32(*attributes.accessed).u32(*attributes.modified);
}

Attributes take_attributes(WireReader& in) {
  Attributes out;
  const std::uint32_t flags = in.u32();
  if ((flags & kHasSize) != 0) out.size = in.u64();
  if ((flags & kHasOwner) != 0) {
    out.uid = in.u32();
    out.gid = in.u32();
  }
  if ((flags & kHasMode) != 0) out.mode = in.u32();
  if ((flags & kHasTimes) != 0) {
    out.accessed = in.u32();
    out.modified = in.u32();
  }
  if ((flags & kHasMore) != 0) {
    // A count that lies runs into the end of the packet.
    for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
      in.string();
      in.string();
    }
  }
  return out;
}

Request::Request(PacketType type) { out_.u32(0).byte(type).u32(0); }

std::string Request::take(std::uint32_t id) {
  std::string packet = out_.take();
  const std::string head = WireWriter().u32(static_cast<std::uint32_t>(packet.size() - 4)).take(), number = WireWriter().u32(id).take();
  packet.replace(0, 4, head);
  packet.replace(5, 4, number);
  return packet;
}

Error status_error(WireReader& status, std::string_view doing, std::string_view path) {
  const std::uint32_t code = status.u32();
  const std::string words = printable(status.string().substr(0, kMostShown));
  const std::string what = cat("cannot ", doing, path.empty() ? "" : cat(" '", printable(path), "'"));
  const auto error = [&](const char* name, const char* why, std::string hint = {}) {
    return Error(name, cat(what, ": ", why, words.empty() ? "" : cat(" (", words, ")")), std::move(hint)).with("path", printable(path));
  };
  switch (code) {
    case kNoSuchFile: return error("ssh.not_found", "there is nothing");
    case kPermissionDenied: return error("ssh.permission", "the server does not permit it");
    case kOpUnsupported: return error("ssh.unsupported", "the server cannot do that");
    case kEof: return error("ssh.sftp_failed", "it ended");
    case kNoConnection:
    case kConnectionLost: return error("ssh.connection_lost", "the server lost its own connection").retry();
    case kBadMessage: return error("ssh.sftp_failed", "the server does not take the name, or did not understand");
    default: return error(code_of_words(words), "the server says no");
  }
}

Error protocol_error(std::string what) { return Error("ssh.sftp_protocol", cat("the SFTP server's answer makes no sense: ", what)); }

Error unexpected(const Reply& reply, std::string_view doing, std::string_view path) {
  WireReader in(reply.body);
  if (reply.type != kStatus) return protocol_error(cat("an answer of the type ", static_cast<int>(reply.type), " to the request to ", doing));
  if (WireReader(reply.body).u32() == kOk || reply.body.size() < 4) return protocol_error(cat("no result of the request to ", doing));
  return status_error(in, doing, path);
}

Result<std::size_t> Framer::length(std::string_view bytes) const {
  const std::size_t size = WireReader(bytes).u32();
  if (size > 0 && size <= kMostPacket) return size;
  if (any_) return protocol_error(cat("a packet of ", size, " bytes"));
  // Not SFTP at all: a banner, or what a program says instead.
  return Error("ssh.no_sftp", cat("the account does not speak SFTP; it said: ", printable(bytes.substr(0, kMostShown))));
}

}  // namespace runbook::ssh::sftp
