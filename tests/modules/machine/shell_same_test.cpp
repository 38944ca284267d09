// SPDX-License-Identifier: Apache-2.0
// Whatever is done through a shell gives what it gives on this computer: the same calls are made on both.
#include <algorithm>

#include "tests/modules/machine/shell_fixture.h"
#include "tests/support/skip.h"

using namespace runbook;
using namespace runbook::machine;

namespace {

struct Call {
  const char* verb;
  Value args;  ///< paths begin with "@"
};

const std::string kHostile = "-n \n'\"$(x)`y`\\\xff\xfe*";

Value with_directory(const Value& value, const std::string& directory) {
  if (value.is_string() && value.as_string().starts_with('@')) return directory + value.as_string().substr(1);
  if (!value.is_object()) return value;
  Value out = Value::Object{};
  for (const auto& [key, member] : value.members()) out.set(key, with_directory(member, directory));
  return out;
}

// What must be the same: not the directory, and not when a file was written.
std::string shown(Result<Value> result, const std::string& directory) {
  std::string text;
  if (!result) {
    text = "error " + result.error().code;
  } else {
    text = to_json(*result);
  }
  for (std::size_t at; (at = text.find(directory)) != std::string::npos;) text.replace(at, directory.size(), "@");
  for (std::size_t at = 0; (at = text.find("\"modified\":", at)) != std::string::npos; ++at) {
    text.erase(at, text.find(',', at) - at);
  }
  return text;
}

std::vector<Call> calls() {
  const auto o = [](std::initializer_list<std::pair<const std::string, Value>> members) {
    return Value::object(members);
  };
  const std::string binary("\0\xff\n\x01", 4);
  const std::string hostile = "@/" + kHostile;
  return {
      {"write", o({{"path", "@/f"}, {"content", "one\ntwo\n"}})},
      {"write", o({{"path", hostile}, {"content", binary}, {"mode", "0640"}})},
      {"write", o({{"path", "@/s"}, {"content", secret("hunter2")}})},
      {"write", o({{"path", "@/f"}, {"content", "one\nthree\n"}, {"owner", "0"}, {"group", "root"}})},
      {"write", o({{"path", "@/no/f"}, {"content", ""}})},
      {"write", o({{"path", "@/f/f"}, {"content", ""}})},
      {"write", o({{"path", "@/x"}, {"content", ""}, {"mode", "9"}})},
      {"write", o({{"path", "@/x"}, {"content", ""}, {"owner", "no-such-user"}})},
      {"write", o({{"path", "@/x"}, {"content", ""}, {"group", "no-such-group"}})},
      {"write", o({{"path", "relative"}, {"content", ""}})},
      {"read", o({{"path", hostile}})},
      {"read", o({{"path", "@/f"}, {"limit", 2}})},
      {"read", o({{"path", "@/no"}})},
      {"read", o({{"path", "@"}})},
      {"read", o({{"path", "/dev/zero"}})},
      {"checksum", o({{"path", hostile}})},
      {"checksum", o({{"path", "@/no"}})},
      {"append", o({{"path", "@/f"}, {"content", "four"}})},
      {"append", o({{"path", "@/g"}, {"content", binary}, {"mode", "0604"}})},
      {"read", o({{"path", "@/f"}})},
      {"directory_create", o({{"path", "@/d/e/-n x\n"}, {"mode", "2750"}})},
      {"directory_create", o({{"path", "@/d"}})},
      {"directory_create", o({{"path", "@/f/d/e"}})},
      {"stat", o({{"path", "@/d/e"}})},
      {"stat", o({{"path", "@/d/e/-n x\n"}})},
      {"link_create", o({{"path", "@/l"}, {"to", "f"}})},
      {"link_create", o({{"path", "@/l"}, {"to", "d"}})},
      {"link_create", o({{"path", "@/l"}, {"to", "d"}, {"replace", true}})},
      {"link_create", o({{"path", "@/l"}, {"to", "-x\n\xff"}, {"replace", true}})},
      {"link_create", o({{"path", "@/f"}, {"to", "d"}, {"replace", true}})},
      {"link_create", o({{"path", "@/round"}, {"to", "round"}})},
      {"link_create", o({{"path", "@/k"}, {"to", "d/e"}})},
      {"stat", o({{"path", "@/l"}, {"follow", false}})},
      {"stat", o({{"path", "@/l"}})},
      {"find", o({{"path", "@/l"}})},
      {"find", o({{"path", "@/f/x"}})},
      {"find", o({{"path", "@/f"}})},
      {"stat", o({{"path", "@/round"}})},
      {"read", o({{"path", "@/round"}})},
      {"stat", o({{"path", "@/k"}})},
      {"stat", o({{"path", "/"}})},
      {"stat", o({{"path", "/dev/null"}})},
      {"list", o({{"path", "@"}})},
      {"list", o({{"path", "@/d/e"}})},
      {"list", o({{"path", "@/k"}})},
      {"list", o({{"path", "@/f"}})},
      {"list", o({{"path", "@/no"}})},
      {"list", o({{"path", "@/d/e/-n x\n"}})},
      {"write", o({{"path", "@/l"}, {"content", ""}})},
      {"write", o({{"path", "@/d"}, {"content", ""}})},
      {"file_verify", o({{"path", "@/f"}, {"content", "one\nthree\nfour"}, {"mode", "0644"}})},
      {"file_verify",
       o({{"path", "@/f"}, {"content", "one\n"}, {"mode", "0600"}, {"owner", "daemon"}, {"group", "daemon"}})},
      {"file_verify", o({{"path", "@/s"}, {"content", secret("hunter2")}})},
      {"file_verify", o({{"path", "@/s"}, {"content", secret("other")}})},
      {"file_verify", o({{"path", "@/no"}, {"content", "x\n"}})},
      {"file_verify", o({{"path", "@/no/no"}, {"content", "x\n"}})},
      {"file_verify", o({{"path", "@/f/no"}, {"content", "x\n"}})},
      {"file_verify", o({{"path", "@/l"}, {"content", "x\n"}})},
      {"file_verify", o({{"path", "@/f"}, {"owner", "no-such-user"}})},
      {"file_verify", o({{"path", "@/d"}, {"mode", "0700"}})},
      {"copy", o({{"from", "@/f"}, {"to", "@/h"}})},
      {"copy", o({{"from", "@/f"}, {"to", "@/h"}})},
      {"copy", o({{"from", hostile}, {"to", "@/h"}, {"replace", true}})},
      {"copy", o({{"from", "@/no"}, {"to", "@/i"}})},
      {"copy", o({{"from", "@/d"}, {"to", "@/i"}})},
      {"stat", o({{"path", "@/h"}})},
      {"rename", o({{"from", "@/h"}, {"to", "@/f"}})},
      {"rename", o({{"from", "@/h"}, {"to", "@/f"}, {"replace", true}})},
      {"rename", o({{"from", "@/h"}, {"to", "@/i"}})},
      {"rename", o({{"from", "@/f"}, {"to", "@/d"}, {"replace", true}})},
      {"rename", o({{"from", "@/f"}, {"to", "@/k"}, {"replace", true}})},
      {"rename", o({{"from", "@/f"}, {"to", "@/no/k"}})},
      {"directory_create", o({{"path", "@/empty"}})},
      {"rename", o({{"from", "@/d"}, {"to", "@/empty"}, {"replace", true}})},
      {"rename", o({{"from", "@/empty"}, {"to", "@/s"}, {"replace", true}})},
      {"rename", o({{"from", "@/s"}, {"to", "/dev/shm/runbook-same-test"}})},
      {"attributes_update", o({{"path", "@/g"}, {"mode", "4711"}, {"owner", "daemon"}, {"group", "1234"}})},
      {"attributes_update", o({{"path", "@/l"}, {"mode", "0711"}})},
      {"attributes_update", o({{"path", "@/no"}, {"mode", "0711"}})},
      {"write", o({{"path", "@/g"}, {"content", "kept owner"}})},
      {"list", o({{"path", "@"}})},
      {"remove", o({{"path", "@/empty"}})},
      {"remove", o({{"path", "@/empty"}, {"recursive", true}})},
      {"remove", o({{"path", "@/empty"}})},
      {"remove", o({{"path", "@/l"}})},
      {"remove", o({{"path", hostile}})},
      {"remove", o({{"path", "@/no/no"}})},
      {"remove", o({{"path", "@/g/no"}})},
      {"remove", o({{"path", "/"}, {"recursive", true}})},
      {"list", o({{"path", "@"}})},
  };
}

const std::vector<std::string> kReads = {"read", "stat", "find", "list", "checksum", "file_verify"};

}  // namespace

