// SPDX-License-Identifier: Apache-2.0
// An account on a real sshd that gives files and no shell.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/core/text.h"
#include "host/ssh/sftp/sessions.h"
#include "host/ssh/sftp/transfer.h"
#include "tests/host/ssh/ssh_runs.h"

namespace runbook::ssh::sftp {

/// Runs a flow to its end.
template <class T>
T finish(Loop& loop, Flow<T> flow) {
  std::optional<T> out;
  run<T>(loop, std::move(flow), [&](T value) { out.emplace(std::move(value)); });
  bool late = false;
  Cancel deadline = loop.after(seconds(60), [&late] { late = true; });
  while (!out && !late && loop.turn()) {
  }
  deadline();
  REQUIRE(out);
  return std::move(*out);
}

/// A single request as a flow. `wait` outlives it.
template <class T>
Flow<T> one(Wait<T>& wait) {
  co_return co_await wait;
}

template <class T>
T must(Result<T> result) {
  if (!result) FAIL(result.error().code << ": " << result.error().message);
  return std::move(*result);
}

class SftpAccount {
 public:
  explicit SftpAccount(const std::string& options = "", const std::vector<std::string>& more = {})
      : server_(lines(options, more)), runs_(server_), connections_(std::make_shared<Connections>(runs_.loop())),
        sessions_(std::make_shared<Sessions>(connections_, 0.3)) {}
  ~SftpAccount() { sessions_.reset(); }
  SftpAccount(const SftpAccount&) = delete;
  SftpAccount& operator=(const SftpAccount&) = delete;

  Loop& loop() { return runs_.loop(); }
  const Sshd& server() const { return server_; }
  Destination destination() const { return runs_.destination(); }
  const std::shared_ptr<Sessions>& sessions() { return sessions_; }
  std::string path(const std::string& name) const { return files_ / name; }
  const TempDirectory& files() const { return files_; }

  Result<ClientPtr> open() {
    std::optional<Result<ClientPtr>> out;
    sessions_->open(destination(), [&](Result<ClientPtr> client) { out.emplace(std::move(client)); });
    runs_.until([&] { return out.has_value(); });
    REQUIRE(out);
    return std::move(*out);
  }
  ClientPtr client() { return must(open()); }
  template <class Condition>
  bool until(Condition condition, double limit = 30) {
    return runs_.until(condition, limit);
  }
  template <class T>
  T finish(Flow<T> flow) {
    return sftp::finish<T>(loop(), std::move(flow));
  }
  template <class T>
  T wait(Wait<T> step) {
    return finish(one(step));
  }

 private:
  static std::vector<std::string> lines(const std::string& options, std::vector<std::string> more) {
    more.push_back(cat("ForceCommand internal-sftp ", options));
    return more;
  }
  TempDirectory files_;
  Sshd server_;
  SshRuns runs_;
  std::shared_ptr<Connections> connections_;
  std::shared_ptr<Sessions> sessions_;
};

/// Something that compresses badly and does not repeat where pieces end.
inline void make_file(const std::string& path, std::size_t size) {
  std::string block(1U << 20U, '\0');
  std::uint64_t state = 88172645463325252ULL;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0640);
  REQUIRE(file >= 0);
  for (std::size_t done = 0; done < size;) {
    for (std::size_t i = 0; i + 8 <= block.size(); i += 8) {
      state ^= state << 13U;
      state ^= state >> 7U;
      state ^= state << 17U;
      block.replace(i, 8, reinterpret_cast<const char*>(&state), 8);
    }
    const std::size_t piece = std::min(block.size(), size - done);
    REQUIRE(::write(file, block.data(), piece) == static_cast<ssize_t>(piece));
    done += piece;
  }
  close(file);
}

inline std::string sum(const std::string& path) { return must(file_source(files::Tree::real(), path))->sha256; }

}  // namespace runbook::ssh::sftp
