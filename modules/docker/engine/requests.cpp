// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/requests.h"

#include <cmath>

#include "host/core/text.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

namespace {

// The engine's own wait for a container's end, where nobody says: its default of 10 s, and room for a container's own.
constexpr double kStopPatience = 90;

Call object_call(const char* noun, const std::string& name, std::string path) {
  Call call;
  call.path = std::move(path);
  call.object = cat(noun, " '", name, "'");
  return call;
}

}  // namespace

Call container_call(const std::string& method, const std::string& name, const std::string& rest) {
  Call call = object_call("container", name, "/containers/" + segment(name) + rest);
  call.method = method;
  return call;
}

Call inspect_image(const std::string& reference) {
  return object_call("image", reference, "/images/" + image_segment(reference) + "/json");
}

Call inspect_network(const std::string& name) { return object_call("network", name, "/networks/" + segment(name)); }

Call inspect_volume(const std::string& name) { return object_call("volume", name, "/volumes/" + segment(name)); }

Call stop_container(const std::string& name, const Value& timeout) {
  Call call = container_call("POST", name, "/stop");
  call.timeout = kStopPatience;
  if (!timeout.is_null()) {
    const auto whole = static_cast<std::int64_t>(std::ceil(timeout.as_number()));
    call.query.emplace_back("t", std::to_string(whole));
    call.timeout = static_cast<double>(whole) + 30;
  }
  return call;
}

Call remove_container(const std::string& name, bool volumes) {
  Call call = container_call("DELETE", name, "");
  call.query.emplace_back("force", "1");
  if (volumes) call.query.emplace_back("v", "1");
  return call;
}

void find(const Job::Ptr& job, Call call, std::function<void(Value)> next) {
  job->attempt(std::move(call), [job = job.get(), next = std::move(next)](Result<HttpResponse> answer) {
    if (!answer && answer.error().code == "docker.not_found") return next(Value());
    if (!answer) return job->fail(std::move(answer).error());
    auto parsed = parse_answer(*answer);
    if (!parsed) return job->fail(std::move(parsed).error());
    next(std::move(parsed).value());
  });
}

Value changed(bool yes, const std::string& name) { return Value::object({{"changed", yes}, {"name", name}}); }

std::string filters_json(const Value& labels, const std::vector<std::pair<std::string, std::string>>& others) {
  Value filters;
  for (const auto& [key, value] : labels.members()) {
    Value list = filters["label"];
    list.push(value.reveal().empty() && !value.is_string() ? key : key + "=" + value.reveal());
    filters.set("label", std::move(list));
  }
  for (const auto& [key, value] : others) {
    if (!value.empty()) filters.set(key, Value::array({value}));
  }
  return filters.is_null() ? "" : to_json(filters);
}

}  // namespace runbook::docker
