// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "host/core/files.h"
#include "host/core/text.h"
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

std::vector<Access> access(const Value& target, const char* verb, const std::string& name) { return destination_access(target, verb, name); }

// What is in ~/.ssh is read for every login; where else keys and configuration lie is not for the script to find out.
void add_file(const Value& target, const char* key, bool writes, std::vector<Access>& touched) {
  if (target[key].as_string().empty()) return;
  const char* variable = std::getenv("HOME");
  const std::string home = files::normalise(variable && *variable == '/' ? variable : "/");
  std::string path = target[key].as_string();
  if (path.starts_with("~/")) path.replace(0, 1, home);
  path = files::normalise(path);
  if (writes ? path == home + "/.ssh/known_hosts" : path.starts_with(home + "/.ssh/")) return;
  if (auto real = files::Tree::real().resolve(path, files::Last::kFollow)) path = std::move(*real);
  Access access{writes ? "write" : "read", path, "", ""};
  access.on_the_way = true;
  touched.push_back(std::move(access));
}

}  // namespace

std::vector<Access> destination_access(const Value& target, const char* verb, const std::string& name) {
  auto address = address_of(target);
  const std::string there = address ? address->show() : printable(target["host"].as_string());
  std::vector<Access> touched = {{"ssh", there, verb, name}};
  const std::vector<Value> jumps = target["jump"].is_string() ? std::vector<Value>{target["jump"]} : target["jump"].items();
  for (const Value& one : jumps) {
    auto jump = Address::parse(one.as_string());
    Access by{"ssh", jump ? jump->show() : printable(one.as_string()), "forward", there};
    by.on_the_way = true;
    touched.push_back(std::move(by));
  }
  const bool takes_new = target["host_key"].as_string() == "accept-new" || std::string_view(verb) == "trust";
  add_file(target, "identity", false, touched);
  add_file(target, "config", false, touched);
  add_file(target, "known_hosts", takes_new, touched);
  return touched;
}

const ShellRoute kRoute = {"ssh", access, open};

}  // namespace runbook::ssh
