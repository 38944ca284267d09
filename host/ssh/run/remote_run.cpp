// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/run/remote_run.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

#include "host/core/text.h"
#include "host/ssh/run/connections.h"
#include "host/ssh/run/remote_script.h"

namespace runbook::ssh {

namespace {

constexpr double kLeftBehindSeconds = 0.5;  // for output of what a program left in the background
constexpr double kEndSeconds = 8;  // longer than kill_command takes
constexpr std::size_t kMostShown = 300;

std::string make_nonce() {
  std::uint64_t number = 0;
  while (getrandom(&number, sizeof number, 0) < 0 && errno == EINTR) {
  }
  return cat("rb", number);
}

// Runs the command that ends a process group. A server that takes one channel at a time (MaxSessions 1) gets a second connection.
void end_group(const ConnectionPtr& by, int group, bool may_connect, Callback<void()> done) {
  struct Killer {
    ConnectionPtr connection;
    std::unique_ptr<Channel> channel;
    Callback<void()> done;
  };
  auto killer = std::make_shared<Killer>(Killer{by, nullptr, std::move(done)});
  by->channel({}, [killer, group, may_connect](Result<std::unique_ptr<Channel>> opened) {
    if (!opened && may_connect) {
      if (const ConnectionPtr further = killer->connection->another()) return end_group(further, group, false, std::move(killer->done));
    }
    if (!opened) return killer->done();
    killer->channel = std::move(*opened);
    killer->channel->start("exec", kill_command(group), nullptr, nullptr, [killer](const Result<RemoteExit>&) {
      killer->connection->loop().post([killer] {
        killer->channel.reset();
        killer->connection->release();
        killer->done();
      });
    });
  }, true);
}

// Outlives the RemoteProcess where the program has to be ended.
struct Run : std::enable_shared_from_this<Run> {
  Run(ConnectionPtr by, RemoteCommand what)
      : connection(std::move(by)), command(std::move(what)), nonce(make_nonce()),
        out(nonce, true), err(nonce, command.terminal == nullptr) {}

  ConnectionPtr connection;
  RemoteCommand command;
  std::string nonce;
  MarkedStream out, err;
  std::unique_ptr<Channel> channel;
  Cancel opening, left_behind;
  struct Piece {
    std::string bytes;
    Callback<void(Status)> written;
  };
  std::deque<Piece> early;  ///< input from before there was a channel
  bool input_ended = false, paused = false, over = false;
  bool dropped = false;           ///< nobody listens any more
  std::shared_ptr<void> ending;   ///< what keeps the run from being over while a program is being ended
  Cancel give_up;

