// SPDX-License-Identifier: Apache-2.0
// The inside of a container as a place with a shell: the way by which `machine` gets there.
#include <charconv>
#include <deque>

#include "host/core/shell_quote.h"
#include "host/core/text.h"
#include "modules/docker/container/exec_endings.h"
#include "modules/docker/engine/frames.h"
#include "modules/docker/operations.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

constexpr double kPatience = 10;  // with the first word of what was dropped while it started
constexpr double kStatusDelay = 0.02;
constexpr int kStatusTries = 250;
constexpr int kNotFound = 127;  // what a shell says of a program that is not there

// The engine takes its commands as JSON, which holds no other bytes than UTF-8: a word with some is put together
// inside.
std::string begin_script(const std::vector<std::string>& argv) {
  std::string script = "echo $$\n";
  for (const std::string& word : argv) {
    if (invalid_utf8(word) == std::string::npos) {
      script += cat("set -- \"$@\" ", shell_quote(word), "\n");
      continue;
    }
    script += "w=$(printf '%b.' '";
    for (const char c : word) {
      char octal[8];
      snprintf(octal, sizeof octal, "\\0%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
      script += octal;
    }
    script += "'); set -- \"$@\" \"${w%.}\"\n";
  }
  return script + "exec \"$@\"";
}

struct Place {
  Value engine;  ///< the target of its handle
  std::string container;
  std::string user;
};

/// One program in the container. Its callbacks keep it until it has ended or has been dropped.
class Exec : public std::enable_shared_from_this<Exec> {
 public:
  Exec(World& world, Engine& engine, Place place, RemoteCommand command)
      : loop_(world.loop()),
        engine_(engine),
        endings_(world.service<ExecEndings>()),
        place_(std::move(place)),
        command_(std::move(command)),
        frames_([this](int stream, std::string_view bytes) { take(stream == 2, bytes); }) {
    if (command_.terminal) terminal_ = *command_.terminal;
    has_terminal_ = command_.terminal != nullptr;
  }

  void begin() {
    known_ = endings_.know(given_up());
    Value body = Value::object({{"AttachStdin", true},
                                {"AttachStdout", true},
                                {"AttachStderr", true},
                                {"Tty", has_terminal_},
                                {"Cmd", Value::array({"sh", "-c", begin_script(command_.argv)})}});
    if (!place_.user.empty()) body.set("User", place_.user);
    current_ =
        engine_.request(create_exec(place_.container, std::move(body)), [self = shared_from_this()](Result<HttpResponse> answer) {
          auto id = id_in(std::move(answer));
          if (!id) return self->fail(std::move(id).error());
          self->id_ = std::move(*id);
          self->attach();
        });
  }

  void write(std::string bytes, Callback<void(Status)> written) {
    if (stream_) return stream_->write(std::move(bytes), std::move(written));
    waiting_.emplace_back(std::move(bytes), std::move(written));
  }
  void end_input() {
    input_ended_ = true;
    if (stream_) send_end();
  }
  void set_paused(bool paused) {
    paused_ = paused;
    if (stream_) paused ? stream_->pause() : stream_->resume();
  }

  void drop() {
    if (over_) return;
    dropped_ = true;
    command_.on_exit.reset();
    command_.on_output = nullptr;
    // A program that is to be ended is not to work on what it was to get.
    waiting_.clear();
    input_ended_ = false;
    if (id_.empty()) {
      current_();  // nothing has been started
      return close();
    }
    if (!pid_.empty()) return end_it();
    // It is being started: its first word is still to come, and it is ended then.
    set_paused(false);
    ending_ = endings_.wait_for(given_up());
    patience_ = loop_.after(seconds(kPatience), [self = shared_from_this()] { self->close(); });
  }

 private:
  void attach() {
    current_ = engine_.upgrade(
        start_exec(place_.container, id_, false, has_terminal_),
        [self = shared_from_this()](std::string_view bytes) { self->read(bytes); },
        [self = shared_from_this()](Status status) { self->ended(std::move(status)); },
        [self = shared_from_this()](Result<std::unique_ptr<ByteStream>> stream) {
          if (!stream) return self->refused(std::move(stream).error());
          self->stream_ = std::move(*stream);
          if (self->has_terminal_ && !self->dropped_) self->resize();
          if (self->paused_ && !self->dropped_) self->stream_->pause();
          for (auto& [bytes, written] : self->waiting_) self->stream_->write(std::move(bytes), std::move(written));
          self->waiting_.clear();
          if (self->input_ended_) self->send_end();
        });
  }

  // A terminal has no other end of input than the key for it; closing would hang up.
  void send_end() {
    if (has_terminal_) return stream_->write("\x04", [](const Status&) {});
    stream_->close_write();
  }

  // Where there is no program to start, engines differ in whether they say so here or as the program's own words.
  void refused(Error error) {
    if (error.message.find("executable file not found") == std::string::npos &&
        error.message.find("no such file") == std::string::npos) {
      return fail(std::move(error));
    }
    if (command_.on_output) command_.on_output(true, error.message);
    finish(RemoteExit{kNotFound, {}});
  }

  void resize() {
    Call ask;
    ask.method = "POST";
    ask.path = "/exec/" + segment(id_) + "/resize";
    ask.query = {{"h", std::to_string(terminal_.rows)}, {"w", std::to_string(terminal_.columns)}};
    ask.object = object_of(place_.container);
    engine_.request(std::move(ask), [](const Result<HttpResponse>&) {});
  }

  void read(std::string_view bytes) {
    if (over_) return;
    if (has_terminal_) return take(false, bytes);
    if (Status fed = frames_.feed(bytes); !fed) fail(std::move(fed).error());
  }

  void take(bool is_error, std::string_view bytes) {
    if (over_) return;
    if (!is_error && pid_.empty()) {
      first_ += bytes;
      const std::size_t end = first_.find('\n');
      if (end == std::string::npos) return;
      const std::string word(trim(std::string_view(first_).substr(0, end)));
      int number = 0;
      const auto [rest, bad] = std::from_chars(word.data(), word.data() + word.size(), number);
      if (bad != std::errc() || rest != word.data() + word.size() || number <= 0) return;  // the engine's words
      pid_ = word;
      if (dropped_) return end_it();
      const std::string more = first_.substr(end + 1);
      if (!more.empty() && command_.on_output) command_.on_output(false, more);
      return;
    }
    if (command_.on_output) command_.on_output(is_error, bytes);
  }

  void ended(Status status) {
    if (over_) return;
    stream_.reset();
    if (dropped_) return close();
    if (!status) return fail(std::move(status).error());
    if (!has_terminal_ && !frames_.complete()) {
      return fail(Error("docker.engine", "the connection to the engine ended in the middle of the program's output"));
    }
    // What began without our first word is the engine's message in place of the program's output.
    if (pid_.empty() && !first_.empty() && command_.on_output) command_.on_output(true, first_);
    ask_status();
  }

  // The engine may close the stream a moment before it knows how the program ended.
  void ask_status() {
    Call ask;
    ask.path = "/exec/" + segment(id_) + "/json";
    ask.object = object_of(place_.container);
    current_ = engine_.request(std::move(ask), [self = shared_from_this()](Result<HttpResponse> answer) {
      if (self->over_) return;
      if (!answer) return self->fail(std::move(answer).error());
      auto state = parse_answer(*answer);
      if (!state) return self->fail(std::move(state).error());
      if (!(*state)["Running"].as_bool() && (*state)["ExitCode"].is_integer()) {
        return self->finish(RemoteExit{static_cast<int>((*state)["ExitCode"].as_int()), {}});
      }
      if (++self->tries_ >= kStatusTries) {
        return self->fail(
            Error("docker.engine", "the output of a program has ended, but the engine says that it still runs"));
      }
      self->current_ = self->loop_.after(seconds(kStatusDelay), [self] { self->ask_status(); });
    });
  }

  std::function<void()> given_up() {
    return [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->close();
    };
  }

  void end_it() {
    endings_.end_group(engine_, place_.container, pid_);
    close();
  }

  void fail(Error error) { finish(std::move(error)); }
  void finish(Result<RemoteExit> exit) {
    if (over_) return;
    auto self = shared_from_this();
    auto on_exit = std::move(command_.on_exit);
    close();
    on_exit(std::move(exit));
  }

  // From the loop: the stream may be the one whose callback this is.
  void close() {
    over_ = true;
    patience_();
    current_();
    known_.reset();
    ending_.reset();
    command_.on_output = nullptr;
    if (stream_) loop_.post([self = shared_from_this()] { self->stream_.reset(); });
  }

  Loop& loop_;
  Engine& engine_;
  ExecEndings& endings_;
  std::shared_ptr<void> known_;
  std::shared_ptr<void> ending_;  ///< while it has been dropped and is not known to have ended
  Place place_;
  RemoteCommand command_;
  RemoteTerminal terminal_;
  Frames frames_;
  std::unique_ptr<ByteStream> stream_;
  std::deque<std::pair<std::string, Callback<void(Status)>>> waiting_;
  Cancel current_, patience_;
  std::string id_, pid_, first_;
  int tries_ = 0;
  bool has_terminal_ = false;
  bool input_ended_ = false;
  bool paused_ = false;
  bool dropped_ = false;
  bool over_ = false;
};

class ContainerProcess final : public RemoteProcess {
 public:
  explicit ContainerProcess(std::shared_ptr<Exec> exec) : exec_(std::move(exec)) {}
  ~ContainerProcess() override { exec_->drop(); }
  void write(std::string bytes, Callback<void(Status)> written) override {
    exec_->write(std::move(bytes), std::move(written));
  }
  void end_input() override { exec_->end_input(); }
  void set_paused(bool paused) override { exec_->set_paused(paused); }

 private:
  std::shared_ptr<Exec> exec_;
};

class ContainerShell final : public RemoteShell {
 public:
  ContainerShell(World& world, Place place) : world_(world), place_(std::move(place)) {}

  std::unique_ptr<RemoteProcess> start(RemoteCommand command) override {
    auto exec = std::make_shared<Exec>(world_, world_.service<Engines>().at(place_.engine), place_, std::move(command));
    exec->begin();
    return std::make_unique<ContainerProcess>(std::move(exec));
  }

 private:
  World& world_;
  Place place_;
};

std::vector<Access> access(World& world, const Value& target, const char*, const std::string&) {
  std::vector<Access> touched = way_to(world, target["engine"]);
  touched.insert(touched.begin(), {"docker", address_of(target["engine"]), "container.exec", target["name"].as_string()});
  return touched;
}

std::shared_ptr<RemoteShell> open(World& world, const Value& target) {
  return std::make_shared<ContainerShell>(
      world, Place{target["engine"], target["name"].as_string(), target["user"].as_string()});
}

}  // namespace

const ShellRoute kContainerRoute = {"container", access, open};

}  // namespace runbook::docker
