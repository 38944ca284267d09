// SPDX-License-Identifier: Apache-2.0
// The inside of a container through its route, on a real engine.
#include "tests/modules/docker/live_support.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

class Container {
 public:
  // `program` keeps it alive; the image has nothing but /bin/busybox.
  explicit Container(const char* name, bool with_sh = true) : name_(name) {
    const char* script = with_sh ? "/bin/busybox ln -s busybox /bin/sh; while :; do /bin/busybox sleep 1; done"
                                 : "while :; do /bin/busybox sleep 1; done";
    live_.perform(kContainerCreate, Value::object({{"name", name},
                                                   {"image", live_image()},
                                                   {"command", Value::array({"/bin/busybox", "sh", "-c", script})},
                                                   {"stop_signal", "KILL"}}));
    live_.perform(kContainerStart, named(name));
    if (!with_sh) return;
    while (inside("test -e /bin/sh") != 0) {
    }
  }
  ~Container() { (void)live_.attempt(kContainerRemove, named(name_)); }

  Live& live() { return live_; }
  Value target() const { return Value::object({{"kind", "container"}, {"engine", private_engine()}, {"name", name_}}); }

  /// The exit code of a script of busybox that is run in the container by the engine's own means.
  std::int64_t inside(const char* script) {
    return live_
        .perform(kContainerExec, Value::object({{"name", name_},
                                                {"command", Value::array({"/bin/busybox", "sh", "-c", script})},
                                                {"check", false}}))["exit_code"]
        .as_int(-1);
  }

  struct Outcome {
    std::string out, error, code;
    RemoteExit exit;
  };
  Outcome run(std::vector<std::string> argv, std::string input = {}, const RemoteTerminal* terminal = nullptr) {
    Outcome outcome;
    bool ended = false;
    RemoteCommand command;
    command.argv = std::move(argv);
    command.terminal = terminal;
    command.on_output = [&](bool is_error, std::string_view bytes) {
      (is_error ? outcome.error : outcome.out) += bytes;
    };
    command.on_exit = [&](Result<RemoteExit> exit) {
      ended = true;
      if (exit) outcome.exit = *exit;
      if (!exit) outcome.code = exit.error().code;
    };
    const auto shell = kContainerRoute.open(live_.world(), target());
    auto process = shell->start(std::move(command));
    process->write(std::move(input), [](Status) {});
    process->end_input();
    while (!ended && live_.loop().turn()) {
    }
    process.reset();
    return outcome;
  }

 private:
  Live live_;
  const char* name_;
};

}  // namespace

TEST_CASE("docker live: a program in a container gets its input and gives both streams and its code", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Container container("shell");
  const auto said =
      container.run({"sh", "-c", "/bin/busybox cat; echo \"$1\"; echo err >&2; exit 7", "sh", "a 'b'\n"}, "in\n");
  CHECK(said.out == "in\na 'b'\n\n");
  CHECK(said.error == "err\n");
  CHECK(said.exit.code == 7);
  const std::string bytes = "\xff'\\0\n\xc3";
  CHECK(container.run({"sh", "-c", "printf '%s|' \"$@\"", "sh", bytes, "", "\xc3\xa4"}).out == bytes + "||\xc3\xa4|");
  std::string large;
  while (large.size() < 3 << 20) large += "0123456789abcdef\n";
  CHECK(container.run({"/bin/busybox", "cat"}, large).out == large);
  CHECK(container.run({"/nothing"}).exit.code == 127);
  const RemoteTerminal terminal{132, 50};
  // An engine of this age gives a terminal its size only once the program runs. Without one busybox prints nothing, and
  // ends with 0.
  const char* wait_for_size =
      "/bin/busybox test -t 0 || exit 9; s=; until /bin/busybox test \"$s\"; do s=$(/bin/busybox stty size 2>/dev/null); done; echo \"$s\"";
  const auto shown = container.run({"sh", "-c", wait_for_size}, "", &terminal);
  CHECK(shown.out == "50 132\r\n");
  CHECK(shown.exit.code == 0);
}

TEST_CASE("docker live: a program that is dropped does not go on in the container", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Container container("dropped");
  const auto shell = kContainerRoute.open(container.live().world(), container.target());
  for (const bool at_once : {false, true}) {
    RemoteCommand command;
    command.argv = {"sh", "-c", "/bin/busybox touch /began; /bin/busybox sleep 1234"};
    bool called = false, began = false;
    command.on_output = [&](bool, std::string_view) { called = true; };
    command.on_exit = [&](Result<RemoteExit>) { called = true; };
    auto process = shell->start(std::move(command));
    while (!at_once && !began) began = container.inside("test -e /began") == 0;
    process.reset();
    const auto runs = [&] { return container.inside("/bin/busybox ps | /bin/busybox grep -q '[s]leep 1234'") == 0; };
    for (int tries = 0; tries < 200 && runs(); ++tries) container.live().loop().turn(false);
    CHECK_FALSE(runs());
    CHECK_FALSE(called);
    CHECK(container.inside("/bin/busybox rm -f /began") == 0);
  }
}

TEST_CASE("docker live: the end of a run waits until what it dropped is being ended", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Container container("ending");
  const auto runs = [&] { return container.inside("/bin/busybox ps | /bin/busybox grep -q '[s]leep 2345'") == 0; };
  for (const bool at_once : {false, true}) {
    {
      TestWorld run;
      RemoteCommand command;
      command.argv = {"sh", "-c", "/bin/busybox sleep 2345"};
      auto process = kContainerRoute.open(run.world(), container.target())->start(std::move(command));
      if (at_once) {
        // The engine has been told, and has not answered.
        for (int turn = 0; turn < 20; ++turn) run.loop().turn(false);
      }
      while (!at_once && !runs()) run.loop().turn(false);
      process.reset();
    }
    for (int tries = 0; tries < 20 && runs(); ++tries) {
    }
    CHECK_FALSE(runs());
  }
}

TEST_CASE("docker live: a container that cannot be entered says why", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Container container("noshell", false);
  const auto missing = container.run({"sh", "-c", "true"});
  CHECK((missing.exit.code == 126 || missing.exit.code == 127));
  CHECK_THAT(missing.out + missing.error, ContainsSubstring("executable file not found"));
  container.live().perform(kContainerStop, named("noshell"));
  CHECK(container.run({"sh", "-c", "true"}).code == "docker.conflict");
  container.live().perform(kContainerRemove, named("noshell"));
  CHECK(container.run({"sh", "-c", "true"}).code == "docker.not_found");
}
