// SPDX-License-Identifier: Apache-2.0
// The swarm that an engine is in: make one, join, leave, tokens.
#include <memory>

#include "host/core/text.h"
#include "modules/docker/engine/requests.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

namespace {

// The engine itself gives up a join after 20 seconds.
constexpr double kJoinPatience = 90;

Call swarm_request(const char* method, const char* path) {
  Call call;
  call.method = method;
  call.path = path;
  call.object = "swarm";
  call.timeout = kJoinPatience;
  return call;
}

Call info() {
  Call call;
  call.path = "/info";
  call.object = "swarm";
  return call;
}

Value view_of(const Value& raw) {
  const Value& cluster = raw["Cluster"];
  Value out = Value::object({{"node_id", raw["NodeID"]},
                             {"state", raw["LocalNodeState"]},
                             {"manager", raw["ControlAvailable"].as_bool()},
                             {"addr", raw["NodeAddr"]},
                             {"raw", raw}});
  Value remote = Value::Array{};
  for (const Value& one : raw["RemoteManagers"].items()) remote.push(one["Addr"]);
  out.set("remote_managers", std::move(remote));
  const auto set_if = [&](const char* key, const Value& value) {
    if (!value.is_null() && value != Value("")) out.set(key, value);
  };
  set_if("error", raw["Error"]);
  if (cluster.is_null()) return out;
  out.set("id", cluster["ID"]);
  out.set("managers", raw["Managers"]);
  out.set("nodes", raw["Nodes"]);
  out.set("labels", cluster["Spec"]["Labels"].is_object() ? cluster["Spec"]["Labels"] : Value(Value::Object{}));
  set_if("default_addr_pool", cluster["DefaultAddrPool"]);
  set_if("subnet_size", cluster["SubnetSize"]);
  return out;
}

bool is_outside(const Value& raw) {
  const std::string& state = raw["LocalNodeState"].as_string();
  return state.empty() || state == "inactive";
}

void with_state(const Job::Ptr& job, std::function<void(Value)> next) {
  job->json(info(), [next = std::move(next)](Value raw) { next(raw["Swarm"]); });
}

Cancel get(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    with_state(job, [job](Value raw) { job->finish(is_outside(raw) ? Value() : view_of(raw)); });
  });
}

void finish_with_state(const Job::Ptr& job) {
  with_state(job, [job](Value raw) {
    Value view = view_of(raw);
    view.set("changed", true);
    job->finish(std::move(view));
  });
}

Cancel capture(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    with_state(job, [job](Value raw) { job->finish(Value::object({{"inside", !is_outside(raw)}, {"without_secrets", true}})); });
  });
}

// Making and joining happen once: the probe finds the engine inside or outside.
Cancel probe_inside(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    with_state(job, [job](Value raw) {
      if (raw["LocalNodeState"].as_string() != "active") return job->finish(Value::object({{"again", true}}));
      Value view = view_of(raw);
      view.set("changed", true);
      job->finish(Value::object({{"done", true}, {"result", std::move(view)}}));
    });
  });
}

void copy(const Value& args, const char* key, Value& body, const char* name) {
  if (!args[key].is_null()) body.set(name, args[key]);
}

void set_addresses(const Value& args, Value& body) {
  body.set("ListenAddr", args["listen_addr"].as_string("0.0.0.0:2377"));
  copy(args, "advertise_addr", body, "AdvertiseAddr");
  copy(args, "data_path_addr", body, "DataPathAddr");
}

Cancel init(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    Call ask = swarm_request("POST", "/swarm/init");
    ask.body = Value::object({{"Spec", Value::object({{"Labels", text_map(args["labels"])}})}});
    set_addresses(args, ask.body);
    copy(args, "default_addr_pool", ask.body, "DefaultAddrPool");
    copy(args, "subnet_size", ask.body, "SubnetSize");
    copy(args, "data_path_port", ask.body, "DataPathPort");
    copy(args, "availability", ask.body, "Availability");
    job->request(std::move(ask), [job](HttpResponse) { finish_with_state(job); });
  });
}

