// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_run.h"

#include <sys/random.h>

#include <cerrno>
#include <utility>

#include "host/core/shell_quote.h"
#include "host/core/text.h"
#include "modules/machine/shell_ending.h"
#include "modules/machine/shell_marker.h"
#include "modules/machine/shell_sudo.h"

namespace runbook::machine {

namespace {

constexpr std::size_t kPiece = 256UL * 1024;  // of the input that is handed over at a time
constexpr std::size_t kMostText = 126UL * 1024;  // of a script, quoted: Linux takes 128 KiB in a word
constexpr std::size_t kMostError = 64UL * 1024;
constexpr std::size_t kMostShown = 500;

constexpr const char* kEndGroup = R"sh(
kill -TERM "$g" || exit 0
k=0
while [ $k -lt 10 ] && kill -0 "$g" 2>/dev/null; do
  k=$((k + 1))
  sleep 0.5 2>/dev/null || sleep 1
done
kill -KILL "$g" 2>/dev/null
exit 0
)sh";

std::string fresh_mark() {
  std::uint64_t random[2] = {};
  while (getrandom(random, sizeof random, 0) < 0 && errno == EINTR) {
  }
  char text[40];
  snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(random[0]),
           static_cast<unsigned long long>(random[1]));
  return text;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Finish = Callback<void(Result<ShellEnd>)>;

  Session(World& world, const Value& target, ShellScript script, Finish done)
      : world_(world), target_(target), loop_(world.loop()), script_(std::move(script)), done_(std::move(done)), sudo_(sudo_of(target)) {}

  void begin(std::shared_ptr<RemoteShell> shell) {
    shell_ = std::move(shell);
    began_ = loop_.now();
    std::string text = shell_text(script_, mark_);
    if (sudo_) text = sudo_script(*sudo_, sudo_mark_, text);
    if (const std::size_t size = shell_quote(text).size(); size > kMostText) {
      began_late_ = loop_.post([self = shared_from_this(), size] { self->finish(too_long(size)); });
      return;
    }
    RemoteCommand command;
    command.argv = {"sh", "-c", std::move(text)};
    command.on_output = [self = shared_from_this()](bool is_error, std::string_view bytes) {
      if (self->over_) return;
      ++self->inside_;
      self->take(is_error, bytes);
      --self->inside_;
    };
    command.on_exit = [self = shared_from_this()](Result<RemoteExit> exit) {
      if (self->over_) return;
      ++self->inside_;
      self->exited(std::move(exit));
      --self->inside_;
    };
    process_ = shell_->start(std::move(command));
    if (script_.flow) {
      script_.flow->mark = mark_;
      script_.flow->set_paused = [weak = weak_from_this()](bool paused) {
        if (auto self = weak.lock(); self && self->process_) self->process_->set_paused(paused);
      };
    }
    if (!sudo_ || !sudo_->password) send();
  }

  void cancel() {
    done_.reset();
    end();
  }

 private:
  void take(bool is_error, std::string_view bytes) {
    if (is_error && sudo_ && !error_marker_.found()) {
      // The error stream is sudo's until the script has begun.
      if (!sudo_marker_.found()) bytes = sudo_marker_.feed(bytes);
      sudo_said_ += bytes;
      if (sudo_said_.size() > 2 * kMostError) sudo_said_.erase(0, sudo_said_.size() - kMostError);
      if (sudo_group_.empty()) sudo_group_ = take_sudo_group(sudo_said_, sudo_mark_);
      if (!answer_prompt()) return;
    }
    Marker& marker = is_error ? error_marker_ : out_marker_;
    bytes = marker.feed(bytes);
    // Without a marker of its own the other stream says nothing; so input that waits for sudo goes when either has
    // begun.
    if (marker.found() && !sending_) send();
    if (marker.found() && marker.word().empty() && script_.on_begun) std::exchange(script_.on_begun, nullptr)();
    if (bytes.empty()) return;
    if (script_.on_output) return script_.on_output(is_error ? Stream::kError : Stream::kOut, bytes);
    if (script_.on_out && !is_error) return script_.on_out(bytes);
    std::string& kept = is_error ? end_.error : end_.out;
    kept += bytes;
    if (is_error && kept.size() > 2 * kMostError) kept.erase(0, kept.size() - kMostError);
    if (kept.size() > script_.most_kept)
      finish(Error("machine.output_limit", cat("more than ", script_.most_kept >> 20U, " MiB came back")));
  }

  // False where that was the end.
  bool answer_prompt() {
    if (!sudo_->password) return true;
    const std::string prompt = sudo_prompt(sudo_mark_);
    const std::size_t at = sudo_said_.find(prompt);
    if (at == std::string::npos) return true;
    sudo_said_.erase(at, prompt.size());
    if (prompted_) {
      finish(wrong_password());
      return false;
    }
    prompted_ = true;
    process_->write(*sudo_->password + "\n", [](const Status&) {});
    return answer_prompt();
  }

  void send() {
    sending_ = true;
    if (over_ || !process_) return;
    if (script_.more) {
      return script_.more([weak = weak_from_this()](std::optional<std::string> piece) {
        auto self = weak.lock();
        if (!self || self->over_ || !self->process_) return;
        if (!piece) return self->process_->end_input();
        self->hand_over(std::move(*piece));
      });
    }
    if (sent_ >= script_.input.size()) return process_->end_input();
    std::string piece = script_.input.substr(sent_, kPiece);
    sent_ += piece.size();
    hand_over(std::move(piece));
  }

