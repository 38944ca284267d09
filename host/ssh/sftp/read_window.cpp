// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>

#include "host/core/text.h"
#include "host/ssh/sftp/window.h"

namespace runbook::ssh::sftp {

namespace {

class Reader : public std::enable_shared_from_this<Reader> {
 public:
  Reader(ClientPtr client, std::string handle, ReadJob job, Callback<void(Result<std::uint64_t>)> done)
      : client_(std::move(client)), handle_(std::move(handle)), job_(std::move(job)), done_(std::move(done)),
        asked_(job_.from), arrived_(job_.from), end_(job_.to) {}

  void fill();
  void stop() {
    over_ = true;
    done_.reset();
    worker_();
  }

 private:
  std::size_t held() const { return in_flight_ + early_bytes_ + buffer_.size() + (working_ ? kChunk : 0); }
  void ask(std::uint64_t offset, std::size_t size);
  void answered(std::uint64_t offset, std::size_t size, Result<Reply> reply);
  void data(std::uint64_t offset, std::size_t size, std::string_view bytes);
  void ended(std::uint64_t offset);
  void flush();
  void finish(Result<std::uint64_t> result);

  ClientPtr client_;
  std::string handle_;
  ReadJob job_;
  Callback<void(Result<std::uint64_t>)> done_;
  std::uint64_t asked_, arrived_;  ///< up to here
  std::uint64_t end_;
  std::size_t in_flight_ = 0;
  int requests_ = 0;
  std::map<std::uint64_t, std::string> early_;  ///< answers that overtook others
  std::size_t early_bytes_ = 0;
  std::string buffer_;  ///< in order, for the next job
  bool working_ = false, over_ = false;
  Cancel worker_;
};

void Reader::finish(Result<std::uint64_t> result) {
  if (over_) return;
  over_ = true;
  auto done = std::move(done_);
  done(std::move(result));
}

void Reader::fill() {
  // A file that grows as it is read, or has no size (below /proc), is asked for piece by piece.
  const int most = job_.until_end ? 1 : Client::kMostRequests;
  while (!over_ && asked_ < end_ && requests_ < most && held() < 2 * Client::kMostInFlight && in_flight_ < Client::kMostInFlight) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(client_->read_size(), end_ - asked_));
    asked_ += size;
    ask(asked_ - size, size);
  }
  if (!over_ && !working_ && (buffer_.size() >= kChunk || (requests_ == 0 && !buffer_.empty()))) flush();
  if (!over_ && !working_ && requests_ == 0 && buffer_.empty() && arrived_ >= end_) finish(arrived_);
}

void Reader::ask(std::uint64_t offset, std::size_t size) {
  in_flight_ += size;
  ++requests_;
  client_->request(Request(kRead).string(handle_).u64(offset).u32(static_cast<std::uint32_t>(size)),
                   [self = shared_from_this(), offset, size](Result<Reply> reply) {
                     self->in_flight_ -= size;
                     --self->requests_;
                     if (!self->over_) self->answered(offset, size, std::move(reply));
                   });
}

void Reader::answered(std::uint64_t offset, std::size_t size, Result<Reply> reply) {
  if (!reply) return finish(std::move(reply).error());
  WireReader in(reply->body);
  if (reply->type == kStatus && in.u32() == kEof && in.ok()) {
    ended(offset);
  } else if (reply->type != kData) {
    return finish(unexpected(*reply, "read", job_.path));
  } else {
    const std::string_view bytes = in.string();
    if (!in.ok() || bytes.empty() || bytes.size() > size) return finish(protocol_error(cat(bytes.size(), " bytes where ", size, " were asked for")));
    data(offset, size, bytes);
  }
  fill();
}

void Reader::ended(std::uint64_t offset) {
  if (!job_.until_end) {
    return finish(Error("ssh.changed", cat("'", printable(job_.path), "' became shorter while it was read")).with("path", printable(job_.path)).retry());
  }
  end_ = std::min(end_, offset);
}

void Reader::data(std::uint64_t offset, std::size_t size, std::string_view bytes) {
  // Less than was asked for: the rest once more.
  if (bytes.size() < size) ask(offset + bytes.size(), size - bytes.size());
  if (offset != arrived_) {
    early_bytes_ += bytes.size();
    // What follows on another piece becomes part of it: so there are no more pieces than requests, however short the answers.
    const auto next = early_.upper_bound(offset);
    const auto last = next == early_.begin() ? early_.end() : std::prev(next);
    if (last != early_.end() && last->first + last->second.size() == offset) {
      last->second += bytes;
    } else {
      early_.emplace_hint(next, offset, bytes);
    }
    return;
  }
  buffer_ += bytes;
  arrived_ += bytes.size();
  for (auto next = early_.begin(); next != early_.end() && next->first == arrived_; next = early_.erase(next)) {
    buffer_ += next->second;
    arrived_ += next->second.size();
    early_bytes_ -= next->second.size();
  }
}

void Reader::flush() {
  working_ = true;
  auto chunk = std::make_shared<std::string>(std::move(buffer_));
  buffer_ = {};
  buffer_.reserve(kChunk + Client::kMostPiece);
  const std::uint64_t upto = arrived_;
  worker_ = client_->loop().blocking<Unit>([take = job_.take, chunk] { return take(*chunk); }, [self = shared_from_this(), upto](Status status) {
    self->working_ = false;
    if (!status) return self->finish(std::move(status).error());
    if (self->job_.progress) self->job_.progress(upto);
    self->fill();
  });
}

}  // namespace

Wait<Result<std::uint64_t>> read_window(const Handle& handle, ReadJob job) {
  return Wait<Result<std::uint64_t>>([client = handle.client(), name = handle.name(), job = std::move(job)](Callback<void(Result<std::uint64_t>)> done) {
    auto reader = std::make_shared<Reader>(client, name, job, std::move(done));
    reader->fill();
    return [reader] { reader->stop(); };
  });
}

}  // namespace runbook::ssh::sftp