TEST_CASE("shell: a machine behind a shell gives what this computer gives", "[machine][shell]") {
  if (geteuid() != 0 || access("/bin/busybox", X_OK) != 0) RUNBOOK_SKIP("root and busybox are needed");
  for (const Userland& userland : kUserlands) {
    TempDirectory here, there;
    Machine local;
    ShellMachine shell(userland);
    int number = 0;
    for (const Call& call : calls()) {
      INFO(userland.name << ": " << ++number << " " << call.verb << " " << to_json(call.args));
      const Operation& operation = local.operation(call.verb);
      const Value on_local = with_directory(call.args, here.path()), on_shell = with_directory(call.args, there.path());
      const bool reads = std::find(kReads.begin(), kReads.end(), call.verb) != kReads.end();
      if (!reads) {
        CHECK(shown(shell.act(operation.capture, on_shell), there.path()) ==
              shown(local.act(operation.capture, on_local), here.path()));
        if (operation.probe) {
          CHECK(shown(shell.act(operation.probe, on_shell), there.path()) ==
                shown(local.act(operation.probe, on_local), here.path()));
        }
      }
      CHECK(shown(shell.call(call.verb, on_shell), there.path()) ==
            shown(local.call(call.verb, on_local), here.path()));
      if (!reads && operation.probe) {
        CHECK(shown(shell.act(operation.probe, on_shell), there.path()) ==
              shown(local.act(operation.probe, on_local), here.path()));
      }
    }
  }
}

