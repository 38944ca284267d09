// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/ssh/sftp/window.h"

namespace runbook::ssh::sftp {

namespace {

class Writer : public std::enable_shared_from_this<Writer> {
 public:
  Writer(ClientPtr client, std::string handle, WriteJob job, Callback<void(Result<std::uint64_t>)> done)
      : client_(std::move(client)), handle_(std::move(handle)), job_(std::move(job)), done_(std::move(done)), sent_(job_.from), written_(job_.from) {}

  void fill();
  void stop() {
    over_ = true;
    done_.reset();
    worker_();
  }

 private:
  void send(std::string_view bytes);
  void read_on();
  void finish(Result<std::uint64_t> result);

  ClientPtr client_;
  std::string handle_;
  WriteJob job_;
  Callback<void(Result<std::uint64_t>)> done_;
  std::uint64_t sent_, written_;  ///< how far; how many of them the server has
  std::string chunk_, next_;      ///< what is being sent, and what comes after it
  std::size_t used_ = 0;          ///< of the chunk
  int requests_ = 0;
  bool working_ = false, ended_ = false, over_ = false;
  Cancel worker_;
};

void Writer::finish(Result<std::uint64_t> result) {
  if (over_) return;
  over_ = true;
  auto done = std::move(done_);
  done(std::move(result));
}

void Writer::fill() {
  while (!over_) {
    if (used_ == chunk_.size()) {
      chunk_ = std::move(next_);
      next_.clear();
      used_ = 0;
    }
    if (next_.empty() && !working_ && !ended_) read_on();
    if (used_ == chunk_.size() || requests_ >= Client::kMostRequests || sent_ - written_ >= Client::kMostInFlight) break;
    const std::string_view piece = std::string_view(chunk_).substr(used_, client_->write_size());
    used_ += piece.size();
    send(piece);
  }
  if (!over_ && ended_ && requests_ == 0 && used_ == chunk_.size() && next_.empty()) finish(sent_);
}

void Writer::send(std::string_view bytes) {
  const std::size_t size = bytes.size();
  ++requests_;
  client_->request(Request(kWrite).string(handle_).u64(sent_).string(bytes), [self = shared_from_this(), size](Result<Reply> reply) {
    --self->requests_;
    if (self->over_) return;
    if (!reply) return self->finish(std::move(reply).error());
    WireReader in(reply->body);
    if (reply->type != kStatus || in.u32() != kOk || !in.ok()) {
      Error why = unexpected(*reply, "write", self->job_.path);
      if (why.code == "ssh.sftp_failed") why.hint = "the disk or the quota may be full";
      return self->finish(std::move(why));
    }
    self->written_ += size;
    self->fill();
  });
  sent_ += size;
}

void Writer::read_on() {
  working_ = true;
  worker_ = client_->loop().blocking<std::string>([next = job_.next] { return next(kChunk); }, [self = shared_from_this()](Result<std::string> bytes) {
    self->working_ = false;
    if (!bytes) return self->finish(std::move(bytes).error());
    self->ended_ = bytes->empty();
    self->next_ = std::move(*bytes);
    if (self->job_.progress) self->job_.progress(self->written_);
    self->fill();
  });
}

}  // namespace

Wait<Result<std::uint64_t>> write_window(const Handle& handle, WriteJob job) {
  return Wait<Result<std::uint64_t>>([client = handle.client(), name = handle.name(), job = std::move(job)](Callback<void(Result<std::uint64_t>)> done) {
    auto writer = std::make_shared<Writer>(client, name, job, std::move(done));
    writer->fill();
    return [writer] { writer->stop(); };
  });
}

}  // namespace runbook::ssh::sftp
