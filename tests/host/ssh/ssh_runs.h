// SPDX-License-Identifier: Apache-2.0
// Programs on a real sshd, waited for.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/ssh/run/connections.h"
#include "tests/support/sshd.h"

namespace runbook::ssh {

struct Ran {
  std::optional<Result<RemoteExit>> exit;
  std::string out, err;
  std::unique_ptr<RemoteProcess> process;

  const RemoteExit& ok() const {
    REQUIRE(exit);
    if (!*exit) FAIL(exit->error().code << ": " << exit->error().message << " / " << exit->error().hint);
    return **exit;
  }
  const Error& error() const {
    REQUIRE(exit);
    REQUIRE_FALSE(exit->ok());
    return exit->error();
  }
};

class SshRuns {
 public:
  explicit SshRuns(const Sshd& server) : server_(server) {}

  Destination destination() const {
    Destination to;
    to.address = *Address::parse("127.0.0.1:" + std::to_string(server_.port()));
    to.identity = server_.user_key();
    to.known_hosts = server_.known_hosts();
    to.config = "";
    to.connect_timeout = 5;
    return to;
  }
  Connections& connections() { return *connections_; }
  Loop& loop() { return loop_; }
  void close() { connections_.reset(); }

  /// Starts a program; what it gives is filled in as the loop turns.
  std::shared_ptr<Ran> start(std::vector<std::string> argv, std::optional<Destination> to = {}, const RemoteTerminal* terminal = nullptr) {
    auto ran = std::make_shared<Ran>();
    RemoteCommand command;
    command.argv = std::move(argv);
    command.terminal = terminal;
    command.on_output = [weak = std::weak_ptr(ran)](bool is_error, std::string_view bytes) {
      if (auto to_fill = weak.lock()) (is_error ? to_fill->err : to_fill->out) += bytes;
    };
    command.on_exit = [weak = std::weak_ptr(ran)](Result<RemoteExit> exit) {
      if (auto to_fill = weak.lock()) to_fill->exit = std::move(exit);
    };
    ran->process = connections_->shell(to ? *to : destination())->start(std::move(command));
    return ran;
  }
  template <class Condition>
  bool until(Condition condition, double limit = 30) {
    bool late = false;
    Cancel deadline = loop_.after(seconds(limit), [&late] { late = true; });
    while (!condition() && !late && loop_.turn()) {
    }
    deadline();
    return condition();
  }
  Ran& wait(const std::shared_ptr<Ran>& ran, double limit = 30) {
    REQUIRE(until([&] { return ran->exit.has_value(); }, limit));
    return *ran;
  }
  std::shared_ptr<Ran> run(std::vector<std::string> argv, std::optional<Destination> to = {}, std::string input = {}) {
    auto ran = start(std::move(argv), std::move(to));
    if (!input.empty()) ran->process->write(std::move(input), {});
    ran->process->end_input();
    wait(ran);
    return ran;
  }

 private:
  const Sshd& server_;
  Loop loop_;
  std::unique_ptr<Connections> connections_ = std::make_unique<Connections>(loop_);
};

}  // namespace runbook::ssh
