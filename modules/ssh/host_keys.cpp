// SPDX-License-Identifier: Apache-2.0
// Host keys: what a server shows, and what is known of it.
#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/login/login.h"
#include "host/ssh/run/connections.h"
#include "host/ssh/wire.h"
#include "modules/ssh/operations.h"

namespace runbook::ssh {

namespace {

Value destination_value(const Value& args) {
  Value target = Value::object({{"host", args["address"]}});
  for (const char* key : {"known_hosts", "config", "connect_timeout"}) {
    if (args.has(key)) target.set(key, args[key]);
  }
  return target;
}

/// One fetch: its parts, kept as long as it is wanted.
struct Fetch {
  SessionPtr session;
  Cancel step;
  ~Fetch() { end(); }
  void end() {
    step();
    if (const SessionPtr gone = std::move(session)) gone->lose(Error("ssh.closed", "the key has been read"));
  }
};

Value key_value(const LoginPlan& plan, const std::string& blob) {
  const std::string type(WireReader(blob).string());
  return Value::object({{"host", plan.host}, {"port", plan.port}, {"type", type}, {"fingerprint", fingerprint(blob)},
                        {"key", cat(type, ' ', base64_encode(blob))}});
}

Cancel host_key(Invocation call, Done done) {
  auto destination = Destination::from(destination_value(call.args));
  if (!destination) {
    done(std::move(destination).error());
    return {};
  }
  World& world = call.world;
  auto fetch = std::make_shared<Fetch>();
  auto finish = std::make_shared<Done>(std::move(done));
  auto files = world.service<Connections>().shared_files();
  fetch->step = world.loop().blocking<LoginPlan>(
      [destination = *destination, files] { return plan_login(destination, *files); },
      [fetch, finish, &world](Result<LoginPlan> planned) {
        if (!planned) return (*finish)(std::move(planned).error());
        if (!planned->jumps.empty()) {
          return (*finish)(Error("ssh.unsupported", cat("the host key of ", planned->name, " cannot be asked for by way of another machine")));
        }
        auto plan = std::make_shared<const LoginPlan>(std::move(*planned));
        fetch->step = tcp_connect(world.loop(), plan->host, plan->port, plan->connect_timeout, [fetch, finish, plan, &world](Result<std::unique_ptr<Carrier>> carrier) {
          if (!carrier) return (*finish)(std::move(carrier).error());
          fetch->session = std::make_shared<Session>(world.loop(), std::move(*carrier), plan->name);
          fetch->step = fetch_host_key(fetch->session, plan, [fetch, finish, plan, &world](Result<std::string> blob) {
            // Not from inside the session's own turn.
            world.loop().post([fetch] { fetch->end(); });
            if (!blob) return (*finish)(std::move(blob).error());
            (*finish)(key_value(*plan, *blob));
          });
        });
      });
  return [fetch, finish] {
    finish->reset();
    fetch->end();
  };
}

std::vector<Access> address_access(World& world, const Value& args) {
  return destination_access(world, destination_value(args), "host_key");
}

// The files that a login would look into, and the one where a new key goes, if any.
struct Place {
  LoginPlan plan;
  std::string path;
};
Result<Place> place_of(const Value& args, LoginFiles& files) {
  auto destination = Destination::from(destination_value(args));
  if (!destination) return std::move(destination).error();
  auto plan = plan_login(*destination, files);
  if (!plan) return std::move(plan).error();
  std::string path = plan->new_keys_file;
  return Place{std::move(*plan), std::move(path)};
}

Result<std::string> blob_of(const Value& args) {
  const std::vector<std::string> words = split(args["key"].as_string(), ' ');
  auto blob = words.size() >= 2 ? base64_decode(words[1]) : Result<std::string>(Error());
  if (!blob || WireReader(*blob).string() != words[0]) {
    return Error("ssh.key_format", "the key is no line of a public key", "it looks like \"ssh-ed25519 AAAA...\"");
  }
  return blob;
}

const char* verdict_name(KnownHosts::Verdict verdict) {
  switch (verdict) {
    case KnownHosts::Verdict::kKnown: return "known";
    case KnownHosts::Verdict::kUnknown: return "unknown";
    case KnownHosts::Verdict::kOtherType: return "other_type";
    case KnownHosts::Verdict::kChanged: return "changed";
    case KnownHosts::Verdict::kRevoked: return "revoked";
    case KnownHosts::Verdict::kAuthority: return "authority";
  }
  return "unknown";
}

Result<Value> find_known(const Value& args, const std::shared_ptr<LoginFiles>& files) {
  auto place = place_of(args, *files);
  if (!place) return std::move(place).error();
  auto blob = blob_of(args);
  if (!blob) return std::move(blob).error();
  const auto answer = place->plan.known->check(place->plan.host, place->plan.port, *blob);
  return Value::object({{"state", verdict_name(answer.verdict)}, {"file", answer.line != 0 ? answer.file : place->path}, {"line", answer.line}, {"known", answer.known}});
}

Status check_file(const Place& place) {
  if (!place.path.empty()) return Unit{};
  return Error("ssh.known_hosts", cat("the configuration of '", printable(place.plan.name), "' keeps no known_hosts file (UserKnownHostsFile)"),
               "name one with 'known_hosts'");
}

Result<Value> add_known(const Value& args, const std::shared_ptr<LoginFiles>& files) {
  auto place = place_of(args, *files);
  if (!place) return std::move(place).error();
  auto blob = blob_of(args);
  if (!blob) return std::move(blob).error();
  RUNBOOK_TRY(check_file(*place));
  const std::string line = known_hosts_line(place->plan.host, place->plan.port, *blob);
  if (line.empty()) return Error("ssh.known_hosts", cat("'", printable(place->plan.host), "' cannot stand in a known_hosts file"));
  RUNBOOK_TRY(files->add_known_host(place->path, line));
  return Value::object({{"file", place->path}, {"fingerprint", fingerprint(*blob)}, {"changed", true}});
}

Result<Value> remove_known(const Value& args, const std::shared_ptr<LoginFiles>& files) {
  auto place = place_of(args, *files);
  if (!place) return std::move(place).error();
  RUNBOOK_TRY(check_file(*place));
  auto removed = files->remove_known_host(place->path, place->plan.host, place->plan.port);
  if (!removed) return std::move(removed).error();
  return Value::object({{"file", place->path}, {"removed", *removed}, {"changed", *removed > 0}});
}

template <Result<Value> (*act)(const Value&, const std::shared_ptr<LoginFiles>&)>
Cancel on_worker(Invocation call, Done done) {
  auto files = call.world.service<Connections>().shared_files();
  return call.world.loop().blocking<Value>([args = std::move(call.args), files] { return act(args, files); }, std::move(done));
}

std::vector<Access> trust_access(World& world, const Value& args) { return destination_access(world, destination_value(args), "trust"); }

std::string describe_add(const Value& args) { return cat("trust the host key of ", printable(args["address"].as_string())); }
std::string describe_remove(const Value& args) { return cat("forget the host key of ", printable(args["address"].as_string())); }
Value predict_change(const Value&) { return Value::object({{"changed", true}}); }

const Field kAddress{"address", Type::kString, kPositionalRequired};
const Field kKnownHosts{"known_hosts", Type::kString};  // ssh.lua makes it absolute: "~/" is a home
const Field kConfig{"config", Type::kAny};
const Field kKey{"key", Type::kString, Field::kRequired};

// Found again is done.
Cancel probe_known(Invocation call, Done done) {
  auto files = call.world.service<Connections>().shared_files();
  return call.world.loop().blocking<Value>(
      [args = std::move(call.args), files]() -> Result<Value> {
        auto seen = find_known(args, files);
        if (!seen) return seen;
        return Value((*seen)["state"].as_string() == "known");
      },
      std::move(done));
}

}  // namespace

const Operation kHostKey = {.name = "ssh.host_key", .effect = Effect::kRead, .fields = {kAddress, kConfig, {"connect_timeout", Type::kDuration}},
                            .access = address_access, .perform = host_key};
const Operation kKnownHostFind = {.name = "ssh.known_host_find", .effect = Effect::kRead, .fields = {kAddress, kKey, kKnownHosts, kConfig},
                                  .access = address_access, .perform = on_worker<find_known>};
const Operation kKnownHostAdd = {.name = "ssh.known_host_add", .effect = Effect::kChange, .fields = {kAddress, kKey, kKnownHosts, kConfig},
                                 .access = trust_access, .perform = on_worker<add_known>, .describe = describe_add,
                                 .predict = predict_change, .probe = probe_known};
const Operation kKnownHostRemove = {.name = "ssh.known_host_remove", .effect = Effect::kChange, .fields = {kAddress, kKnownHosts, kConfig},
                                    .access = trust_access, .perform = on_worker<remove_known>, .describe = describe_remove,
                                    .predict = predict_change};

}  // namespace runbook::ssh