  void begin();
  void opened(Result<std::unique_ptr<Channel>> result);
  void take(bool is_error, std::string_view bytes);
  /// Once all that the program said has arrived: the streams do not wait for each other.
  std::optional<int> code() const { return command.terminal || err.code() ? out.code() : std::nullopt; }
  void finish(Result<RemoteExit> result);
  Result<RemoteExit> judge(Result<RemoteExit> result) const;
  void drop();
  void kill(int group);
};

void Run::begin() {
  opening = connection->channel({}, [self = shared_from_this()](Result<std::unique_ptr<Channel>> result) { self->opened(std::move(result)); });
}

void Run::opened(Result<std::unique_ptr<Channel>> result) {
  opening.reset();
  if (!result) return finish(std::move(result).error());
  channel = std::move(*result);
  const auto self = shared_from_this();
  channel->start("exec", wrapped_command(command.argv, nonce, command.terminal != nullptr), command.terminal,
                 [self](bool is_error, std::string_view bytes) { self->take(is_error, bytes); },
                 [self](Result<RemoteExit> exit) { self->finish(self->judge(std::move(exit))); });
  if (paused) channel->set_paused(true);
  for (Piece& piece : early) channel->write(std::move(piece.bytes), std::move(piece.written));
  early.clear();
  if (input_ended) channel->end_input();
}

void Run::take(bool is_error, std::string_view bytes) {
  MarkedStream& stream = is_error ? err : out;
  const std::string text = stream.take(bytes);
  if (dropped) {
    if (ending && out.begun()) kill(out.group());
    return;
  }
  if (!text.empty() && command.on_output) command.on_output(is_error, text);
  if (dropped) return;
  if (code() && !left_behind && !over) {
    const auto self = shared_from_this();
    left_behind = connection->loop().after(seconds(kLeftBehindSeconds), [self] { self->finish(RemoteExit{*self->code(), {}}); });
  }
}

Result<RemoteExit> Run::judge(Result<RemoteExit> result) const {
  if (code()) return RemoteExit{*code(), {}};
  if (!result) return result;
  if (!out.begun()) {
    const std::string said = printable(trim(out.before().empty() ? err.before() : out.before())).substr(0, kMostShown);
    return Error("ssh.no_shell", cat("the login shell of ", connection->name(), " did not run sh", said.empty() ? "" : ": ", said),
                 "the account needs a login shell, and the machine /bin/sh")
        .with("host", connection->name());
  }
  if (!result->signal.empty() || result->code != 0) return result;
  return Error("ssh.no_exit_status", cat("a program on ", connection->name(), " ended, and the server did not say how")).with("host", connection->name());
}

void Run::finish(Result<RemoteExit> result) {
  if (over) return;
  over = true;
  left_behind();
  give_up();
  const bool had_channel = channel != nullptr;
  channel.reset();
  ending.reset();
  if (!dropped && command.on_output) {
    for (const bool is_error : {false, true}) {
      const std::string rest = (is_error ? err : out).rest();
      if (!rest.empty()) command.on_output(is_error, rest);
    }
  }
  auto pieces = std::move(early);
  early.clear();
  auto exit = std::move(command.on_exit);
  command.on_output = nullptr;
  if (had_channel) connection->release();
  for (Piece& piece : pieces) {
    if (piece.written) piece.written(Error("ssh.closed", "the program has not begun"));
  }
  if (!dropped) exit(std::move(result));
}

// What runs there goes on when its channel is closed. So it is ended by a second command, first.
void Run::drop() {
  dropped = true;
  command.on_exit.reset();
  command.on_output = nullptr;
  if (over) return;
  if (!channel) {
    opening();
    over = true;
    return;
  }
  ending = connection->ending();
  channel->set_paused(false);
  // No end of the input: what is read of it so far is not all, and a program that is told so would take it for all.
  channel->abandon_input();
  const auto self = shared_from_this();
  give_up = connection->loop().after(seconds(kEndSeconds), [self] { self->finish(RemoteExit{}); });
  if (out.begun()) kill(out.group());
}

void Run::kill(int group) {
  const auto done = std::exchange(ending, nullptr);
  if (group <= 1) return finish(RemoteExit{});
  end_group(connection, group, true, [self = shared_from_this(), done] { self->finish(RemoteExit{}); });
}

class Handle final : public RemoteProcess {
 public:
  explicit Handle(std::shared_ptr<Run> run) : run_(std::move(run)) {}
  ~Handle() override { run_->drop(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  void write(std::string bytes, Callback<void(Status)> written) override {
    if (run_->channel) return run_->channel->write(std::move(bytes), std::move(written));
    run_->early.push_back({std::move(bytes), std::move(written)});
  }
  void end_input() override {
    run_->input_ended = true;
    if (run_->channel) run_->channel->end_input();
  }
  void set_paused(bool paused) override {
    run_->paused = paused;
    if (run_->channel) run_->channel->set_paused(paused);
  }

 private:
  std::shared_ptr<Run> run_;
};

}  // namespace

std::unique_ptr<RemoteProcess> remote_run(const ConnectionPtr& connection, RemoteCommand command) {
  auto run = std::make_shared<Run>(connection, std::move(command));
  run->begin();
  return std::make_unique<Handle>(std::move(run));
}

}  // namespace runbook::ssh
