// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/session/channel.h"

#include <libssh2.h>

#include <cstring>
#include <optional>
#include <vector>

#include "host/core/text.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {

namespace {

constexpr std::uint32_t kWindow = 2U << 20U;
constexpr std::uint32_t kPacket = 32768;
constexpr std::size_t kReadSize = 128U << 10U;
constexpr int kMostReads = 16;              // of one stream in a turn: the other one may be what is waited for
constexpr std::size_t kHighWater = 1U << 20U;  // of input that waits to be sent
constexpr double kCloseSeconds = 10;
// For an answer to a request. A connection through the server to somewhere else takes as long as that one's system
// tries to reach it.
constexpr double kAnswerSeconds = 30, kReachSeconds = 180;

// Ends a session whose server keeps the connection alive and does not answer. Runs from the request's first turn on:
// before that it waits for another one's answer.
class AnswerDeadline {
 public:
  AnswerDeadline() = default;
  ~AnswerDeadline() { timer_(); }
  AnswerDeadline(const AnswerDeadline&) = delete;
  AnswerDeadline& operator=(const AnswerDeadline&) = delete;

  void begin(Session& session, double limit, const char* request) {
    if (timer_) return;
    timer_ = session.loop().after(seconds(limit), [of = session.weak_from_this(), limit, request] {
      const SessionPtr silent = of.lock();
      if (!silent) return;
      silent->lose(Error("ssh.timeout", cat(silent->name(), " has not answered a request to ", request, " for ", show_duration(limit)),
                         "the connection is alive, the SSH server behind it is not: its log, or a login by hand, may say why")
                       .with("host", silent->name())
                       .retry());
    });
  }

 private:
  Cancel timer_;
};

}  // namespace

// Lives as long as it has work in its session, which may be longer than the Channel.
struct Channel::State : std::enable_shared_from_this<State> {
  State(SessionPtr of, LIBSSH2_CHANNEL* channel) : session(std::move(of)), raw(channel) {}

  struct Piece {
    std::string bytes;
    Callback<void(Status)> written;
  };

  SessionPtr session;
  LIBSSH2_CHANNEL* raw;
  OnData on_data;
  OnEnd on_end;
  std::weak_ptr<Session::Work> reading, writing;
  std::deque<Piece> input;
  std::size_t waiting = 0;  ///< bytes of input
  std::size_t sent = 0;     ///< of the first piece
  bool input_ended = false, end_sent = false;
  bool input_abandoned = false;
  bool paused = false;
  bool program = false;  ///< has an exit status
  bool ready = false;    ///< for input
  bool closing = false;
  Cancel close_deadline;

  void read();
  bool read_turn();
  bool read_stream(int stream);
  void end(Result<RemoteExit> result);
  RemoteExit exit() const;
  void start_writing();
  bool write_turn();
  void abandon_input();
  void close();
  Session::WorkPtr work(bool (State::*turn)());
};

Session::WorkPtr Channel::State::work(bool (State::*turn)()) {
  auto self = shared_from_this();
  return session->add([self, turn] { return (self.get()->*turn)(); }, [self](const Error& why) { self->end(why); });
}

void Channel::State::end(Result<RemoteExit> result) {
  session->drop(reading.lock());
  std::vector<Callback<void(Status)>> waiting_for_room;
  for (Piece& piece : input) waiting_for_room.push_back(std::move(piece.written));
  abandon_input();
  on_data = nullptr;
  close_deadline();
  OnEnd call = std::move(on_end);
  on_end.reset();
  for (auto& written : waiting_for_room) {
    if (written) written(Error("ssh.closed", cat("the other side no longer reads on ", session->name())));
  }
  call(std::move(result));
}

RemoteExit Channel::State::exit() const {
  RemoteExit out;
  out.code = libssh2_channel_get_exit_status(raw);
  char* name = nullptr;
  std::size_t size = 0;
  libssh2_channel_get_exit_signal(raw, &name, &size, nullptr, nullptr, nullptr, nullptr);
  if (name) {
    out.signal.assign(name, size);
    out.code = -1;
    libssh2_free(session->raw(), name);
  }
  return out;
}

