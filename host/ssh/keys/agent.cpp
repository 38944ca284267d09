// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/agent.h"

#include <algorithm>
#include <deque>

#include "host/core/text.h"
#include "host/ssh/keys/agent_connection.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {
namespace {

using std::chrono_literals::operator""s;

constexpr Duration kAnswerWithin = 10s;
constexpr Duration kSignatureWithin = 60s;  // a person may be asked

enum Message : std::uint8_t {
  kFailure = 5,
  kRequestIdentities = 11,
  kIdentitiesAnswer = 12,
  kSignRequest = 13,
  kSignResponse = 14,
  kExtendedFailure = 30,  // of OpenSSH's before 2014, and of some others
  kOtherFailure = 102,    // of ssh.com's
};
enum Flag : std::uint32_t { kRsaSha256 = 2, kRsaSha512 = 4 };

bool is_failure(std::uint8_t type) { return type == kFailure || type == kExtendedFailure || type == kOtherFailure; }

Error nonsense(const std::string& path, const std::string& what) {
  return Error("ssh.agent", cat("what answers at '", path, "' is no agent: ", what));
}

Result<std::vector<AgentKey>> read_keys(std::string_view answer, const std::string& path) {
  WireReader reader(answer);
  const std::uint8_t type = reader.byte();
  if (is_failure(type))
    return Error("ssh.agent", cat("the agent at '", path, "' does not show its keys"), "unlock it: ssh-add -X");
  if (type != kIdentitiesAnswer) return nonsense(path, cat("a message of the type ", type, " instead of its keys"));
  std::vector<AgentKey> keys;
  const std::uint32_t count = reader.u32();
  // The count is only believed as far as there is something to read.
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    AgentKey key;
    key.blob = reader.string();
    key.comment = reader.string();
    key.type = WireReader(key.blob).string();
    keys.push_back(std::move(key));
  }
  if (!reader.at_end()) return nonsense(path, "a list of keys that cannot be read");
  return keys;
}

Result<std::string> read_signature(std::string_view answer, const std::string& algorithm, const std::string& path) {
  WireReader reader(answer);
  const std::uint8_t type = reader.byte();
  if (is_failure(type)) {
    return Error("ssh.agent", cat("the agent at '", path, "' refused to sign"),
                 "see whether it still has the key (ssh-add -l), and whether it asks before it signs (ssh-add -c)");
  }
  if (type != kSignResponse) return nonsense(path, cat("a message of the type ", type, " instead of a signature"));
  WireReader signature(reader.string());
  const std::string_view used = signature.string();
  const std::string_view bytes = signature.string();
  if (!reader.at_end() || !signature.at_end() || bytes.empty())
    return nonsense(path, "a signature that cannot be read");
  if (used != algorithm) {
    return Error("ssh.agent",
                 cat("the agent at '", path, "' signed with '", printable(used.substr(0, 64)), "' where '", algorithm,
                     "' was asked for"),
                 "it may be too old for this algorithm: use ssh-agent of OpenSSH 7.2 or later, or another key");
  }
  return std::string(bytes);
}

}  // namespace

struct Agent::State : std::enable_shared_from_this<Agent::State> {
  struct Request {
    std::string message;
    Duration within;
    Callback<void(Result<std::string>)> done;
  };

  State(Loop& on, std::string at) : loop(on), path(std::move(at)) {}

  Cancel ask(std::string message, Duration within, Callback<void(Result<std::string>)> done) {
    auto request = std::make_shared<Request>(Request{std::move(message), within, std::move(done)});
    queue.push_back(request);
    if (queue.size() == 1) send();
    return [weak = weak_from_this(), request] {
      if (const auto self = weak.lock()) self->drop(request);
    };
  }

  void send() {
    if (queue.empty()) return;
    if (!connection || !connection->usable()) connection = AgentConnection::open(loop, path);
    Request& first = *queue.front();
    deadline = loop.after(first.within, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->expire();
    });
    connection->ask(first.message, [weak = weak_from_this()](Result<std::string> answer) {
      if (const auto self = weak.lock()) self->answered(std::move(answer));
    });
  }

  /// The next request is on its way before this one's callback runs, which may ask for more or end the agent.
  void answered(Result<std::string> answer) {
    deadline();
    const auto request = std::move(queue.front());
    queue.pop_front();
    send();
    request->done(std::move(answer));
  }

  void expire() {
    // What it says later would be taken for the next answer.
    connection->close();
    answered(std::move(Error("ssh.agent",
                             cat("no answer from the agent at '", path, "' within ",
                                 show_duration(queue.front()->within.count() / 1e9)),
                             "it may be waiting for somebody to confirm, or hang: try ssh-add -l"))
                 .retry());
  }

  void drop(const std::shared_ptr<Request>& request) {
    const auto found = std::find(queue.begin(), queue.end(), request);
    if (found == queue.end()) return;
    const bool asked = found == queue.begin();
    queue.erase(found);
    if (!asked) return;
    deadline();
    connection->close();
    send();
  }

  void close() {
    deadline();
    if (connection) connection->close();
    queue.clear();
  }

  Loop& loop;
  const std::string path;
  std::shared_ptr<AgentConnection> connection;
  std::deque<std::shared_ptr<Request>> queue;  ///< the first one is being answered
  Cancel deadline;
};

Agent::Agent(Loop& loop, std::string path) : state_(std::make_shared<State>(loop, std::move(path))) {}

Agent::~Agent() { state_->close(); }

Cancel Agent::keys(Callback<void(Result<std::vector<AgentKey>>)> done) {
  return state_->ask(WireWriter().byte(kRequestIdentities).take(), kAnswerWithin,
                     [path = state_->path, done = std::move(done)](Result<std::string> answer) mutable {
                       if (!answer) return done(std::move(answer).error());
                       done(read_keys(*answer, path));
                     });
}

Cancel Agent::sign(const std::string& blob, const std::string& algorithm, std::string_view data,
                   Callback<void(Result<std::string>)> done) {
  if (WireReader(blob).string().starts_with("sk-")) {
    // Before somebody is asked to touch it for nothing: such a signature has more parts than the one that is given
    // here.
    return state_->loop.post([path = state_->path, done = std::move(done)]() mutable {
      done(Error("ssh.key_unsupported", cat("a security key of the agent at '", path, "' cannot be used here"),
                 "add another key: ssh-add FILE"));
    });
  }
  std::uint32_t flags = 0;
  if (algorithm == "rsa-sha2-256") flags = kRsaSha256;
  if (algorithm == "rsa-sha2-512") flags = kRsaSha512;
  return state_->ask(WireWriter().byte(kSignRequest).string(blob).string(data).u32(flags).take(), kSignatureWithin,
                     [path = state_->path, algorithm, done = std::move(done)](Result<std::string> answer) mutable {
                       if (!answer) return done(std::move(answer).error());
                       done(read_signature(*answer, algorithm, path));
                     });
}

}  // namespace runbook::ssh
