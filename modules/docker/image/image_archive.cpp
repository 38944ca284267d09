// SPDX-License-Identifier: Apache-2.0
// Images: to a file and back, as the engine's own archive.
#include <algorithm>

#include "host/core/text.h"
#include "modules/docker/engine/file_stream.h"
#include "modules/docker/engine/message_stream.h"
#include "modules/docker/image/images.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

namespace {

constexpr double kTimeout = 3600;
constexpr std::size_t kTail = 1024;  ///< an archive ends with as many zeros

double timeout_of(const Job* job) {
  return job->args()["timeout"].is_null() ? kTimeout : job->args()["timeout"].as_number();
}

std::string names_of(const Value& args) { return "'" + join(args["images"].as_strings(), "', '") + "'"; }

/// The file, and the end of what came: an engine that fails half-way says so behind what it has sent of the archive.
class Archive final : public Consumer {
 public:
  explicit Archive(FileDraftPtr draft) : draft_(std::move(draft)) {}
  Status take(std::string_view block) override {
    tail_ += block.substr(block.size() - std::min(block.size(), kTail));
    if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
    return draft_->take(block);
  }
  Status end() override {
    const bool whole = tail_.size() == kTail && tail_.find_first_not_of('\0') == std::string::npos;
    return whole ? Status(Unit{}) : Status(incomplete());
  }
  FileDraft& draft() { return *draft_; }

 private:
  Error incomplete() const {
    const auto brace = tail_.rfind("{\"");
    MessageStream words([](const Value&) {});
    if (brace != std::string::npos) words.feed(std::string_view(tail_).substr(brace));
    Status said = words.end();
    if (!said) return std::move(said).error();
    return Error("docker.engine", "the engine ended the archive before its end");
  }
  FileDraftPtr draft_;
  std::string tail_;
};
using ArchivePtr = std::shared_ptr<Archive>;

Error not_saved(const Value& args, Error error) {
  const bool absent = error.message.find("No such image") != std::string::npos || error.message.find("does not exist") != std::string::npos;
  if (error.code == "docker.engine" && absent) error.code = "docker.not_found";
  if (error.message.find(names_of(args)) == std::string::npos) error.message = cat("images ", names_of(args), ": ", error.message);
  return error;
}

void place(const Job::Ptr& job, const ArchivePtr& archive, std::uint64_t size) {
  job->blocking<Unit>(
      [archive]() -> Result<Unit> {
        RUNBOOK_TRY(archive->draft().place());
        return Unit{};
      },
      [job = job.get(), size](Unit) {
        const Value& args = job->args();
        job->finish(Value::object({{"path", args["path"]}, {"images", args["images"]}, {"size", static_cast<std::int64_t>(size)}, {"changed", true}}));
      });
}

void receive(const Job::Ptr& job, const ArchivePtr& archive) {
  auto flow = std::make_shared<HttpFlow>();
  auto intake = std::make_shared<Intake>(
      job->loop(), archive, [flow](bool hold) { hold ? flow->pause() : flow->resume(); },
      [weak = std::weak_ptr<Job>(job)](Error error) {
        if (auto of = weak.lock()) of->abort(std::move(error));
      });
  Call ask;
  ask.path = "/images/get";
  ask.object = cat("images ", names_of(job->args()));
  ask.timeout = timeout_of(job.get());
  for (const std::string& image : job->args()["images"].as_strings()) ask.query.emplace_back("names", image);
  ask.flow = flow;
  ask.on_chunk = [intake](std::string_view bytes) { intake->feed(bytes); };
  job->attempt(std::move(ask), [job, archive, intake](Result<HttpResponse> answer) {
    if (!answer) return job->fail(not_saved(job->args(), std::move(answer).error()));
    const std::uint64_t size = intake->size();
    job->on_cancel([intake] { intake->drop(); });
    intake->end([job, archive, size](Status ended) {
      if (!ended) return job->fail(not_saved(job->args(), std::move(ended).error()));
      place(job, archive, size);
    });
  });
}

Cancel save(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    if (job->args()["images"].items().empty()) return job->fail(Error("argument.invalid", "the list of images is empty"));
    auto open = [files = job->files(), allowed, path = job->args()["path"].as_string()]() -> Result<ArchivePtr> {
      auto draft = FileDraft::open(files, path, allowed, 0644);
      if (!draft) return std::move(draft).error();
      return std::make_shared<Archive>(std::move(*draft));
    };
    job->blocking<ArchivePtr>(std::move(open), [job = job.get()](ArchivePtr archive) { receive(job->shared_from_this(), archive); });
  });
}

