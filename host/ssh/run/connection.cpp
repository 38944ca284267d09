// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/run/connection.h"

#include <algorithm>
#include <utility>

#include "host/core/text.h"
#include "host/ssh/login/login.h"
#include "host/ssh/run/connections.h"
#include "host/ssh/session/channel_carrier.h"

namespace runbook::ssh {

namespace {

constexpr int kMostAttempts = 7;       // at a server that is busy: about 25 s in all
constexpr double kFirstPause = 0.2;
constexpr double kLoginSeconds = 60;   // beside the connect timeout: an agent may ask a person
constexpr int kMostRefusals = 8;
constexpr double kRefusedPause = 0.05;
constexpr int kSpareAfter = 2;         // programs: one or two do not need a channel opened ahead
constexpr double kFarSeconds = 0.02;   // a round trip from which on the second one does

}  // namespace

Connection::Connection(Connections& all, Destination destination)
    : all_(&all), loop_(all.loop()), destination_(std::move(destination)), name_(destination_.address.show()) {}

Connection::~Connection() { close(); }

void Connection::stop_connecting() {
  step_();
  deadline_();
  connecting_ = false;
  // Its work holds it: without this it would stay.
  if (const SessionPtr session = std::move(candidate_)) session->lose(Error("ssh.closed", cat("the login on ", name_, " was given up")));
}

void Connection::close() {
  stop_connecting();
  spare_.reset();
  if (session_) {
    session_->on_lost = nullptr;
    session_->lose(Error("ssh.closed", cat("the connection to ", name_, " has been closed")));
    session_.reset();
  }
  if (outer_used_) outer_->release();
  outer_used_ = false;
}

void Connection::retire() {
  all_ = nullptr;
  close();
  fail(retired());
  outer_.reset();
}

Error Connection::retired() const { return Error("ssh.closed", cat("the run is over: nothing more is begun on ", name_)).with("host", name_); }

std::shared_ptr<Connection> Connection::another() const { return all_ ? all_->another(destination_) : nullptr; }

std::shared_ptr<void> Connection::ending() const { return all_ ? all_->ending() : nullptr; }

Cancel Connection::channel(const Opening& opening, OnChannel done, bool urgent) {
  if (!all_) return loop_.post([error = retired(), done = std::move(done)]() mutable { done(std::move(error)); });
  auto request = std::make_shared<Request>(Request{opening, std::move(done), urgent});
  if (urgent) {
    waiting_.push_front(request);
  } else {
    waiting_.push_back(request);
  }
  auto self = shared_from_this();
  if (session_) {
    dispatch();
  } else if (!connecting_) {
    attempts_ = 0;
    connect();
  }
  return [self, request] {
    request->done.reset();
    const auto found = std::find(self->waiting_.begin(), self->waiting_.end(), request);
    if (found != self->waiting_.end()) self->waiting_.erase(found);
  };
}

void Connection::release() {
  --in_use_;
  if (!all_) return;  // retired: those who hear of the end let go, and nothing is to be begun for others
  if (session_ && idle()) all_->rests(shared_from_this());
  dispatch();
}

void Connection::connect() {
  connecting_ = true;
  if (std::exchange(closed_early, false)) all_->closed_too_early();
  auto self = shared_from_this();
  step_ = all_->planner().plan(destination_, [self](Result<LoginPlan> plan) {
    if (!plan) return self->fail(plan.error());
    self->planned(std::move(*plan));
  });
}

void Connection::planned(LoginPlan plan) {
  plan_ = std::make_shared<const LoginPlan>(std::move(plan));
  auto self = shared_from_this();
  deadline_();
  deadline_ = loop().after(seconds(plan_->connect_timeout + kLoginSeconds), [self] {
    self->fail(Error("ssh.timeout", cat("the login on ", self->name_, " did not come to an end")).with("host", self->name_).retry());
  });
  if (plan_->jumps.empty()) {
    step_ = tcp_connect(loop(), plan_->host, plan_->port, plan_->connect_timeout,
                        [self](Result<std::unique_ptr<Carrier>> carrier) { self->carry(std::move(carrier)); });
    return;
  }
  // The last jump is reached by way of the ones before it.
  Destination last = destination_.jump(plan_->jumps.back());
  last.jumps = std::vector<Address>(plan_->jumps.begin(), plan_->jumps.end() - 1);
  if (last.jumps->empty()) last.jumps.reset();  // its own configuration may name one
  outer_ = all_->to(last);
  for (const Connection* way = outer_.get(); way != nullptr; way = way->outer_.get()) {
    if (way != this) continue;
    outer_.reset();
    return fail(Error("ssh.config", cat("the way to ", name_, " leads by ", name_, " itself"),
                      "a ProxyJump for 'Host *' counts for the jump host too: exclude it ('Host * !bastion')")
                    .with("host", name_));
  }
  step_ = outer_->channel({Opening::Kind::kTcp, plan_->host, plan_->port}, [self](Result<std::unique_ptr<Channel>> channel) {
    if (!channel) {
      Error why = std::move(channel).error();
      Error error("ssh.unreachable", cat("cannot reach ", self->name_, " by way of ", self->outer_->name(), ": ", why.message), why.hint);
      return self->fail(std::move(error).with("host", self->name_).because(std::move(why)));
    }
    self->outer_used_ = true;
    self->carry(channel_carrier(self->outer_->session(), std::move(*channel)));
  });
}

void Connection::carry(Result<std::unique_ptr<Carrier>> carrier) {
  if (!carrier) return fail(carrier.error());
  auto self = shared_from_this();
  candidate_ = std::make_shared<Session>(loop(), std::move(*carrier), name_);
  step_ = log_in(candidate_, plan_, all_->shared_files(), all_->agent(plan_->agent), [self](Status status) {
    const SessionPtr session = std::move(self->candidate_);
    if (status) return self->connected(session);
    session->lose(status.error());
    self->refused(std::move(status).error());
  });
}

// A server that takes only so many logins at a time (MaxStartups) drops connections at random: try again, ever later.
void Connection::refused(Error why) {
  if (!connecting_) return;
  if (outer_used_) outer_->release();
  outer_used_ = false;
  if (why.code != "ssh.busy" || ++attempts_ >= kMostAttempts) return fail(why);
  deadline_();
  auto self = shared_from_this();
  const double spread = 0.75 + 0.5 * static_cast<double>(std::hash<std::string>{}(cat(name_, attempts_, reinterpret_cast<std::uintptr_t>(this))) % 1000) / 1000;
  step_ = loop().after(seconds(kFirstPause * static_cast<double>(1 << (attempts_ - 1)) * spread * 2), [self] { self->connect(); });
}

void Connection::connected(SessionPtr session) {
  deadline_();
  connecting_ = false;
  attempts_ = 0;
  spare_refused_ = false;
  most_ = 1000;
  session_ = std::move(session);
  session_->on_lost = [self = weak_from_this()] {
    if (const auto connection = self.lock()) connection->on_lost();
  };
  session_->keep_alive(plan_->alive_interval, plan_->alive_count);
  dispatch();
}

void Connection::fail(const Error& why) {
  stop_connecting();
  if (outer_used_) outer_->release();
  outer_used_ = false;
  auto waiting = std::move(waiting_);
  waiting_.clear();
  for (const RequestPtr& request : waiting) request->done(why);
}

void Connection::on_lost() {
  spare_.reset();
  session_.reset();
  if (outer_used_) outer_->release();
  outer_used_ = false;
  // A connection that was idle may have been gone for long: what has not begun gets a new one, once.
  if (!waiting_.empty() && !connecting_) connect();
}

// Nothing is under way that would find out about a lost connection by itself.
bool Connection::idle_but_waiting() const { return in_use_ == 0 && !waiting_.empty(); }

void Connection::dispatch() {
  if (!all_) return;
  if (session_ && idle_but_waiting() && session_->carrier().ended()) {
    const SessionPtr gone = session_;
    gone->lose(Error("ssh.connection_lost", cat("the connection to ", name_, " is gone")));
  }
  if (!session_) {
    if (!waiting_.empty() && !connecting_) connect();
    return;
  }
  while (!waiting_.empty()) {
    const RequestPtr request = waiting_.front();
    if (in_use_ >= most_ && !request->urgent) return;
    if (spare_opening_ && request->opening.kind == Opening::Kind::kSession) return;  // it comes sooner than another one
    waiting_.pop_front();
    ++in_use_;
    if (spare_ && request->opening.kind == Opening::Kind::kSession) {
      hand_over(request, std::move(spare_));
    } else {
      open(request);
    }
  }
}

void Connection::open(const RequestPtr& request) {
  auto self = shared_from_this();
  const Duration began = loop().now();
  Channel::open(session_, request->opening, [self, request, began](Result<std::unique_ptr<Channel>> channel) {
    self->far_ = self->loop().now() - began >= seconds(kFarSeconds);
    if (channel) return self->hand_over(request, std::move(channel));
    const Error& why = channel.error();
    const bool forbidden = request->opening.kind != Opening::Kind::kSession;
    if (why.code == "ssh.channel_refused" && !forbidden && !request->urgent && self->in_use_ > 1) {
      // MaxSessions: wait until one of the others is closed.
      --self->in_use_;
      self->most_ = self->in_use_;
      return self->wait_again(request);
    }
    if (why.code == "ssh.channel_refused" && !forbidden && !request->urgent && request->refused++ < kMostRefusals) {
      // The server may not be through with the one that has just ended.
      self->loop().after(seconds(kRefusedPause * request->refused), [self, request] {
        if (self->session_ && request->done) return self->open(request);
        --self->in_use_;
        self->wait_again(request);
        self->dispatch();
      });
      return;
    }
    if (why.code == "ssh.connection_lost" && request->lost++ == 0) {
      --self->in_use_;
      self->wait_again(request);
      return self->dispatch();
    }
    self->hand_over(request, std::move(channel));
  });
}

void Connection::wait_again(const RequestPtr& request) {
  if (!request->done) return;
  if (!all_) return request->done(retired());
  waiting_.push_front(request);
}

void Connection::hand_over(const RequestPtr& request, Result<std::unique_ptr<Channel>> channel) {
  if (!channel || !request->done) {
    auto self = shared_from_this();
    auto done = std::move(request->done);
    if (!channel) done(std::move(channel));
    return release();
  }
  if (request->opening.kind == Opening::Kind::kSession && ++handed_ >= (far_ ? 1 : kSpareAfter)) open_spare();
  request->done(std::move(channel));
}

// Opening a channel costs a round trip. The one for the next program is opened while this one runs.
void Connection::open_spare() {
  if (spare_ || spare_opening_ || spare_refused_ || !session_) return;
  spare_opening_ = true;
  auto self = shared_from_this();
  // Later: the program's own request must not wait behind it.
  loop().post([self, session = session_] {
    if (session != self->session_ || session->lost()) {
      self->spare_opening_ = false;
      return self->dispatch();
    }
    Channel::open(session, {}, [self, session](Result<std::unique_ptr<Channel>> channel) {
      self->spare_opening_ = false;
      if (session != self->session_) return self->dispatch();
      self->spare_refused_ = !channel.ok();
      if (channel) {
        self->spare_ = std::move(*channel);
        self->spare_->watch();
      }
      self->dispatch();
    });
  });
}

}  // namespace runbook::ssh