TEST_CASE("shell: what was changed is brought back as on this computer", "[machine][shell]") {
  if (geteuid() != 0 || access("/bin/busybox", X_OK) != 0) RUNBOOK_SKIP("root and busybox are needed");
  for (const Userland& userland : kUserlands) {
    TempDirectory here, there;
    Machine local;
    ShellMachine shell(userland);
    int number = 0;
    for (const Call& call : calls()) {
      const Operation& operation = local.operation(call.verb);
      if (!operation.capture) continue;
      INFO(userland.name << ": " << ++number << " " << call.verb << " " << to_json(call.args));
      Value on_local = with_directory(call.args, here.path()), on_shell = with_directory(call.args, there.path());
      auto before_local = local.act(operation.capture, on_local);
      auto before_shell = shell.act(operation.capture, on_shell);
      if (!before_local || !before_shell) continue;
      const bool done = local.call(call.verb, on_local).ok();
      CHECK(shell.call(call.verb, on_shell).ok() == done);
      if (!done) continue;
      on_local.set("before", *before_local);
      on_shell.set("before", *before_shell);
      CHECK(shown(shell.act(operation.revert, on_shell), there.path()) ==
            shown(local.act(operation.revert, on_local), here.path()));
      for (const char* path : {"@", "@/d", "@/d/e"}) {
        const Value list = Value::object({{"path", path}});
        CHECK(shown(shell.call("list", with_directory(list, there.path())), there.path()) ==
              shown(local.call("list", with_directory(list, here.path())), here.path()));
      }
      // Each is done once more, so that the next one finds something.
      CHECK(local.call(call.verb, with_directory(call.args, here.path())));
      CHECK(shell.call(call.verb, with_directory(call.args, there.path())));
    }
  }
}
