// SPDX-License-Identifier: Apache-2.0
// Containers: what they wrote, into a file. Taken out of its frames where it arrives and written in blocks, so that as
// much of it as there is costs no memory, and little time.
#include "host/core/text.h"
#include "modules/docker/engine/file_stream.h"
#include "modules/docker/engine/frames.h"
#include "modules/docker/engine/log_text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

namespace {

constexpr double kTimeout = 3600;

struct Taker {
  Taker(IntakePtr to, bool has_terminal)
      : intake(std::move(to)), terminal(has_terminal), frames([this](int, std::string_view bytes) { intake->feed(bytes); }) {}

  void feed(std::string_view bytes) {
    if (terminal) return intake->feed(bytes);
    if (status) status = frames.feed(bytes);
  }
  Status end() const {
    if (!status) return status;
    if (!terminal && !frames.complete()) return Error("docker.engine", "the engine's stream of output ended within a frame");
    return Unit{};
  }

  IntakePtr intake;
  bool terminal;
  Frames frames;
  Status status = Unit{};
};

void place(const Job::Ptr& job, const FileDraftPtr& draft, std::uint64_t size) {
  job->blocking<Unit>(
      [draft]() -> Result<Unit> {
        RUNBOOK_TRY(draft->place());
        return Unit{};
      },
      [job = job.get(), size](Unit) {
        job->finish(Value::object({{"path", job->args()["path"]}, {"size", static_cast<std::int64_t>(size)}, {"changed", true}}));
      });
}

void receive(const Job::Ptr& job, const FileDraftPtr& draft, bool terminal) {
  auto flow = std::make_shared<HttpFlow>();
  auto intake = std::make_shared<Intake>(
      job->loop(), draft, [flow](bool hold) { hold ? flow->pause() : flow->resume(); },
      [weak = std::weak_ptr<Job>(job)](Error error) {
        if (auto of = weak.lock()) of->abort(std::move(error));
      });
  auto taker = std::make_shared<Taker>(intake, terminal);
  LogRequest request = log_request(*job);
  if (job->args()["timeout"].is_null()) request.timeout = kTimeout;
  Call ask = log_call(request);
  ask.flow = flow;
  ask.on_chunk = [taker](std::string_view bytes) { taker->feed(bytes); };
  job->request(std::move(ask), [job, draft, taker](HttpResponse) {
    if (Status whole = taker->end(); !whole) return job->fail(std::move(whole).error());
    job->on_cancel([intake = taker->intake] { intake->drop(); });
    taker->intake->end([job, draft, size = taker->intake->size()](Status ended) {
      if (!ended) return job->fail(std::move(ended).error());
      place(job, draft, size);
    });
  });
}

Cancel save(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    job->json(inspect_container(job->name()), [job, allowed](const Value& found) {
      const bool terminal = found["Config"]["Tty"].as_bool();
      job->blocking<FileDraftPtr>(
          [files = job->files(), allowed, path = job->args()["path"].as_string()] { return FileDraft::open(files, path, allowed, 0640); },
          [job, terminal](const FileDraftPtr& draft) { receive(job, draft, terminal); });
    });
  });
}

}  // namespace

const Operation kContainerLogsSave = {
    .name = "docker.container_logs_save",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"path", Type::kPath, Field::kRequired},
               {"tail", Type::kInteger},
               {"since", Type::kNumber},
               {"until", Type::kNumber},
               {"timestamps", Type::kBoolean},
               {"follow", Type::kBoolean},
               {"timeout", Type::kDuration}},
    .access =
        [](World& world, const Value& args) {
          return Accesses{engine_access(args, "container.logs_save", args["name"].as_string()),
                          path_access(world, "write", args["path"].as_string())};
        },
    .perform = save,
    .timeout = kTimeout,
    .describe =
        [](const Value& args) { return cat("save the logs of container '", args["name"].as_string(), "' to '", args["path"].as_string(), "'"); },
    .probe = [](Invocation, Done done) -> Cancel {
      done(Value(false));
      return {};
    },
};

}  // namespace runbook::docker
