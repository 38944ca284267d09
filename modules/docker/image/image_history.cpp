// SPDX-License-Identifier: Apache-2.0
// Images: of which layers one is made.
#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/image/images.h"

namespace runbook::docker {

namespace {

Value layer(const Value& raw) {
  // Layers that were pulled or loaded are no images of their own.
  const bool own = raw["Id"].as_string() != "<missing>";
  Value out = Value::object({{"created", raw["Created"]}, {"created_by", raw["CreatedBy"]}, {"size", raw["Size"]}});
  if (own) out.set("id", raw["Id"]);
  if (!raw["Comment"].as_string().empty()) out.set("comment", raw["Comment"]);
  out.set("tags", raw["Tags"].is_array() ? raw["Tags"] : Value(Value::Array{}));
  return out;
}

Cancel history(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    Call ask = inspect_image(job->name());
    ask.path = "/images/" + image_segment(job->name()) + "/history";
    job->json(std::move(ask), [job = job.get()](Value rows) {
      Value out = Value::Array{};
      for (const Value& row : rows.items()) out.push(layer(row));
      job->finish(std::move(out));
    });
  });
}

}  // namespace

const Operation kImageHistory = {
    .name = "docker.image_history",
    .effect = Effect::kRead,
    .fields = {{"name", Type::kString, kPositionalRequired}},
    .access = [](World&, const Value& args) { return Accesses{engine_access(args, "image.history", args["name"].as_string())}; },
    .perform = history,
};

}  // namespace runbook::docker