// False when nothing can be read from it for now.
bool Channel::State::read_stream(int stream) {
  // On the heap of the threads that use it: an array would be a part of every thread's stack.
  static thread_local std::string buffer(kReadSize, '\0');
  const OnData keep = on_data;  // it may close this channel
  for (int count = 0; count < kMostReads && !paused; ++count) {
    const ssize_t got = libssh2_channel_read_ex(raw, stream, buffer.data(), buffer.size());
    if (got == LIBSSH2_ERROR_EAGAIN || got == 0) return true;
    if (got < 0) return false;
    if (on_data) keep(stream != 0, std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }
  if (!paused) session->wake();
  return true;
}

bool Channel::State::read_turn() {
  if (!libssh2_channel_eof(raw)) {
    if (!read_stream(0) || !read_stream(SSH_EXTENDED_DATA_STDERR)) {
      session->lose(session->error("reading"));  // we no longer understand each other
      return true;
    }
    if (paused || !libssh2_channel_eof(raw)) return false;
  }
  if (program) {
    // The exit status comes between the end of the output and the end of the channel.
    if (libssh2_channel_wait_closed(raw) == LIBSSH2_ERROR_EAGAIN) return false;
    end(exit());
    return true;
  }
  end(RemoteExit{});
  return true;
}

void Channel::State::read() { reading = work(&State::read_turn); }

void Channel::State::start_writing() {
  if (!ready || closing || input_abandoned || writing.lock() || (input.empty() && !input_ended)) return;
  writing = work(&State::write_turn);
}

bool Channel::State::write_turn() {
  while (!input.empty()) {
    Piece& piece = input.front();
    while (sent < piece.bytes.size()) {
      const ssize_t rc = libssh2_channel_write_ex(raw, 0, piece.bytes.data() + sent, piece.bytes.size() - sent);
      if (rc == LIBSSH2_ERROR_EAGAIN || rc == 0) return false;
      if (rc < 0) {
        // The program may well have ended without reading all: what it said and how it ended is still to come.
        auto pieces = std::move(input);
        input.clear();
        for (Piece& lost : pieces) {
          if (lost.written) lost.written(session->error("writing"));
        }
        writing.reset();
        return true;
      }
      if (input_abandoned) {
        input.clear();
        return true;
      }
      sent += static_cast<std::size_t>(rc);
      waiting -= static_cast<std::size_t>(rc);
    }
    Callback<void(Status)> written = std::move(piece.written);
    input.pop_front();
    sent = 0;
    if (written) written(Unit{});
  }
  if (input_ended && !end_sent) {
    if (libssh2_channel_send_eof(raw) == LIBSSH2_ERROR_EAGAIN) return false;
    end_sent = true;
  }
  writing.reset();
  return true;
}

// A packet that is half sent is sent to its end all the same: nothing else could be sent on the session. For that the
// session gives this work, and the piece, further turns.
void Channel::State::abandon_input() {
  input_abandoned = true;
  session->drop(writing.lock());
  while (input.size() > 1) input.pop_back();
  if (!input.empty()) input.front().written.reset();
}

// Says that we are done with it, and lets go when the server has agreed; a server that does not is not waited for long.
void Channel::State::close() {
  if (closing) return;
  closing = true;
  on_data = nullptr;
  on_end.reset();
  abandon_input();
  session->drop(reading.lock());
  if (session->lost()) return;
  auto self = shared_from_this();
  auto closed = session->add([self] {
    if (libssh2_channel_free(self->raw) == LIBSSH2_ERROR_EAGAIN) return false;
    self->raw = nullptr;
    self->close_deadline();
    return true;
  }, nullptr);
  close_deadline = session->loop().after(seconds(kCloseSeconds), [session = session, closed = std::weak_ptr(closed), self] {
    session->drop(closed.lock());
    self->raw = nullptr;  // left to the session, whose end frees it
  });
}

Channel::Channel(std::shared_ptr<State> state) : state_(std::move(state)) {}

Channel::~Channel() { state_->close(); }

Cancel Channel::open(const SessionPtr& session, const Opening& opening, OnOpen done) {
  struct Attempt {
    Opening opening;
    std::string message;
    OnOpen done;
    AnswerDeadline deadline;
  };
  auto attempt = std::make_shared<Attempt>();
  attempt->opening = opening;
  attempt->done = std::move(done);
  if (opening.kind == Opening::Kind::kUnix) attempt->message = WireWriter().string(opening.path).string("").u32(0).take();
  Session* raw_session = session.get();
  session->add(
      [attempt, raw_session] {
        const Opening& to = attempt->opening;
        attempt->deadline.begin(*raw_session, to.kind == Opening::Kind::kSession ? kAnswerSeconds : kReachSeconds, "open a channel");
        LIBSSH2_SESSION* raw = raw_session->raw();
        LIBSSH2_CHANNEL* channel = nullptr;
        switch (to.kind) {
          case Opening::Kind::kSession: channel = libssh2_channel_open_ex(raw, "session", 7, kWindow, kPacket, nullptr, 0); break;
          case Opening::Kind::kTcp:
            channel = libssh2_channel_direct_tcpip_ex(raw, to.host.c_str(), to.port, "127.0.0.1", 0);
            break;
          case Opening::Kind::kUnix: {
            static constexpr std::string_view kType = "direct-streamlocal@openssh.com";
            channel = libssh2_channel_open_ex(raw, kType.data(), kType.size(), kWindow, kPacket, attempt->message.data(),
                                              static_cast<unsigned>(attempt->message.size()));
            break;
          }
        }
        if (!channel && libssh2_session_last_errno(raw) == LIBSSH2_ERROR_EAGAIN) return false;
        if (!channel) {
          Error refused = raw_session->error("opening a channel");
          const int code = libssh2_session_last_errno(raw);
          if (code == LIBSSH2_ERROR_CHANNEL_FAILURE) refused.code = "ssh.channel_refused";
          attempt->done(std::move(refused));
          return true;
        }
        raw_session->carrier().settle();
        auto state = std::make_shared<State>(raw_session->shared_from_this(), channel);
        attempt->done(std::unique_ptr<Channel>(new Channel(std::move(state))));
        return true;
      },
      [attempt](const Error& why) { attempt->done(why); }, true);
  return [attempt] { attempt->done.reset(); };
}

void Channel::watch() { state_->read(); }

void Channel::start(const char* request, std::string what, const RemoteTerminal* terminal, OnData on_data, OnEnd on_end) {
  state_->on_data = std::move(on_data);
  state_->on_end = std::move(on_end);
  state_->program = true;
  state_->session->drop(state_->reading.lock());
  struct Start {
    std::shared_ptr<State> state;
    const char* request;
    std::string what;
    std::optional<RemoteTerminal> terminal;
    AnswerDeadline deadline;
  };
  auto start = std::make_shared<Start>();
  start->state = state_;
  start->request = request;
  start->what = std::move(what);
  if (terminal) start->terminal = *terminal;
  state_->reading = state_->session->add(
      [start] {
        State& state = *start->state;
        start->deadline.begin(*state.session, kAnswerSeconds, "start a program");
        if (start->terminal) {
          const int rc = libssh2_channel_request_pty_ex(state.raw, "xterm", 5, nullptr, 0, start->terminal->columns, start->terminal->rows, 0, 0);
          if (rc == LIBSSH2_ERROR_EAGAIN) return false;
          start->terminal.reset();
          if (rc != 0) {
            state.end(state.session->error("asking for a terminal"));
            return true;
          }
        }
        const int rc = libssh2_channel_process_startup(state.raw, start->request, static_cast<unsigned>(std::strlen(start->request)),
                                                       start->what.data(), static_cast<unsigned>(start->what.size()));
        if (rc == LIBSSH2_ERROR_EAGAIN) return false;
        if (rc != 0) {
          Error refused = state.session->error("starting a program");
          refused.code = "ssh.exec_refused";
          state.end(std::move(refused));
          return true;
        }
        state.ready = true;
        state.read();
        state.start_writing();
        return true;
      },
      [start](const Error& why) { start->state->end(why); });
}

void Channel::receive(OnData on_data, OnEnd on_end) {
  state_->on_data = std::move(on_data);
  state_->on_end = std::move(on_end);
  state_->ready = true;
  state_->read();
}

void Channel::write(std::string bytes, Callback<void(Status)> written) {
  if (state_->closing || state_->input_abandoned || state_->input_ended || state_->session->lost()) {
    if (written) {
      state_->session->loop().post([written = std::move(written)]() mutable { written(Error("ssh.closed", "the input has been ended")); });
    }
    return;
  }
  state_->waiting += bytes.size();
  // There is room for more at once as long as not too much waits.
  if (state_->waiting < kHighWater && written) {
    state_->session->loop().post([written = std::move(written)]() mutable { written(Unit{}); });
    written.reset();
  }
  state_->input.push_back({std::move(bytes), std::move(written)});
  state_->start_writing();
}

void Channel::end_input() {
  state_->input_ended = true;
  state_->start_writing();
}

void Channel::abandon_input() { state_->abandon_input(); }

void Channel::set_paused(bool paused) {
  state_->paused = paused;
  if (auto work = state_->reading.lock()) work->resting = paused;
  if (!paused) state_->session->wake();
}

}  // namespace runbook::ssh