Call leave_request(bool force) {
  Call ask = swarm_request("POST", "/swarm/leave");
  if (force) ask.query.emplace_back("force", "true");
  return ask;
}

// A join that failed goes on in the background, and stands in the way of the next one.
void undo_join(const Job::Ptr& job, Error error) {
  auto kept = std::make_shared<Error>(std::move(error));
  job->attempt(info(), [job, kept](Result<HttpResponse> answer) {
    auto state = answer ? parse_answer(*answer) : Result<Value>(std::move(answer).error());
    if (state && is_outside((*state)["Swarm"])) return job->fail(std::move(*kept));
    if (state && !(*state)["Swarm"]["Error"].as_string().empty()) kept->context["swarm_error"] = printable((*state)["Swarm"]["Error"].as_string());
    job->attempt(leave_request(true), [job, kept](Result<HttpResponse> left) {
      kept->context["undone"] = left ? "the engine has left the swarm again" : "no: " + left.error().message;
      if (!left) kept->hint = "end what goes on in the background with swarm_leave { force = true }";
      job->fail(std::move(*kept));
    });
  });
}

Cancel join_swarm(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    const Value& args = job->args();
    const std::string& token = args["token"].reveal();
    if (token.rfind("SWMTKN-1-", 0) != 0) {
      return job->fail(Error("argument.invalid", "swarm_join: 'token' is no token of a swarm: those begin with SWMTKN-1-",
                             "swarm_tokens gives them, on a manager of the swarm"));
    }
    with_state(job, [job](Value raw) {
      if (!is_outside(raw)) {
        const bool active = raw["LocalNodeState"].as_string() == "active";
        return job->fail(Error("docker.conflict", cat("the engine is already part of a swarm: its state is ", raw["LocalNodeState"].as_string()),
                               active ? "" : "a join that failed may go on in the background: swarm_leave { force = true } ends it"));
      }
      const Value& given = job->args();
      Call ask = swarm_request("POST", "/swarm/join");
      ask.body = Value::object({{"RemoteAddrs", given["remote_addrs"]}, {"JoinToken", given["token"]}});
      set_addresses(given, ask.body);
      copy(given, "availability", ask.body, "Availability");
      job->attempt(std::move(ask), [job](Result<HttpResponse> answer) {
        if (!answer) return undo_join(job, std::move(answer).error());
        finish_with_state(job);
      });
    });
  });
}

void leave_now(const Job::Ptr& job, bool force) {
  with_state(job, [job, force](Value raw) {
    if (is_outside(raw)) return job->finish(changed(false, "swarm"));
    job->attempt(leave_request(force), [job](Result<HttpResponse> answer) {
      if (answer) return job->finish(changed(true, "swarm"));
      Error error = std::move(answer).error();
      if (error.code == "docker.conflict") {
        error.hint = "demote it first: node_update(NODE, { role = \"worker\" }) on another manager; force = true leaves all the same";
      }
      job->fail(std::move(error));
    });
  });
}

Cancel leave(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) { leave_now(job, job->args()["force"].as_bool()); });
}

Cancel revert_inside(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (job->args()["before"]["inside"].as_bool(true)) return job->finish(changed(false, "swarm"));
    leave_now(job, true);
  });
}

Value tokens_of(const Value& raw) {
  const Value& tokens = raw["JoinTokens"];
  return Value::object({{"worker", Value::Secret{tokens["Worker"].as_string(), "the token of the swarm for workers"}},
                        {"manager", Value::Secret{tokens["Manager"].as_string(), "the token of the swarm for managers"}}});
}

Cancel tokens(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    job->json(swarm_request("GET", "/swarm"), [job = job.get()](Value raw) { job->finish(tokens_of(raw)); });
  });
}

