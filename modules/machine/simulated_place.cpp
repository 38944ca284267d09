// SPDX-License-Identifier: Apache-2.0
// A simulated machine over SSH: files in a tree of its own, programs of the simulator. Before each operation the
// simulator is asked for the way there (sim/machines.lua), which tells who has logged in, or fails.
#include <cerrno>

#include "host/core/machine_trees.h"
#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/shell_sudo.h"
#include "modules/machine/simulated.h"
#include "modules/machine/transfer.h"

namespace runbook::machine {

namespace {

bool is_process(Verb verb) {
  return verb == Verb::kProcessStart || verb == Verb::kProcessGet || verb == Verb::kProcessFind ||
         verb == Verb::kProcessVerify || verb == Verb::kProcessStop;
}

Cancel refuse(Done done, Error error) {
  done(std::move(error));
  return {};
}

// Paths as the scripts for a shell take them: normalised by their text alone.
Status normalise(Verb verb, Value& args) {
  for (const char* key : {"path", "from", "to"}) {
    const bool text = key == std::string_view("to") && verb == Verb::kLinkCreate;
    if (text || !args.has(key)) continue;
    auto path = shell_path(args[key]);
    if (!path) return std::move(path).error();
    args.set(key, std::move(*path));
  }
  return Unit{};
}

Result<Value> act_on_files(Phase phase, Verb verb, const Value& args, const files::TreePtr& files) {
  const Reach reach(files, {});
  switch (phase) {
    case Phase::kProbe: return file_probe(verb, args, reach);
    case Phase::kCapture: return file_capture(verb, args, reach);
    case Phase::kRevert: return file_revert(verb, args, reach);
    default: return file_perform(verb, args, reach);
  }
}

bool needs_room(Phase phase, Verb verb, const Value& args) {
  if (phase == Phase::kRevert) return args["before"]["type"].as_string() == "file";
  if (phase != Phase::kPerform) return false;
  return verb == Verb::kWrite || verb == Verb::kAppend || verb == Verb::kCopy || verb == Verb::kDirectoryCreate ||
         verb == Verb::kLinkCreate;
}

/// What the simulator said of the way there: {machine, name, user, sudo, sudo_password, full, lost}.
struct Arrival {
  explicit Arrival(const Value& answer)
      : machine(answer["machine"].as_string()),
        name(answer["name"].as_string()),
        user(answer["user"].as_string()),
        sudo(answer["sudo"].as_bool(true)),
        sudo_password(answer["sudo_password"].as_string()),
        full(answer["full"].as_bool()),
        lost(answer["lost"].as_bool()) {}

  std::string machine, name, user;
  bool sudo;
  std::string sudo_password;
  bool full;
  bool lost;  ///< the connection, once the operation is done
};

// Whose the operation is, in the words of the real sudo.
Result<std::string> acting(const Arrival& arrival, const Value& target, const files::Tree& files) {
  const auto sudo = sudo_of(target);
  if (!sudo) return arrival.user;
  if (!arrival.sudo) return sudo_error(*sudo, arrival.user + " is not in the sudoers file.");
  const bool asks = !arrival.sudo_password.empty() && arrival.user != "root";
  if (asks && !sudo->password) return sudo_error(*sudo, "sudo: a password is required");
  if (asks && *sudo->password != arrival.sudo_password) return wrong_password();
  const std::string user = sudo->user.empty() ? "root" : sudo->user;
  if (!somebody(files, user)) return sudo_error(*sudo, "sudo: unknown user " + user);
  return user;
}

class Remote final : public Place {
 public:
  explicit Remote(Simulate ask) : ask_(std::move(ask)) {}

  std::vector<Access> access(World& world, Verb verb, const Value& args) const override {
    return shell_place().access(world, verb, args);
  }

  Cancel act(Phase phase, Verb verb, Invocation call, Done done) const override {
    const Value& target = call.args["target"];
    if (const auto sudo = sudo_of(target)) {
      if (Status good = check_sudo(*sudo); !good) return refuse(std::move(done), std::move(good).error());
    }
    Value request = Value::object({{"kind", "machine"}, {"operation", phase == Phase::kPerform}});
    for (const char* key : {"host", "user", "port", "jump", "host_key", "connect_timeout"}) {
      if (target.has(key)) request.set(key, target[key]);
    }
    auto step = std::make_shared<Cancel>();
    *step =
        ask_(std::move(request), {},
             [this, step, phase, verb, call = std::move(call), done = std::move(done)](Result<Value> answer) mutable {
               if (!answer) return done(std::move(answer));
               *step = arrived(Arrival(*answer), phase, verb, std::move(call), std::move(done));
             });
    return [step] { (*step)(); };
  }

