// SPDX-License-Identifier: Apache-2.0
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

Access access(const Value& target, const char* verb, const std::string& name) { return destination_access(target, verb, name); }

}  // namespace

Access destination_access(const Value& target, const char* verb, const std::string& name) {
  auto address = address_of(target);
  return {"ssh", address ? address->show() : printable(target["host"].as_string()), verb, name};
}

const ShellRoute kRoute = {"ssh", access, open};

}  // namespace runbook::ssh
