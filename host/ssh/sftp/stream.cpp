// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/sftp/stream.h"

#include "host/core/text.h"

namespace runbook::ssh::sftp {

namespace {

constexpr std::size_t kMostShown = 200;

class ChannelStream final : public Stream {
 public:
  ChannelStream(ConnectionPtr connection, std::unique_ptr<Channel> channel) : connection_(std::move(connection)), channel_(std::move(channel)) {}
  ~ChannelStream() override {
    channel_.reset();
    connection_->release();
  }
  ChannelStream(const ChannelStream&) = delete;
  ChannelStream& operator=(const ChannelStream&) = delete;

  void start(std::function<void(std::string_view)> on_data, Callback<void(Error)> on_end) override {
    struct Said {
      std::string words;
      bool any = false;
    };
    auto said = std::make_shared<Said>();
    channel_->start("subsystem", "sftp", nullptr,
                    [said, on_data = std::move(on_data)](bool is_error, std::string_view bytes) {
                      if (is_error) {
                        if (said->words.size() < kMostShown) said->words += bytes.substr(0, kMostShown);
                        return;
                      }
                      said->any = true;
                      on_data(bytes);
                    },
                    [said, name = connection_->name(), on_end = std::move(on_end)](Result<RemoteExit> exit) mutable {
                      on_end(ended(name, exit, said->any, said->words));
                    });
  }
  void write(std::string bytes) override { channel_->write(std::move(bytes), {}); }

 private:
  static Error ended(const std::string& name, const Result<RemoteExit>& exit, bool any, std::string_view words) {
    const std::string why = words.empty() ? "" : cat(": ", printable(trim(words)));
    if (!exit && exit.error().code != "ssh.exec_refused") return exit.error();
    if (!exit || !any) {
      return Error("ssh.no_sftp", cat(name, " offers no SFTP", why), "the server's sshd_config needs a line 'Subsystem sftp internal-sftp'").with("host", name);
    }
    return Error("ssh.connection_lost", cat("the SFTP server on ", name, " ended", why)).with("host", name).retry();
  }

  ConnectionPtr connection_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace

std::unique_ptr<Stream> channel_stream(ConnectionPtr connection, std::unique_ptr<Channel> channel) {
  return std::make_unique<ChannelStream>(std::move(connection), std::move(channel));
}

}  // namespace runbook::ssh::sftp