Cancel rotate(Invocation call, Done done) {
  return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
    if (!job->args()["worker"].as_bool() && !job->args()["manager"].as_bool()) {
      return job->fail(Error("argument.invalid", "swarm_rotate_tokens: say which: worker = true, manager = true or both"));
    }
    job->json(swarm_request("GET", "/swarm"), [job](Value raw) {
      Call ask = swarm_request("POST", "/swarm/update");
      ask.query.emplace_back("version", std::to_string(raw["Version"]["Index"].as_int()));
      if (job->args()["worker"].as_bool()) ask.query.emplace_back("rotateWorkerToken", "true");
      if (job->args()["manager"].as_bool()) ask.query.emplace_back("rotateManagerToken", "true");
      ask.body = raw["Spec"];
      job->request(std::move(ask), [job](HttpResponse) {
        job->json(swarm_request("GET", "/swarm"), [job = job.get()](Value now) {
          Value out = tokens_of(now);
          out.set("changed", true);
          job->finish(std::move(out));
        });
      });
    });
  });
}

Accesses access(const Value& args, const char* verb) { return {{"docker", address_of(args["target"]), verb, ""}}; }

std::vector<Field> address_fields(std::vector<Field> more) {
  std::vector<Field> fields = {{"advertise_addr", Type::kString}, {"listen_addr", Type::kString}, {"data_path_addr", Type::kString}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

}  // namespace

const Operation kSwarmGet = {
    .name = "docker.swarm_get",
    .effect = Effect::kRead,
    .fields = {},
    .access = [](World&, const Value& args) { return access(args, "swarm.get"); },
    .perform = get,
};

// Without force_new_cluster: on a swarm that works it throws the other managers out without a word.
const Operation kSwarmInit = {
    .name = "docker.swarm_init",
    .effect = Effect::kChange,
    .fields = address_fields({{"default_addr_pool", Type::kStrings},
                              {"subnet_size", Type::kInteger},
                              {"data_path_port", Type::kInteger},
                              {"availability", Type::kString},
                              {"labels", Type::kMap}}),
    .access = [](World&, const Value& args) { return access(args, "swarm.init"); },
    .perform = init,
    .timeout = kJoinPatience,
    .describe = [](const Value&) { return std::string("make a swarm"); },
    .probe = probe_inside,
    .capture = capture,
    .revert = revert_inside,
};

const Operation kSwarmJoin = {
    .name = "docker.swarm_join",
    .effect = Effect::kChange,
    .fields = address_fields({{"remote_addrs", Type::kStrings, Field::kRequired},
                              {"token", Type::kSecret, Field::kRequired | Field::kHidden},
                              {"availability", Type::kString}}),
    .access = [](World&, const Value& args) { return access(args, "swarm.join"); },
    .perform = join_swarm,
    .timeout = kJoinPatience,
    .describe = [](const Value& args) { return cat("join the swarm of ", join(args["remote_addrs"].as_strings(), ", ")); },
    .probe = probe_inside,
    .capture = capture,
    .revert = revert_inside,
};

const Operation kSwarmLeave = {
    .name = "docker.swarm_leave",
    .effect = Effect::kDestroy,
    .fields = {{"force", Type::kBoolean}},
    .access = [](World&, const Value& args) { return access(args, "swarm.leave"); },
    .perform = leave,
    .timeout = kJoinPatience,
    .describe = [](const Value& args) { return std::string(args["force"].as_bool() ? "leave the swarm by force" : "leave the swarm"); },
    .predict = [](const Value&) { return changed(true, "swarm"); },
    .probe =
        [](Invocation call, Done done) {
          return Job::start(std::move(call), std::move(done), [](const Job::Ptr& job) {
            with_state(job, [job](Value raw) {
              job->finish(Value::object({{"done", is_outside(raw)}, {"result", changed(true, "swarm")}}));
            });
          });
        },
    .settles = true,
};

const Operation kSwarmTokens = {
    .name = "docker.swarm_tokens",
    .effect = Effect::kRead,
    .fields = {},
    .access = [](World&, const Value& args) { return access(args, "swarm.tokens"); },
    .perform = tokens,
};

const Operation kSwarmRotateTokens = {
    .name = "docker.swarm_rotate_tokens",
    .effect = Effect::kChange,
    .fields = {{"worker", Type::kBoolean}, {"manager", Type::kBoolean}},
    .access = [](World&, const Value& args) { return access(args, "swarm.rotate_tokens"); },
    .perform = rotate,
    .describe = [](const Value&) { return std::string("make new tokens for joining the swarm"); },
};

}  // namespace runbook::docker
