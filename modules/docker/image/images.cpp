// SPDX-License-Identifier: Apache-2.0
// Images: get, find, list, tag, remove.
#include "modules/docker/image/images.h"

#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/views.h"

namespace runbook::docker {

namespace {

// The name that a call gives to an image.
std::string meant(const Value& args) { return args["tag"].is_null() ? args["name"].as_string() : args["tag"].as_string(); }

std::string quoted(const Value& args) { return "'" + args["name"].as_string() + "'"; }

Cancel list(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask;
    ask.path = "/images/json";
    ask.object = "images";
    const std::string filters =
        filters_json(job->args()["labels"], {{"reference", job->args()["reference"].as_string()}});
    if (!filters.empty()) ask.query.emplace_back("filters", filters);
    job->json(std::move(ask), [job = job.get()](Value rows) {
      Value out = Value::Array{};
      for (const Value& row : rows.items()) out.push(image_row(row));
      job->finish(std::move(out));
    });
  });
}

Cancel tag(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const std::string to = job->args()["tag"].as_string();
    find(job, inspect_image(to), [job, to](Value before) {
      tag_image(job, job->name(), to, [job, to, before] {
        job->json(inspect_image(to), [job = job.get(), before](Value raw) {
          Value view = image_view(raw);
          view.set("changed", before["Id"] != raw["Id"]);
          job->finish(std::move(view));
        });
      });
    });
  });
}

Cancel probe_tag(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_image(job->args()["tag"].as_string()), [job](Value tagged) {
      find(job, inspect_image(job->name()), [job = job.get(), tagged](Value image) {
        const bool is_so = !tagged.is_null() && tagged["Id"] == image["Id"];
        Value out = Value::object({{"done", is_so}});
        if (is_so) out.set("result", image_view(tagged));
        job->finish(std::move(out));
      });
    });
  });
}

Cancel remove(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask = inspect_image(job->name());
    ask.method = "DELETE";
    ask.path = "/images/" + image_segment(job->name());
    if (job->args()["force"].as_bool()) ask.query.emplace_back("force", "1");
    job->attempt(std::move(ask), [job = job.get()](Result<HttpResponse> answer) {
      if (!answer && answer.error().code != "docker.not_found") return job->fail(std::move(answer).error());
      job->finish(changed(answer.ok(), job->name()));
    });
  });
}

}  // namespace

void tag_image(const Job::Ptr& job, const std::string& image, const std::string& tag, std::function<void()> next) {
  const ImageName name = image_name(tag);
  Call ask = inspect_image(image);
  ask.method = "POST";
  ask.path = "/images/" + image_segment(image) + "/tag";
  ask.query = {{"repo", name.repository}, {"tag", name.tag}};
  job->request(std::move(ask), [next = std::move(next)](HttpResponse) { next(); });
}

Cancel capture_tag(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    find(job, inspect_image(meant(job->args())), [job = job.get()](Value found) {
      job->finish(Value::object({{"id", found["Id"]}}));
    });
  });
}

Cancel restore_tag(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const std::string to = meant(job->args());
    const Value& before = job->args()["before"]["id"];
    const bool pinned = to.find('@') != std::string::npos;  // always means the same image
    if (before.is_string() && pinned) return job->finish(changed(false, to));
    if (before.is_string()) {
      return tag_image(job, before.as_string(), to, [job = job.get(), to] { job->finish(changed(true, to)); });
    }
    Call ask = inspect_image(to);
    ask.method = "DELETE";
    ask.path = "/images/" + image_segment(to);
    job->attempt(std::move(ask), [job = job.get(), to](Result<HttpResponse> answer) {
      if (!answer && answer.error().code != "docker.not_found") return job->fail(std::move(answer).error());
      job->finish(changed(answer.ok(), to));
    });
  });
}

ImageName image_name(const std::string& reference) {
  const auto colon = reference.rfind(':');
  // "localhost:5000/app" has a port and no tag.
  if (colon == std::string::npos || reference.find('/', colon) != std::string::npos) return {reference, "latest"};
  return {reference.substr(0, colon), reference.substr(colon + 1)};
}

const Operation kImageGet = {
    .name = "docker.image_get",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.get", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            job->json(inspect_image(job->name()), [job = job.get()](Value raw) { job->finish(image_view(raw)); });
          });
        },
};

const Operation kImageFind = {
    .name = "docker.image_find",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.find", args["name"].as_string())}; },
    .perform =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_image(job->name()), [job = job.get()](Value raw) {
              job->finish(raw.is_null() ? Value() : image_view(raw));
            });
          });
        },
};

const Operation kImageList = {
    .name = "docker.image_list",
    .effect = Effect::kRead,
    .fields = {{"labels", Type::kMap}, {"reference", Type::kString}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.list", "")}; },
    .perform = list,
};

const Operation kImageTag = {
    .name = "docker.image_tag",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"tag", Type::kString, kPositionalRequired}},
    .access =
        [](World&, const Value& args) {
          return Accesses{engine_access(args, "image.tag", args["name"].as_string()),
                          engine_access(args, "image.tag", args["tag"].as_string())};
        },
    .perform = tag,
    .describe = [](const Value& args) { return cat("tag image ", quoted(args), " as '", args["tag"].as_string(), "'"); },
    .probe = probe_tag,
    .settles = true,
    .capture = capture_tag,
    .revert = restore_tag,
};

const Operation kImageRemove = {
    .name = "docker.image_remove",
    .effect = Effect::kDestroy,
    .fields = {{"name", Type::kString, kPositionalRequired}, {"force", Type::kBoolean}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.remove", args["name"].as_string())}; },
    .perform = remove,
    .describe = [](const Value& args) { return "remove image " + quoted(args); },
    .predict = [](const Value& args) { return changed(true, args["name"].as_string()); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            find(job, inspect_image(job->name()), [job = job.get()](Value found) {
              job->finish(Value::object({{"done", found.is_null()}, {"result", changed(true, job->name())}}));
            });
          });
        },
    .settles = true,
};

}  // namespace runbook::docker
