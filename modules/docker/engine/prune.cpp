// SPDX-License-Identifier: Apache-2.0
// Prune: what nothing uses is removed, a kind of object at a time.
#include <cmath>
#include <deque>

#include "host/core/text.h"
#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

namespace {

constexpr double kTimeout = 600;

/// One kind: where the engine prunes it, and how it tells what is gone.
struct Kind {
  const char* path;
  const char* removed;
  const char* verb;
  const char* noun;
};
constexpr Kind kImages{"/images/prune", "ImagesDeleted", "image.prune", "images"};
constexpr Kind kContainers{"/containers/prune", "ContainersDeleted", "container.prune", "containers"};
constexpr Kind kNetworks{"/networks/prune", "NetworksDeleted", "network.prune", "networks"};

Value removed_of(const Value& list) {
  Value out = Value::Array{};
  for (const Value& item : list.items()) {
    if (item.is_string()) out.push(item);
    for (const char* key : {"Untagged", "Deleted"}) {
      if (item[key].is_string()) out.push(item[key]);
    }
  }
  return out;
}

Value outcome(Value removed, const Value& freed) {
  const bool any = !removed.items().empty();
  return Value::object({{"removed", std::move(removed)}, {"freed", freed.as_int()}, {"changed", any}});
}

std::string filters_of(const Value& args, const Kind& kind) {
  std::vector<std::pair<std::string, std::string>> more;
  if (!args["older_than"].is_null()) {
    more.emplace_back("until", cat(static_cast<std::int64_t>(std::ceil(args["older_than"].as_number())), "s"));
  }
  if (&kind == &kImages) more.emplace_back("dangling", args["all"].as_bool() ? "false" : "true");
  return filters_json(args["labels"], more);
}

template <const Kind& kKind>
Cancel prune(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask;
    ask.method = "POST";
    ask.path = kKind.path;
    ask.object = kKind.noun;
    ask.timeout = kTimeout;
    if (const std::string filters = filters_of(job->args(), kKind); !filters.empty()) ask.query.emplace_back("filters", filters);
    job->json(std::move(ask), [job = job.get()](const Value& raw) {
      job->finish(outcome(removed_of(raw[kKind.removed]), raw["SpaceReclaimed"]));
    });
  });
}

// Which volumes an engine prunes by itself has changed (all, then only those without a name): so they are chosen here.
bool is_anonymous(const Value& volume) {
  if (volume["Labels"].has("com.docker.volume.anonymous")) return true;
  const std::string& name = volume["Name"].as_string();
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void remove_next(const Job::Ptr& job, const std::shared_ptr<std::deque<std::string>>& left, const std::shared_ptr<Value>& removed) {
  if (left->empty()) return job->finish(outcome(std::move(*removed), Value()));
  const std::string name = left->front();
  left->pop_front();
  Call ask;
  ask.method = "DELETE";
  ask.path = "/volumes/" + segment(name);
  ask.object = cat("volume '", name, "'");
  job->attempt(std::move(ask), [job, left, removed, name](const Result<HttpResponse>& answer) {
    const std::string code = answer ? "" : answer.error().code;
    // Gone, or in use, since we looked.
    if (!code.empty() && code != "docker.not_found" && code != "docker.conflict") return job->fail(Error(answer.error()));
    if (code.empty()) removed->push(name);
    remove_next(job, left, removed);
  });
}

Cancel prune_volumes(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask;
    ask.path = "/volumes";
    ask.object = "volumes";
    ask.query = {{"filters", filters_json(job->args()["labels"], {{"dangling", "true"}})}};
    job->json(std::move(ask), [job](const Value& answer) {
      auto left = std::make_shared<std::deque<std::string>>();
      for (const Value& volume : answer["Volumes"].items()) {
        if (job->args()["all"].as_bool() || is_anonymous(volume)) left->push_back(volume["Name"].as_string());
      }
      remove_next(job, left, std::make_shared<Value>(Value::Array{}));
    });
  });
}

Cancel again(Invocation, Done done) {
  done(Value(false));
  return {};
}

const Field kLabels{"labels", Type::kMap}, kAll{"all", Type::kBoolean}, kOlder{"older_than", Type::kDuration};

}  // namespace

const Operation kImagePrune = {
    .name = "docker.image_prune",
    .effect = Effect::kDestroy,
    .fields = {kLabels, kAll, kOlder},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, kImages.verb, "")}; },
    .perform = prune<kImages>,
    .timeout = kTimeout,
    .describe = [](const Value& args) { return std::string(args["all"].as_bool() ? "remove all images without a container" : "remove images without a name"); },
    .probe = again,
};

const Operation kContainerPrune = {
    .name = "docker.container_prune",
    .effect = Effect::kDestroy,
    .fields = {kLabels, kOlder},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, kContainers.verb, "")}; },
    .perform = prune<kContainers>,
    .timeout = kTimeout,
    .describe = [](const Value&) { return std::string("remove containers that do not run"); },
    .probe = again,
};

const Operation kNetworkPrune = {
    .name = "docker.network_prune",
    .effect = Effect::kDestroy,
    .fields = {kLabels, kOlder},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, kNetworks.verb, "")}; },
    .perform = prune<kNetworks>,
    .timeout = kTimeout,
    .describe = [](const Value&) { return std::string("remove networks without a container"); },
    .probe = again,
};

const Operation kVolumePrune = {
    .name = "docker.volume_prune",
    .effect = Effect::kDestroy,
    .fields = {kLabels, kAll},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "volume.prune", "")}; },
    .perform = prune_volumes,
    .timeout = kTimeout,
    .describe =
        [](const Value& args) {
          return std::string(args["all"].as_bool() ? "remove all volumes without a container, and their data" : "remove volumes without a name and a container");
        },
    .probe = again,
};

}  // namespace runbook::docker
