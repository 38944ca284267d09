// SPDX-License-Identifier: Apache-2.0
#include "host/core/shell_quote.h"

#include <unistd.h>

#include <random>

#include "host/core/process.h"
#include "host/core/text.h"
#include "tests/support/skip.h"

using namespace runbook;

namespace {

struct Shell {
  const char* name;
  std::vector<std::string> argv;
};
const Shell kShells[] = {{"dash", {"/bin/dash"}}, {"bash", {"/bin/bash"}}, {"busybox", {"/bin/busybox", "sh"}}};

// What the shell takes the words for, each ended by a NUL.
std::string read_back(const Shell& shell, const std::vector<std::string>& words, const char* language) {
  Loop loop;
  Processes processes(loop);
  ProcessOptions options;
  options.argv = shell.argv;
  options.argv.insert(options.argv.end(), {"-c", "printf '%s\\0' " + shell_command(words)});
  options.env = {{"LANG", language}, {"LC_ALL", language}};
  std::string out;
  bool ended = false;
  options.on_output = [&](Stream, std::string_view text) { out += text; };
  processes.start(std::move(options), [&](Result<ProcessExit> exit) {
    CHECK((exit && exit->code == 0));
    ended = true;
  });
  while (!ended && loop.turn()) {
  }
  return out;
}

void check(const Shell& shell, const std::vector<std::string>& words) {
  std::string wanted;
  for (const std::string& word : words) wanted += word + '\0';
  for (const char* language : {"C", "C.UTF-8"}) {
    INFO(shell.name << ' ' << language);
    CHECK(read_back(shell, words, language) == wanted);
  }
}

}  // namespace

TEST_CASE("shell_quote: what a shell reads is what was quoted", "[core]") {
  std::mt19937 random(20261121);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same words in every run
  const std::string hostile = "'\"\\$`(){}[]<>|&;*?~#!%=-\n\r\t \x01\x7f\x80\xff\xc3\xa4";
  for (const Shell& shell : kShells) {
    if (access(shell.argv[0].c_str(), X_OK) != 0) RUNBOOK_SKIP("dash, bash and busybox are needed");
    check(shell, {"", "'", "''", "-n", "--", "$(touch /tmp/no)", "`id`", "a b", "a\nb\n", "\n", "\\", "'\\''", "~", "*", "!!", "$'x'", "\xff\xfe"});
    for (int round = 0; round < 40; ++round) {
      std::vector<std::string> words;
      for (int count = 0; count < 50; ++count) {
        std::string word;
        for (auto length = random() % 12; length > 0; --length) {
          word += random() % 4 == 0 ? static_cast<char>(random() % 255 + 1) : hostile[random() % hostile.size()];
        }
        words.push_back(std::move(word));
      }
      check(shell, words);
    }
  }
}