// What images there are and by which names: what a load may change.
void all_images(const Job::Ptr& job, std::function<void(Value)> next) {
  Call ask;
  ask.path = "/images/json";
  ask.object = "images";
  job->json(std::move(ask), [next = std::move(next)](Value rows) {
    Value out = Value::Object{};
    for (const Value& row : rows.items()) {
      std::vector<std::string> tags = row["RepoTags"].as_strings();
      std::sort(tags.begin(), tags.end());
      out.set(row["Id"].as_string(), Value::strings(tags));
    }
    next(std::move(out));
  });
}

void send(const Job::Ptr& job, const FileSourcePtr& source, const Value& before) {
  auto loaded = std::make_shared<Value>(Value::Array{});
  auto messages = std::make_shared<MessageStream>([loaded](const Value& message) {
    const std::string_view said = trim(message["stream"].as_string());
    for (const std::string_view prefix : {"Loaded image: ", "Loaded image ID: "}) {
      if (said.starts_with(prefix)) loaded->push(said.substr(prefix.size()));
    }
  });
  Call ask;
  ask.method = "POST";
  ask.path = "/images/load";
  ask.query = {{"quiet", "1"}};
  ask.object = cat("images of '", printable(job->args()["path"].as_string()), "'");
  ask.timeout = timeout_of(job.get());
  ask.headers.emplace_back("Content-Type", "application/x-tar");
  ask.body_length = source->size();
  send_file(ask, source, job->loop());
  ask.on_chunk = [messages](std::string_view bytes) { messages->feed(bytes); };
  const std::string object = ask.object;
  job->request(std::move(ask), [job, messages, loaded, before, object](HttpResponse) {
    if (Status told = messages->end(); !told) {
      Error error = std::move(told).error();
      error.message = cat(object, ": ", error.message);
      return job->fail(std::move(error));
    }
    if (loaded->items().empty()) return job->fail(Error("docker.engine", cat(object, ": the engine has loaded none: is it an archive of images?")));
    all_images(job, [job = job.get(), loaded, before](const Value& after) {
      job->finish(Value::object({{"images", *loaded}, {"changed", before != after}}));
    });
  });
}

Cancel load(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    auto open = [files = job->files(), allowed, path = job->args()["path"].as_string()] { return FileSource::open(*files, path, allowed); };
    job->blocking<FileSourcePtr>(std::move(open), [job = job.get()](FileSourcePtr source) {
      all_images(job->shared_from_this(), [job, source](Value before) { send(job->shared_from_this(), source, before); });
    });
  });
}

Cancel again(Invocation, Done done) {
  done(Value(false));
  return {};
}

}  // namespace

const Operation kImageSave = {
    .name = "docker.image_save",
    .effect = Effect::kChange,
    .fields = {{"images", Type::kStrings, kPositionalRequired}, {"path", Type::kPath, Field::kRequired}, {"timeout", Type::kDuration}},
    .access =
        [](World& world, const Value& args) {
          Accesses out{path_access(world, "write", args["path"].as_string())};
          for (const std::string& image : args["images"].as_strings()) out.push_back(engine_access(args, "image.save", image));
          return out;
        },
    .perform = save,
    .timeout = kTimeout,
    .describe = [](const Value& args) { return cat("save images ", names_of(args), " to '", args["path"].as_string(), "'"); },
    .probe = again,
};

const Operation kImageLoad = {
    .name = "docker.image_load",
    .effect = Effect::kChange,
    .fields = {{"path", Type::kPath, Field::kRequired}, {"timeout", Type::kDuration}},
    .access =
        [](World& world, const Value& args) {
          return Accesses{engine_access(args, "image.load", ""), read_access(world, args["path"].as_string())};
        },
    .perform = load,
    .timeout = kTimeout,
    .describe = [](const Value& args) { return cat("load images from '", args["path"].as_string(), "'"); },
    .probe = again,
};

}  // namespace runbook::docker
