// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/swarm/swarm_objects.h"

#include <memory>

#include "host/core/text.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

// Each try begins with a fresh reading, so it takes somebody who changes the same object all the time to need more.
constexpr int kTries = 8;
constexpr double kPause = 0.05;

bool is_overtaken(const Error& error) { return error.message.find("update out of sequence") != std::string::npos; }

struct Attempt {
  Job::Ptr job;
  ObjectUpdate update;
  int left = kTries;
};

void go(const std::shared_ptr<Attempt>& attempt);

void send(const std::shared_ptr<Attempt>& attempt, const Value& raw, Value body) {
  const SwarmNoun& noun = attempt->update.noun;
  Call ask = swarm_call("POST", noun, raw["ID"].as_string(), "/update");
  ask.object = cat(noun.word, " '", attempt->update.name, "'");
  ask.query = attempt->update.query;
  ask.query.emplace_back("version", std::to_string(raw["Version"]["Index"].as_int()));
  ask.body = std::move(body);
  if (attempt->update.prepare) attempt->update.prepare(ask);
  attempt->job->attempt(std::move(ask), [attempt](Result<HttpResponse> answer) {
    if (!answer && is_overtaken(answer.error()) && --attempt->left > 0) {
      return attempt->job->after(kPause, [attempt] { go(attempt); });
    }
    if (!answer) return attempt->job->fail(std::move(answer).error());
    get_object(attempt->job, attempt->update.noun, attempt->update.name,
               [attempt](Value now) { attempt->update.next(std::move(now), true); });
  });
}

void go(const std::shared_ptr<Attempt>& attempt) {
  get_object(attempt->job, attempt->update.noun, attempt->update.name, [attempt](Value raw) {
    auto body = attempt->update.body(raw);
    if (!body) return attempt->job->fail(std::move(body).error());
    if (body->is_null()) return attempt->update.next(std::move(raw), false);
    send(attempt, raw, std::move(*body));
  });
}

}  // namespace

Call swarm_call(const char* method, const SwarmNoun& noun, const std::string& name, const std::string& rest) {
  Call call;
  call.method = method;
  call.path = cat(noun.path, "/", segment(name), rest);
  call.object = cat(noun.word, " '", name, "'");
  return call;
}

Call swarm_listing(const SwarmNoun& noun, const Value& labels, const std::vector<std::pair<std::string, std::string>>& others) {
  Call call;
  call.path = noun.path;
  call.object = cat(noun.word, "s");
  const std::string filters = filters_json(labels, others);
  if (!filters.empty()) call.query.emplace_back("filters", filters);
  return call;
}

Call swarm_listing(const SwarmNoun& noun, const Value& filters) {
  Call call = swarm_listing(noun, Value(), {});
  call.query.emplace_back("filters", to_json(filters));
  return call;
}

const std::string& name_of(const Value& raw) {
  return raw["Description"]["Hostname"].is_string() ? raw["Description"]["Hostname"].as_string() : raw["Spec"]["Name"].as_string();
}

Value exactly(const Value& raw, const std::string& name) {
  return name_of(raw) == name || raw["ID"].as_string() == name ? raw : Value();
}

void find_object(const Job::Ptr& job, const SwarmNoun& noun, const std::string& name, std::function<void(Value)> next) {
  find(job, swarm_call("GET", noun, name), [name, next = std::move(next)](Value raw) { next(exactly(raw, name)); });
}

void get_object(const Job::Ptr& job, const SwarmNoun& noun, const std::string& name, std::function<void(Value)> next) {
  job->json(swarm_call("GET", noun, name), [job = job.get(), noun, name, next = std::move(next)](Value raw) {
    Value found = exactly(raw, name);
    if (!found.is_null()) return next(std::move(found));
    job->fail(Error("docker.not_found", cat(noun.word, " '", name, "': there is only one whose id begins like that")));
  });
}

void update_object(const Job::Ptr& job, ObjectUpdate update) {
  auto attempt = std::make_shared<Attempt>();
  attempt->job = job;
  attempt->update = std::move(update);
  go(attempt);
}

void remove_object(const Job::Ptr& job, const SwarmNoun& noun, Query query) {
  find_object(job, noun, job->name(), [job, noun, query = std::move(query)](Value found) {
    if (found.is_null()) return job->finish(changed(false, job->name()));
    Call ask = swarm_call("DELETE", noun, found["ID"].as_string());
    ask.object = cat(noun.word, " '", job->name(), "'");
    ask.query = query;
    job->attempt(std::move(ask), [job = job.get()](Result<HttpResponse> answer) {
      if (!answer && answer.error().code != "docker.not_found") return job->fail(std::move(answer).error());
      job->finish(changed(answer.ok(), job->name()));
    });
  });
}

Value object_view(const Value& raw) {
  Value out = Value::object({{"id", raw["ID"]}, {"version", raw["Version"]["Index"]}, {"raw", raw}});
  if (!raw["CreatedAt"].is_null()) out.set("created", raw["CreatedAt"]);
  if (!raw["UpdatedAt"].is_null()) out.set("updated", raw["UpdatedAt"]);
  out.set("labels", raw["Spec"]["Labels"].is_object() ? raw["Spec"]["Labels"] : Value(Value::Object{}));
  return out;
}

Value text_map(const Value& given) {
  Value out = Value::Object{};
  for (const auto& [key, value] : given.members()) {
    out.set(key, value.is_string() || value.is_secret() ? value : Value(to_json(value)));
  }
  return out;
}

}  // namespace runbook::docker
