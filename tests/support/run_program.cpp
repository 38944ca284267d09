// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temp_directory.h"

namespace runbook {

pid_t spawn_program(const std::vector<std::string>& argv, const std::string& output) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  const int null = open("/dev/null", O_RDWR);
  const int out = output.empty() ? null : open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(null, 0);
  dup2(out, 1);
  dup2(out, 2);
  for (int descriptor = 3; descriptor < 256; ++descriptor) close(descriptor);
  execv(words[0], words.data());
  _exit(127);
}

int run_program(const std::vector<std::string>& argv, std::string* output) {
  TempDirectory directory;
  const std::string file = output ? directory / "output" : "";
  const pid_t child = spawn_program(argv, file);
  int status = 0;
  waitpid(child, &status, 0);
  if (output) *output = directory.content("output");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace runbook