 private:
  Cancel arrived(const Arrival& arrival, Phase phase, Verb verb, Invocation call, Done done) const {
    World& world = call.world;
    auto files = world.service<files::MachineTrees>().tree(arrival.machine);
    if (!files) return refuse(std::move(done), std::move(files).error());
    auto user = acting(arrival, call.args["target"], **files);
    if (!user) return refuse(std::move(done), std::move(user).error());
    auto who = somebody(**files, *user);
    if (!who) return refuse(std::move(done), std::move(who).error());
    if (arrival.lost) done = lose(arrival.name, std::move(done));
    if (verb == Verb::kRun || verb == Verb::kQuery)
      return run(arrival.machine, verb, std::move(*files), *who, std::move(call), std::move(done));
    if (is_process(verb))
      return simulated_detached(world, ask_, std::move(*files), arrival.machine)
          ->act(phase, verb, std::move(call), std::move(done));
    if (is_transfer(verb)) return transfer(phase, verb, std::move(*files), *who, arrival.full, std::move(call), std::move(done));
    auto job = [phase, verb, files = std::move(*files), who = std::move(*who), full = arrival.full,
                args = std::move(call.args)]() mutable -> Result<Value> {
      RUNBOOK_TRY(normalise(verb, args));
      if (phase == Phase::kPerform) RUNBOOK_TRY(permitted(*files, who, verb, args));
      if (full && needs_room(phase, verb, args))
        return files::error(ENOSPC, doing(verb), args["path"].as_string(args["to"].as_string()));
      if (phase == Phase::kPerform) RUNBOOK_TRY(own_what_is_new(*files, who, verb, args));
      return act_on_files(phase, verb, args, files);
    };
    return world.loop().blocking<Value>(std::move(job), [done = std::move(done)](Result<Value> result) mutable {
      if (!result) return done(own(std::move(result).error()));
      done(std::move(result));
    });
  }

  static void own_what_is_put(const files::Tree& files, const Somebody& who, Verb verb, Value there, Value& args) {
    if (verb == Verb::kFilePut) {
      if (!own_what_is_new(files, who, Verb::kWrite, there)) return;
    } else {
      there.set("owner", std::to_string(who.uid));  // what is put into a tree is new, file by file
      there.set("group", std::to_string(who.gid));
    }
    for (const char* key : {"owner", "group"}) {
      if (!args.has(key) && there.has(key)) args.set(key, there[key]);
    }
  }

  // The other side's paths are judged as those of `read` and `write` there; ours have been judged by the gate.
  static Cancel transfer(Phase phase, Verb verb, files::TreePtr files, const Somebody& who, bool full, Invocation call, Done done) {
    const bool fetches = verb == Verb::kFileFetch || verb == Verb::kDownloadVerify;
    const bool looks = verb == Verb::kUploadVerify || verb == Verb::kTreeVerify;
    auto path = shell_path(call.args[fetches ? "from" : "to"]);
    if (!path) return refuse(std::move(done), std::move(path).error());
    const Value there = Value::object({{"path", *path}});
    if (phase == Phase::kPerform) {
      const Verb like = fetches || looks ? Verb::kFileVerify : verb == Verb::kFilePut ? Verb::kWrite : Verb::kStat;
      Status may = permitted(*files, who, like, there);
      if (!may) return refuse(std::move(done), own(std::move(may).error()));
      const bool puts = verb == Verb::kFilePut || verb == Verb::kTreePut;
      if (full && puts) return refuse(std::move(done), own(files::error(ENOSPC, "write", *path)));
      if (puts && who.uid != 0) own_what_is_put(*files, who, verb, there, call.args);
    }
    return tree_transfer(phase, verb, files, std::move(call), std::move(done));
  }

  static Done lose(const std::string& name, Done done) {
    return [name, done = std::move(done)](Result<Value>) mutable {
      done(Error("ssh.connection_lost", cat("the connection to ", name, " is gone: the other side closed it"),
                 "'resume' goes on from here")
               .with("host", name)
               .retry());
    };
  }

  Cancel run(const std::string& machine, Verb verb, files::TreePtr files, const Somebody& who, Invocation call,
             Done done) const {
    const auto processes = simulated_processes(call.world, ask_, machine);
    const std::map<std::string, std::string> login = {
        {"PATH", kProgramPath}, {"LANG", "C.UTF-8"}, {"HOME", who.home}, {"USER", who.name}, {"LOGNAME", who.name}};
    const ProgramPlace place{std::move(files), *processes, login};
    call.allowed.clear();  // permissions there are judged by what is written
    return program_run(verb, place, std::move(call), std::move(done));
  }

  Simulate ask_;
};

/// {kind = "simulated", name}: how simulators reach the machine's files, as root and without a way that could fail.
class Inside final : public Place {
 public:
  std::vector<Access> access(World&, Verb, const Value&) const override { return {{"none", "machine", "", ""}}; }

  Cancel act(Phase phase, Verb verb, Invocation call, Done done) const override {
    auto files = call.world.service<files::MachineTrees>().tree(call.args["target"]["name"].as_string());
    if (!files) return refuse(std::move(done), std::move(files).error());
    return call.world.loop().blocking<Value>(
        [phase, verb, files = std::move(*files), args = std::move(call.args)] {
          return act_on_files(phase, verb, args, files);
        },
        [done = std::move(done)](Result<Value> result) mutable {
          if (!result) return done(own(std::move(result).error()));
          done(std::move(result));
        });
  }
};

class SimulatedPlaces final : public Places {
 public:
  SimulatedPlaces(World& world, const Simulate& ask) : Places(world), remote_(ask) {}

  const Place* find(World&, const std::string& kind) const override {
    if (kind == "local") return &local_place();
    if (kind == "ssh") return &remote_;
    return kind == "simulated" ? &inside_ : nullptr;
  }

 private:
  Remote remote_;
  Inside inside_;
};

}  // namespace

std::shared_ptr<Places> simulated_places(World& world, const Simulate& ask) {
  return std::make_shared<SimulatedPlaces>(world, ask);
}

}  // namespace runbook::machine
