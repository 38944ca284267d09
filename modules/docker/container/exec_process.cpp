// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/exec_process.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdio>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

constexpr std::size_t kMaxOutput = 64U << 20U;
constexpr double kStatusDelay = 0.02;
constexpr int kStatusTries = 250;

std::string fresh_mark() {
  std::uint64_t random = 0;
  while (getrandom(&random, sizeof random, 0) < 0 && errno == EINTR) {
  }
  char name[20];
  snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(random));
  return name;
}

Lines lines_of(const Job::Ptr& job, const char* stream) {
  return Lines([job, stream](std::string_view line) {
    job->event(Value::object({{"event", "line"}, {"stream", stream}, {"line", line}}));
  });
}

std::string first_word(const Value& args) {
  const auto& words = args["command"].items();
  return words.empty() ? "" : words.front().as_string();
}

}  // namespace

ExecProcess::ExecProcess(Job::Ptr job, FileSourcePtr in, FileDraftPtr out)
    : job_(std::move(job)), endings_(job_->world().service<ExecEndings>()), mark_(fresh_mark()), in_(std::move(in)), draft_(std::move(out)),
      lines_{lines_of(job_, "stdout"), lines_of(job_, "stderr")},
      frames_([this](int number, std::string_view bytes) { take(number, bytes); }) {}

void ExecProcess::take(int number, std::string_view bytes) {
  if (number != 2 && intake_) return intake_->feed(bytes);
  std::string& text = number == 2 ? err_ : out_;
  if (text.size() + bytes.size() > kMaxOutput) {
    status_ = Error("docker.too_large", cat("the program wrote more than ", kMaxOutput >> 20U, " MiB"),
                    "let it write to a file: stdout_file = \"/srv/output\"");
    return;
  }
  text += bytes;
  if (job_->listening()) lines_[number == 2 ? 1 : 0].feed(bytes);
}

void ExecProcess::attach(const Ptr& process, const std::string& id) {
  process->id_ = id;
  Call ask = start_exec(process->job_->name(), id, false, false);
  process->job_->upgrade(
      std::move(ask),
      [process](std::string_view bytes) { process->received(bytes); },
      [process](Status status) { ended(process, std::move(status)); },
      [process](std::unique_ptr<ByteStream> stream) { connected(process, std::move(stream)); });
  // From here on it may run.
  process->job_->also_on_cancel([weak = std::weak_ptr<ExecProcess>(process)] {
    if (const Ptr self = weak.lock()) self->end_there();
  });
}

void ExecProcess::received(std::string_view bytes) {
  if (!status_) return;
  Status fed = frames_.feed(bytes);
  if (!fed) status_ = std::move(fed);
  if (!status_) give_up(Error(status_.error()));
}

void ExecProcess::connected(const Ptr& process, std::unique_ptr<ByteStream> stream) {
  process->stream_ = std::move(stream);
  const std::weak_ptr<ExecProcess> weak = process;
  // The stream's callbacks keep the process, which keeps the stream.
  process->job_->on_cancel([weak] {
    const Ptr self = weak.lock();
    if (!self) return;
    self->reading_();
    self->stream_.reset();
    self->end_there();
  });
  if (process->draft_) {
    process->intake_ = std::make_shared<Intake>(
        process->job_->loop(), process->draft_,
        [weak](bool hold) {
          const Ptr self = weak.lock();
          if (self && self->stream_) hold ? self->stream_->pause() : self->stream_->resume();
        },
        [weak](Error error) {
          if (const Ptr self = weak.lock()) self->give_up(std::move(error));
        });
  }
  if (process->in_) return send_file(weak);
  const Value& input = process->job_->args()["stdin"];
  if (input.is_null()) return;
  process->stream_->write(input.reveal(), [weak](Status) {
    // A program that does not read all of its input is no error: its exit code tells.
    if (const Ptr self = weak.lock(); self && self->stream_) self->stream_->close_write();
  });
}

// Piece by piece, each when the one before has left.
void ExecProcess::send_file(const std::weak_ptr<ExecProcess>& weak) {
  const Ptr process = weak.lock();
  if (!process || !process->stream_) return;
  process->reading_ = process->job_->loop().blocking<std::string>(
      [in = process->in_] { return in->next(); },
      [weak](Result<std::string> piece) {
        const Ptr self = weak.lock();
        if (!self || !self->stream_) return;
        // A half of the input is not to be taken for all of it.
        if (!piece) return self->give_up(std::move(piece).error());
        if (piece->empty()) return self->stream_->close_write();
        self->stream_->write(std::move(*piece), [weak](const Status& sent) {
          if (sent) send_file(weak);
        });
      });
}

void ExecProcess::ended(const Ptr& process, Status status) {
  process->reading_();
  process->stream_.reset();
  if (status && process->status_ && !process->frames_.complete()) {
    status = Error("docker.engine", "the connection to the engine ended in the middle of the program's output");
  }
  if (!process->status_) status = std::move(process->status_);
  if (!status) return process->give_up(std::move(status).error());
  for (Lines& stream : process->lines_) stream.end();
  if (!process->intake_) return ask_status(process);
  process->job_->on_cancel([intake = process->intake_] { intake->drop(); });
  process->intake_->end([process](Status taken) {
    if (!taken) return process->give_up(std::move(taken).error());
    ask_status(process);
  });
}

// The engine may close the stream a moment before it knows how the program ended.
void ExecProcess::ask_status(const Ptr& process) {
  Call ask;
  ask.path = "/exec/" + segment(process->id_) + "/json";
  ask.object = object_of(process->job_->name());
  process->job_->json(std::move(ask), [process](Value state) {
    if (!state["Running"].as_bool() && state["ExitCode"].is_integer()) return report(process, state["ExitCode"].as_int());
    if (++process->tries_ >= kStatusTries) {
      return process->give_up(Error("docker.engine", cat("the output of '", first_word(process->job_->args()),
                                                         "' has ended, but the engine says that it still runs")));
    }
    process->job_->after(kStatusDelay, [process] { ask_status(process); });
  });
}

void ExecProcess::report(const Ptr& process, std::int64_t code) {
  const Job::Ptr job = process->job_;
  if (code != 0 && job->args()["check"].as_bool(true)) {
    Error error("docker.exit", cat("'", first_word(job->args()), "' in container '", job->name(), "' ended with exit code ", code));
    const std::string said(trim(process->err_.empty() ? process->out_ : process->err_));
    if (!said.empty()) error.message += ": " + printable(said.substr(said.size() > 500 ? said.size() - 500 : 0));
    return job->fail(std::move(error).with("exit_code", std::to_string(code)).with("container", job->name()));
  }
  if (!process->draft_) return process->finish(code);
  job->blocking<Unit>(
      [draft = process->draft_]() -> Result<Unit> {
        RUNBOOK_TRY(draft->place());
        return Unit{};
      },
      [process, code](Unit) { process->finish(code); });
}

void ExecProcess::finish(std::int64_t code) {
  Value out = Value::object({{"exit_code", code}, {"stdout", std::move(out_)}, {"stderr", std::move(err_)}, {"changed", true}});
  if (intake_) {
    out.set("stdout_file", job_->args()["stdout_file"]);
    out.set("size", static_cast<std::int64_t>(intake_->size()));
  }
  job_->finish(std::move(out));
}

void ExecProcess::give_up(Error error) {
  reading_();
  stream_.reset();
  end_there();
  job_->fail(std::move(error));
}

void ExecProcess::end_there() {
  const Value& args = job_->args();
  endings_.end_marked(job_->engine(), job_->name(), mark_, args["user"], args["privileged"].as_bool());
}

}  // namespace runbook::docker
