// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace runbook::cli {
namespace {

constexpr int kPatience = 30000;  // milliseconds without a byte, after which the program is killed

[[noreturn]] void become(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {RUNBOOK_PROGRAM};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& argument : all) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(RUNBOOK_PROGRAM, pointers.data());
  ::_exit(127);
}

int finish(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool read_some(int fd, std::string& text) {
  char buffer[4096];
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

Outcome run_program(const std::vector<std::string>& arguments) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    become(arguments);
  }
  ::close(out[1]);
  ::close(err[1]);
  Outcome outcome;
  pollfd waiting[] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    if (::poll(waiting, 2, kPatience) <= 0) ::kill(child, SIGKILL);
    if (waiting[0].revents && !read_some(out[0], outcome.out)) waiting[0].fd = -1;
    if (waiting[1].revents && !read_some(err[0], outcome.err)) waiting[1].fd = -1;
  }
  ::close(out[0]);
  ::close(err[0]);
  outcome.status = finish(child);
  return outcome;
}

Outcome run_on_terminal(const std::vector<std::string>& arguments, const std::string& type) {
  int terminal = -1;
  winsize size{20, 70, 0, 0};
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    ::setenv("TERM", "xterm", 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::unsetenv("NO_COLOR");
    ::unsetenv("CI");
    become(arguments);
  }
  Outcome outcome;
  bool typed = type.empty();
  for (;;) {
    pollfd waiting{terminal, POLLIN, 0};
    const int count = ::poll(&waiting, 1, typed ? kPatience : 500);
    if (count > 0 && !read_some(terminal, outcome.out)) break;
    // Typed once the program is quiet, or has shown something that moves.
    if (!typed && (count == 0 || outcome.out.find("\x1b[1A") != std::string::npos)) {
      typed = ::write(terminal, type.data(), type.size()) == static_cast<ssize_t>(type.size());
    } else if (count == 0) {
      ::kill(child, SIGKILL);
    }
  }
  ::close(terminal);
  outcome.status = finish(child);
  return outcome;
}

Outcome run_into_closed_pipe(const std::vector<std::string>& arguments) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    become(arguments);
  }
  ::close(out[1]);
  ::close(err[1]);
  Outcome outcome;
  read_some(out[0], outcome.out);
  ::close(out[0]);
  while (read_some(err[0], outcome.err)) {
  }
  ::close(err[0]);
  outcome.status = finish(child);
  return outcome;
}

}  // namespace runbook::cli
