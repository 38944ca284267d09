// SPDX-License-Identifier: Apache-2.0
// `runbook exec` on hosts behind a real sshd.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "host/core/text.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/sshd.h"

using namespace runbook;

TEST_CASE("exec over SSH: hosts that cannot be reached do not stop the others, and are named") {
  if (::access("/usr/sbin/sshd", X_OK) != 0) RUNBOOK_SKIP("there is no sshd");
  const Sshd server;
  REQUIRE(server.running());
  const TempDirectory directory;
  ::setenv("RUNBOOK_STATE", (directory.path() + "/state").c_str(), 1);
  const std::string inventory = directory.path() + "/hosts.yaml";
  std::string hosts = cat("ssh: { identity: '", server.user_key(), "', known_hosts: '", server.known_hosts(), "', config: false }\nhosts:\n");
  for (int i = 1; i <= 20; ++i) hosts += cat("  web", i, ": { address: '127.0.0.1:", server.port(), "' }\n");
  hosts += "  refuses: { address: '127.0.0.1:1' }\n";
  hosts += cat("  stranger: { address: '127.0.0.1:", server.port(), "', ssh: { known_hosts: '", directory.path(), "/none' } }\n");
  std::ofstream(inventory) << hosts;

  const cli::Outcome outcome = cli::run_program({"exec", "-i", inventory, "--on", "all", "--forks", "8", "--output", "prefixed", "--", "printf", "%s\\n", "a b; $HOME"});
  INFO(outcome.err);
  CHECK(outcome.status == 4);
  CHECK_THAT(outcome.out, ContainsSubstring("web1 | a b; $HOME\n") && ContainsSubstring("web20 | a b; $HOME\n"));
  CHECK_THAT(outcome.err, ContainsSubstring("exec: 22 hosts, 20 changed, 2 unreachable\n") && ContainsSubstring("  unreachable refuses: ") &&
                              ContainsSubstring("  unreachable stranger: ") && ContainsSubstring("(ssh.host_key)"));

  const cli::Outcome planned = cli::run_program({"exec", "-n", "-i", inventory, "--on", "web1", "--", "touch", directory.path() + "/touched"});
  CHECK(planned.status == 0);
  CHECK(::access((directory.path() + "/touched").c_str(), F_OK) != 0);
  ::unsetenv("RUNBOOK_STATE");
}
