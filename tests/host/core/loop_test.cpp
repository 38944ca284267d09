// SPDX-License-Identifier: Apache-2.0
#include "runbook/loop.h"
#include "tests/support/catch.h"

using namespace std::chrono_literals;
using runbook::Cancel;
using runbook::Loop;

TEST_CASE("loop: timers fire in order of their delay", "[core]") {
  Loop loop;
  std::string order;
  loop.after(5ms, [&] { order += "b"; });
  loop.after(1ms, [&] { order += "a"; });
  while (loop.turn()) {
  }
  CHECK(order == "ab");
  CHECK(loop.open_handles() == 0);
}

TEST_CASE("loop: a cancelled timer never fires and leaves no handle", "[core]") {
  Loop loop;
  bool fired = false;
  Cancel cancel = loop.after(1ms, [&] { fired = true; });
  cancel();
  while (loop.turn()) {
  }
  CHECK_FALSE(fired);
  CHECK(loop.open_handles() == 0);
}

TEST_CASE("loop: cancelling after the timer fired does nothing", "[core]") {
  Loop loop;
  Cancel cancel = loop.after(0ms, [] {});
  while (loop.turn()) {
  }
  cancel();
  CHECK(loop.open_handles() == 0);
}

TEST_CASE("loop: a blocking job hands its result to the loop's thread", "[core]") {
  Loop loop;
  int got = 0;
  loop.blocking<int>([] { return runbook::Result<int>(42); }, [&](runbook::Result<int> result) { got = *result; });
  while (loop.turn()) {
  }
  CHECK(got == 42);
}

TEST_CASE("loop: destroying a loop with a pending timer is clean", "[core]") {
  Loop loop;
  loop.after(1h, [] {});
}

TEST_CASE("loop: a turn that ran a due timer does not wait for the next one", "[loop]") {
  Loop loop;
  const auto begin = loop.now();
  bool ran = false;
  loop.after(5s, [] {});
  loop.post([&] { ran = true; });
  loop.turn();
  loop.turn(false);
  CHECK(ran);
  CHECK(loop.now() - begin < 2s);
}
