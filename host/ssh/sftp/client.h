// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "host/ssh/sftp/protocol.h"
#include "host/ssh/sftp/stream.h"

namespace runbook::ssh::sftp {

/// One SFTP session: requests with numbers, answers in any order. What a server says is believed only where it answers a
/// question; anything else ends the session.
class Client : public std::enable_shared_from_this<Client> {
 public:
  using OnReply = Callback<void(Result<Reply>)>;

  /// `silence`: seconds after which a server that owes answers and says nothing is given up.
  Client(Loop& loop, std::unique_ptr<Stream> stream, std::string name, double silence = kSilence);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Agrees on the version and asks for the server's limits.
  Cancel begin(Callback<void(Status)> done);
  /// After a Cancel the request is made all the same; a handle that it opens is closed again.
  Cancel request(Request request, OnReply reply);
  /// Ends the session; what waits hears `why`.
  void lose(const Error& why);

  Loop& loop() const { return loop_; }
  const std::string& name() const { return name_; }  ///< "deploy@web1", for messages
  bool lost() const { return lost_; }
  bool waiting() const { return !pending_.empty(); }
  bool has_posix_rename() const { return posix_rename_; }
  bool has_fsync() const { return fsync_; }
  /// Bytes of one request.
  std::size_t read_size() const { return read_size_; }
  std::size_t write_size() const { return write_size_; }

  static constexpr double kSilence = 120;
  static constexpr std::size_t kMostPiece = 128U << 10U;  ///< of a request, where the server takes so much
  static constexpr std::size_t kMostInFlight = 2U << 20U;  ///< bytes that one transfer has under way
  static constexpr int kMostRequests = 64;

 private:
  void take(std::string_view bytes);
  void packet(std::string_view packet);
  Status version(std::string_view body);
  void ask_limits();
  void watch();

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  std::string name_;
  double silence_;
  Callback<void(Status)> begun_;
  Framer framer_;
  std::map<std::uint32_t, std::shared_ptr<OnReply>> pending_;
  std::uint32_t next_ = 1;
  bool agreed_ = false, lost_ = false;
  bool posix_rename_ = false, fsync_ = false, limits_ = false;
  std::size_t read_size_ = 32U << 10U, write_size_ = 32U << 10U;
  Cancel silence_timer_;
  bool watching_ = false, heard_ = false;
};
using ClientPtr = std::shared_ptr<Client>;

}  // namespace runbook::ssh::sftp
