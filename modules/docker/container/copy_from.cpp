// SPDX-License-Identifier: Apache-2.0
// Containers: files out of one.
#include "host/core/text.h"
#include "modules/docker/container/container_path.h"
#include "modules/docker/container/tar_extract.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

namespace {

constexpr double kTimeout = 3600;
using ExtractPtr = std::shared_ptr<TarExtract>;

void report(const Job::Ptr& job, const ExtractPtr& extract, const std::string& root) {
  Value out = Value::object({{"path", root}, {"files", extract->count()}, {"size", extract->size()}, {"changed", extract->changed()}});
  if (extract->skipped() > 0) out.set("skipped", extract->skipped());
  job->finish(std::move(out));
}

void receive(const Job::Ptr& job, const std::string& source, const std::string& root) {
  auto extract = std::make_shared<TarExtract>(job->files(), root, base_name(source));
  auto flow = std::make_shared<HttpFlow>();
  auto intake = std::make_shared<Intake>(
      job->loop(), extract, [flow](bool hold) { hold ? flow->pause() : flow->resume(); },
      [weak = std::weak_ptr<Job>(job)](Error error) {
        if (auto of = weak.lock()) of->abort(std::move(error));
      });
  Call ask = archive_call("GET", job->name(), source);
  ask.timeout = job->args()["timeout"].is_null() ? kTimeout : job->args()["timeout"].as_number();
  ask.flow = flow;
  ask.on_chunk = [intake](std::string_view bytes) { intake->feed(bytes); };
  job->request(std::move(ask), [job, extract, intake, root](HttpResponse) {
    job->on_cancel([intake] { intake->drop(); });
    intake->end([job, extract, root](Status ended) {
      if (!ended) return job->fail(std::move(ended).error());
      report(job, extract, root);
    });
  });
}

// Where it ends up, seen when it is about to be copied.
Result<std::string> root_for(const files::Tree& files, const std::vector<Access>& allowed, const std::string& given, const End& from) {
  auto real = reach(files, given, allowed);
  if (!real) return std::move(real).error();
  End to = end_of(given);
  to.path = *real;
  auto there = files.stat(*real);
  if (!there && there.error().code != "file.not_found") return Error("docker.file", there.error().message, there.error().hint);
  to.exists = there.ok();
  to.directory = there && there->type == "directory";
  auto root = copied_path(from, to);
  if (!root) return root;
  auto parent = files.stat(parent_of(*root));
  if (!parent || parent->type != "directory") {
    return Error("docker.file", cat("'", printable(parent_of(*root)), "' is no directory: there is nothing to copy into"));
  }
  return root;
}

Cancel copy_from(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    End from = end_of(job->args()["source"].as_string());
    const bool follow = from.slash || job->args()["follow"].as_bool();
    stat_path(job, from.path, follow, [job, allowed, from](const std::string& reached, const PathStat& stat) mutable {
      if (!stat.exists) {
        return job->fail(Error("docker.not_found", cat("container '", job->name(), "' has no '", printable(from.path), "'")));
      }
      if (from.slash && !stat.directory) {
        return job->fail(Error("docker.conflict", cat("'", printable(from.path), "' in container '", job->name(), "' is no directory")));
      }
      from.exists = true;
      from.directory = stat.directory;
      job->blocking<std::string>(
          [files = job->files(), allowed, given = job->args()["path"].as_string(), from] { return root_for(*files, allowed, given, from); },
          [job, reached](const std::string& root) { receive(job, reached, root); });
    });
  });
}

}  // namespace

const Operation kContainerCopyFrom = {
    .name = "docker.container_copy_from",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"source", Type::kString, Field::kRequired},
               {"path", Type::kPath, Field::kRequired},
               {"follow", Type::kBoolean},
               {"timeout", Type::kDuration}},
    .access =
        [](World& world, const Value& args) {
          return Accesses{engine_access(args, "container.copy_from", args["name"].as_string()),
                          path_access(world, "write", args["path"].as_string())};
        },
    .perform = copy_from,
    .timeout = kTimeout,
    .describe =
        [](const Value& args) {
          return cat("copy '", printable(args["source"].as_string()), "' of container '", args["name"].as_string(), "' to '",
                     args["path"].as_string(), "'");
        },
    // What was copied before is seen to be the same.
    .probe = [](Invocation, Done done) -> Cancel {
      done(Value(false));
      return {};
    },
};

}  // namespace runbook::docker
