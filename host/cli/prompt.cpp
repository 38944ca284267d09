// SPDX-License-Identifier: Apache-2.0
#include "host/cli/prompt.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kLongestAnswer = 64 * 1024;
constexpr int kLookUpEvery = 100;  // milliseconds

/// Stops the terminal from showing what is typed.
class Silence {
 public:
  explicit Silence(bool wanted) : silent_(wanted && ::tcgetattr(STDIN_FILENO, &former_) == 0) {
    if (!silent_) return;
    termios hidden = former_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~Silence() {
    if (silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &former_);
  }
  bool silent() const { return silent_; }

 private:
  termios former_{};
  bool silent_;
};

}  // namespace

bool can_ask(const CommandLine& line) {
  const char* ci = std::getenv("CI");
  const bool unattended = ci && std::string_view(ci) == "true";
  return !line.has("no-input") && !line.has("json") && !unattended && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

std::optional<std::string> ask(const Console& console, const std::string& question, const std::string& problem, bool hidden,
                               const std::function<bool()>& given_up) {
  const Paint paint(console.err.colour);
  if (!problem.empty()) console.err.write(cat(paint.red(printable(problem)), "\n"));
  console.err.write(cat(paint.bold(printable(question)), question.ends_with('?') ? " " : ": "));
  const Silence silence(hidden);
  std::string answer;
  for (;;) {
    // Ctrl-C comes to another thread, so that it has to be looked for.
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    const int count = ::poll(&ready, 1, kLookUpEvery);
    if (given_up && given_up()) {
      console.err.write("\n");
      return std::nullopt;
    }
    if (count <= 0) continue;
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 && answer.empty()) return std::nullopt;
    if (got <= 0 || c == '\n') break;
    if (answer.size() < kLongestAnswer) answer += c;
  }
  if (silence.silent()) console.err.write("\n");
  return answer;
}

}  // namespace runbook::cli