  void hand_over(std::string piece) {
    process_->write(std::move(piece), [weak = weak_from_this()](const Status& written) {
      // A program that does not read all of its input is no error: its exit code tells.
      if (auto self = weak.lock(); self && written) self->send();
    });
  }

  void exited(Result<RemoteExit> exit) {
    exited_ = true;
    if (!exit) return finish(std::move(exit).error());
    if (!error_marker_.found() && !out_marker_.found()) return finish(never_began(*exit));
    end_.code = exit->code;
    end_.signal = std::move(exit->signal);
    end_.mark = mark_;
    end_.seconds = std::chrono::duration<double>(loop_.now() - began_).count();
    end_.reason = error_marker_.word();
    // `fail` prints the mark once more, with its word.
    const std::string again = mark_ + "!";
    if (const std::size_t at = end_.error.rfind(again); end_.reason.empty() && at != std::string::npos) {
      end_.reason = end_.error.substr(at + again.size());
      end_.error.erase(at);
    }
    if (end_.reason.starts_with('!')) end_.reason.erase(0, 1);
    end_.reason = trim(end_.reason);
    finish(std::move(end_));
  }

  Error never_began(const RemoteExit& exit) const {
    if (sudo_marker_.found() && sudo_marker_.word() == "!sudo") {
      return Error("machine.sudo", "there is no sudo", "install it there, or log in as the user who is to do it");
    }
    if (sudo_marker_.found()) return sudo_error(*sudo_, sudo_said_);
    std::string said(trim(error_marker_.before() + sudo_marker_.before()));
    if (said.empty()) said = trim(out_marker_.before());
    if (said.size() > kMostShown) said = said.substr(said.size() - kMostShown);
    Error error("machine.shell",
                cat("no shell answers there", said.empty() ? "" : ": ", printable(said.substr(said.rfind('\n') + 1))),
                "commands are run by 'sh': does the account's shell take them, and is there a 'sh'?");
    error.context["exit_code"] = std::to_string(exit.code);
    if (!said.empty()) error.context["output"] = printable(said);
    return error;
  }

  static Error too_long(std::size_t size) {
    return Error("machine.argument",
                 cat("the arguments are too long: with them the command line there has ", size >> 10U, " KiB of at most ",
                     kMostText >> 10U),
                 "give what is long by 'stdin', or put it into a file there");
  }

  void finish(Result<ShellEnd> result) {
    auto self = shared_from_this();
    end();
    done_(std::move(result));
  }

  // Whoever logs in may not end what another user runs; that user may.
  void end_by_sudo() {
    if (sudo_group_.empty() || script_.ends_others) return;
    ShellScript script;
    script.ends_others = true;
    script.text = cat("g=-", sudo_group_, kEndGroup);
    world_.service<Endings>().begin(target_, std::move(script));
  }

  // The process is not destroyed under its own feet.
  void end() {
    over_ = true;
    began_late_();
    if (!process_) return;
    if (!exited_) end_by_sudo();
    if (inside_ == 0) return process_.reset();
    loop_.post([process = std::move(process_)]() mutable { process.reset(); });
  }

  World& world_;
  const Value target_;
  Loop& loop_;
  ShellScript script_;
  Finish done_;
  std::optional<Sudo> sudo_;
  const std::string mark_ = fresh_mark();
  const std::string sudo_mark_ = fresh_mark();
  Marker out_marker_{mark_}, error_marker_{mark_}, sudo_marker_{sudo_mark_};
  std::string sudo_said_;
  std::string sudo_group_;  ///< the process group there, once sudo has begun
  std::shared_ptr<RemoteShell> shell_;
  std::unique_ptr<RemoteProcess> process_;
  ShellEnd end_;
  Duration began_{};
  Cancel began_late_;
  std::size_t sent_ = 0;
  int inside_ = 0;
  bool sending_ = false;
  bool prompted_ = false;
  bool exited_ = false;
  bool over_ = false;
};

}  // namespace

std::string shell_text(const ShellScript& script, const std::string& mark) {
  const std::size_t half = mark.size() / 2;
  const std::string first = shell_quote(mark.substr(0, half)), second = shell_quote(mark.substr(half));
  std::string text;
  text += cat("mark() { printf '%s%s\\n' ", first, " ", second, "; printf '%s%s\\n' ", first, " ", second, " >&2; }\n");
  text += cat("fail() { printf '%s%s!%s\\n' ", first, " ", second, " \"$1\" >&2; exit 97; }\n");
  if (!script.marks) text += cat("m=", first, "; n=", second, "\nmark\n");
  return text + script.text;
}

Cancel run_script(World& world, const Value& target, ShellScript script, Callback<void(Result<ShellEnd>)> done) {
  if (auto sudo = sudo_of(target)) {
    if (Status good = check_sudo(*sudo); !good) {
      done(std::move(good).error());
      return {};
    }
  }
  const ShellRoute* route = world.service<ShellRoutes>().find(target["kind"].as_string());
  if (!route) {
    done(Error("machine.kind",
               cat("there is no way to machines of the kind '", printable(target["kind"].as_string()), "'")));
    return {};
  }
  auto session = std::make_shared<Session>(world, target, std::move(script), std::move(done));
  session->begin(route->open(world, target));
  return [weak = std::weak_ptr<Session>(session)] {
    if (auto open = weak.lock()) open->cancel();
  };
}

}  // namespace runbook::machine
