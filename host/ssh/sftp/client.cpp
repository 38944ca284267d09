// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/sftp/client.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook::ssh::sftp {

namespace {

constexpr std::uint32_t kOurVersion = 3;

// What the server allows, rounded down to what is sent well.
std::size_t piece(std::uint64_t allowed, std::size_t fallback) {
  if (allowed == 0) return fallback;  // no limit is told
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(allowed, 1024, Client::kMostPiece));
}

}  // namespace

Client::Client(Loop& loop, std::unique_ptr<Stream> stream, std::string name, double silence)
    : loop_(loop), stream_(std::move(stream)), name_(std::move(name)), silence_(silence) {}

Client::~Client() { silence_timer_(); }

Cancel Client::begin(Callback<void(Status)> done) {
  begun_ = std::move(done);
  const std::weak_ptr<Client> weak = weak_from_this();
  stream_->start(
      [weak](std::string_view bytes) {
        if (const auto self = weak.lock()) self->take(bytes);
      },
      [weak](const Error& why) {
        if (const auto self = weak.lock()) self->lose(why);
      });
  stream_->write(WireWriter().u32(5).byte(kInit).u32(kOurVersion).take());
  watch();
  return [weak] {
    if (const auto self = weak.lock()) self->begun_.reset();
  };
}

Cancel Client::request(Request request, OnReply reply) {
  auto slot = std::make_shared<OnReply>(std::move(reply));
  if (lost_) {
    return loop_.post([slot, name = name_] {
      (*slot)(Error("ssh.connection_lost", cat("the SFTP session with ", name, " is over")).with("host", name).retry());
    });
  }
  const std::uint32_t id = next_++;
  pending_.emplace(id, slot);
  stream_->write(request.take(id));
  watch();
  return [slot] { slot->reset(); };
}

// A server that owes an answer must say something from time to time.
void Client::watch() {
  if (watching_) return;
  watching_ = true;
  heard_ = false;
  silence_timer_ = loop_.after(seconds(silence_), [this] {
    watching_ = false;
    if (lost_ || (agreed_ && pending_.empty())) return;
    if (heard_) return watch();
    lose(Error("ssh.timeout", cat("the SFTP server on ", name_, " has not answered for ", show_duration(silence_))).with("host", name_).retry());
  });
}

void Client::lose(const Error& why) {
  if (lost_) return;
  lost_ = true;
  const auto self = shared_from_this();
  silence_timer_();
  // Not from inside its own callback.
  loop_.post([stream = std::shared_ptr<Stream>(std::move(stream_))] {});
  auto begun = std::move(begun_);
  const auto pending = std::move(pending_);
  pending_.clear();
  begun(why);
  for (const auto& [id, reply] : pending) (*reply)(why);
}

void Client::take(std::string_view bytes) {
  if (lost_) return;
  heard_ = true;
  const auto self = shared_from_this();
  const Status fine = framer_.take(bytes, [this](std::string_view one) {
    if (!lost_) packet(one);
  });
  if (!fine) lose(Error(fine.error()).with("host", name_));
}

void Client::packet(std::string_view packet) {
  WireReader in(packet);
  const std::uint8_t type = in.byte();
  if (!agreed_) {
    const Status fine = type == kVersion ? version(in.rest()) : Status(protocol_error("it does not begin with its version"));
    if (!fine) return lose(Error(fine.error()).with("host", name_));
    return ask_limits();
  }
  const std::uint32_t id = in.u32();
  const auto found = in.ok() ? pending_.find(id) : pending_.end();
  if (found == pending_.end()) return lose(protocol_error(cat("an answer to no question, of the type ", static_cast<int>(type))).with("host", name_));
  const auto reply = std::move(found->second);
  pending_.erase(found);
  const bool wanted = static_cast<bool>(*reply);
  if (wanted) return (*reply)(Reply{type, in.rest()});
  if (type != kHandle) return;
  const std::string handle(in.string());
  if (in.ok()) request(Request(kClose).string(handle), {});
}

Status Client::version(std::string_view body) {
  WireReader in(body);
  const std::uint32_t number = in.u32();
  if (!in.ok()) return protocol_error("a version without a number");
  if (number != kOurVersion) return Error("ssh.unsupported", cat(name_, " speaks version ", number, " of SFTP, and this is version 3"));
  while (in.ok() && !in.rest().empty()) {
    const std::string_view name = in.string(), data = in.string();
    posix_rename_ = posix_rename_ || (name == "posix-rename@openssh.com" && data == "1");
    fsync_ = fsync_ || (name == "fsync@openssh.com" && data == "1");
    limits_ = limits_ || (name == "limits@openssh.com" && data == "1");
  }
  if (!in.ok()) return protocol_error("a list of extensions that is cut off");
  agreed_ = true;
  return Unit{};
}

void Client::ask_limits() {
  if (!limits_) return begun_(Unit{});
  request(Request(kExtended).string("limits@openssh.com"), [this](Result<Reply> reply) {
    // Whoever does not answer has none that we come near to.
    if (reply && reply->type == kExtendedReply) {
      WireReader in(reply->body);
      in.u64();
      const std::uint64_t read = in.u64(), write = in.u64();
      if (in.ok()) {
        read_size_ = piece(read, read_size_);
        write_size_ = piece(write, write_size_);
      }
    }
    if (reply) begun_(Unit{});
  });
}

}  // namespace runbook::ssh::sftp
