// SPDX-License-Identifier: Apache-2.0
// Images: made of a tar archive of a file system.
#include "host/core/text.h"
#include "modules/docker/engine/file_stream.h"
#include "modules/docker/image/images.h"
#include "modules/docker/engine/message_stream.h"
#include "modules/docker/paths.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

constexpr double kTimeout = 600;

void send(const Job::Ptr& job, Call ask) {
  const std::string tag = job->args()["tag"].as_string();
  const ImageName name = image_name(tag);
  ask.method = "POST";
  ask.path = "/images/create";
  ask.query = {{"fromSrc", "-"}, {"repo", name.repository}, {"tag", name.tag}};
  for (const std::string& change : job->args()["changes"].as_strings()) ask.query.emplace_back("changes", change);
  ask.object = cat("image '", tag, "'");
  ask.timeout = kTimeout;
  ask.headers.emplace_back("Content-Type", "application/x-tar");
  auto messages = std::make_shared<MessageStream>([](const Value&) {});
  ask.on_chunk = [messages](std::string_view bytes) { messages->feed(bytes); };
  job->request(std::move(ask), [job = job.get(), messages, tag](HttpResponse) {
    if (Status status = messages->end(); !status) {
      Error error = std::move(status).error();
      error.message = cat("image '", tag, "': ", error.message);
      return job->fail(std::move(error));
    }
    job->json(inspect_image(tag), [job](Value raw) {
      Value view = image_view(raw);
      view.set("changed", true);
      job->finish(std::move(view));
    });
  });
}

Cancel import(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    const Value& args = job->args();
    if (args["path"].is_null() == args["content"].is_null()) {
      return job->fail(Error("argument.invalid", "an image is made of a 'path' or of a 'content'"));
    }
    Call ask;
    if (!args["content"].is_null()) {
      ask.raw_body = args["content"].reveal();
      return send(job, std::move(ask));
    }
    auto open = [files = job->files(), allowed, path = args["path"].as_string()] { return FileSource::open(*files, path, allowed); };
    job->blocking<FileSourcePtr>(std::move(open), [job = job.get()](FileSourcePtr source) {
      Call with_file;
      with_file.body_length = source->size();
      send_file(with_file, source, job->loop());
      send(job->shared_from_this(), std::move(with_file));
    });
  });
}

}  // namespace

const Operation kImageImport = {
    .name = "docker.image_import",
    .effect = Effect::kChange,
    .fields = {{"tag", Type::kString, Field::kRequired},
               {"path", Type::kPath},
               {"content", Type::kSecret},
               {"changes", Type::kStrings},
               {"timeout", Type::kDuration}},
    .access =
        [](World& world, const Value& args) {
          Accesses out{engine_access(args, "image.import", args["tag"].as_string())};
          if (args["path"].is_string()) out.push_back(read_access(world, args["path"].as_string()));
          return out;
        },
    .perform = import,
    .timeout = kTimeout,
    .describe = [](const Value& args) { return cat("import image '", args["tag"].as_string(), "'"); },
    // An image of that name may have been there before: importing once more gives the same one.
    .probe = [](Invocation, Done done) -> Cancel {
      done(Value(false));
      return {};
    },
    .capture = capture_tag,
    .revert = restore_tag,
};

}  // namespace runbook::docker
