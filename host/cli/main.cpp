// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include "runbook/host.h"

namespace {

// A stream that the caller closed must not become the first file that is opened here. What is written to it still
// fails, as it would have: the program then says so.
void hold_closed_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != fd) _exit(runbook::exit_code::kInternal);
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_closed_streams();
  runbook::Host host;
  runbook::add_builtin_modules(host);
  return runbook::cli_main(host, argc, argv);
}
