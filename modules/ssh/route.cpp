// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "host/core/files.h"
#include "host/core/text.h"
#include "host/ssh/login/login_config.h"
#include "host/ssh/run/connections.h"
#include "modules/ssh/operations.h"

namespace runbook::ssh {

namespace {

// Where the description itself is wrong there is no way: every command says so.
class NoWay final : public RemoteShell {
 public:
  NoWay(Loop& loop, Error why) : loop_(loop), why_(std::move(why)) {}
  std::unique_ptr<RemoteProcess> start(RemoteCommand command) override {
    class Failed final : public RemoteProcess {
     public:
      Failed(Loop& loop, Callback<void(Result<RemoteExit>)> on_exit, Error why)
          : soon_(loop.post([on_exit = std::move(on_exit), why = std::move(why)]() mutable { on_exit(std::move(why)); })) {}
      ~Failed() override { soon_(); }
      Failed(const Failed&) = delete;
      Failed& operator=(const Failed&) = delete;
      void write(std::string, Callback<void(Status)>) override {}
      void end_input() override {}
      void set_paused(bool) override {}

     private:
      Cancel soon_;
    };
    return std::make_unique<Failed>(loop_, std::move(command.on_exit), why_);
  }

 private:
  Loop& loop_;
  Error why_;
};

std::shared_ptr<RemoteShell> open(World& world, const Value& target) {
  auto destination = Destination::from(target);
  if (!destination) return std::make_shared<NoWay>(world.loop(), std::move(destination).error());
  return world.service<Connections>().shell(*destination);
}

std::vector<Access> access(World& world, const Value& target, const char* verb, const std::string& name) {
  return destination_access(world, target, verb, name);
}

std::string shown(const Value& target) {
  auto address = address_of(target);
  return address ? address->show() : printable(target["host"].as_string());
}

Access on_the_way(Access access) {
  access.on_the_way = true;
  return access;
}

// What is in ~/.ssh is read for every login; where else keys and configuration lie is not for the script to find out.
std::optional<Access> file_access(std::string path, bool writes) {
  const char* variable = std::getenv("HOME");
  const std::string home = files::normalise(variable && *variable == '/' ? variable : "/");
  if (path.starts_with("~/")) path.replace(0, 1, home);
  path = files::normalise(path);
  if (writes ? path == home + "/.ssh/known_hosts" : path.starts_with(home + "/.ssh/")) return std::nullopt;
  if (auto real = files::Tree::real().resolve(path, files::Last::kFollow)) path = std::move(*real);
  return on_the_way({writes ? "write" : "read", path, "", ""});
}

class Way {
 public:
  Way(World& world, const Value& target, std::vector<Access> touched) : world_(world), target_(target), touched_(std::move(touched)) {}

  // Of what the target itself says.
  void add_said() {
    const std::vector<Value> jumps = target_["jump"].is_string() ? std::vector<Value>{target_["jump"]} : target_["jump"].items();
    for (const Value& one : jumps) {
      auto jump = Address::parse(one.as_string());
      add(on_the_way({"ssh", jump ? jump->show() : printable(one.as_string()), "forward", shown(target_)}));
    }
    const auto trusts = [](const Access& access) { return access.verb == "trust"; };
    takes_new_ = target_["host_key"].as_string() == "accept-new" || std::any_of(touched_.begin(), touched_.end(), trusts);
    for (const char* key : {"identity", "config"}) add_file(target_[key].as_string(), false);
    add_file(target_["known_hosts"].as_string(), takes_new_);
  }

  // A configuration that the target names could say whatever the target can: it needs the same permissions.
  void add_found() {
    if (target_["config"].as_string().empty()) return;
    const auto destination = Destination::from(target_);
    if (!destination) return;
    const NamedWay way = named_way(*destination, world_.service<Connections>().files());
    found_ = true;
    for (const std::string& path : way.included) add_file(path, false);
    for (const NamedWay::Step& step : way.steps) add_step(step);
  }

  std::vector<Access> done() { return std::move(touched_); }

 private:
  void add(Access access) {
    access.found = found_;
    const auto same = [&](const Access& one) {
      return one.kind == access.kind && one.target == access.target && one.verb == access.verb && one.name == access.name;
    };
    if (std::none_of(touched_.begin(), touched_.end(), same)) touched_.push_back(std::move(access));
  }
  void add_file(const std::string& path, bool writes) {
    if (path.empty()) return;
    if (auto access = file_access(path, writes)) add(std::move(*access));
  }
  void add_step(const NamedWay::Step& step) {
    const std::string named = step.named.show();
    if (!step.behind.empty()) add(on_the_way({"ssh", named, "forward", step.behind}));
    if (const std::string resolved = step.resolved.show(); resolved != named) {
      const std::vector<Access> before = touched_;
      for (const Access& access : before) {
        if (access.kind == "ssh" && access.target == named) add(on_the_way({"ssh", resolved, access.verb, access.name}));
      }
    }
    for (const std::string& path : step.keys) add_file(path, false);
    // New keys go to the first one.
    bool writes = step.accept_new || takes_new_;
    for (const std::string& path : step.known_hosts) add_file(path, std::exchange(writes, false));
    if (!step.agent.empty()) add(on_the_way({"net", cat("unix://", step.agent), "", ""}));
  }

  World& world_;
  const Value& target_;
  std::vector<Access> touched_;
  bool takes_new_ = false;
  bool found_ = false;
};

}  // namespace

Access destination_itself(const Value& target, const char* verb, const std::string& name) { return {"ssh", shown(target), verb, name}; }

std::vector<Access> with_the_way(World& world, const Value& target, std::vector<Access> touched) {
  Way way(world, target, std::move(touched));
  way.add_said();
  way.add_found();
  return way.done();
}

std::vector<Access> destination_access(World& world, const Value& target, const char* verb, const std::string& name) {
  return with_the_way(world, target, {destination_itself(target, verb, name)});
}

const ShellRoute kRoute = {"ssh", access, open};

}  // namespace runbook::ssh
