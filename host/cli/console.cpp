// SPDX-License-Identifier: Apache-2.0
#include "host/cli/console.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "host/core/text.h"

namespace runbook::cli {
namespace {

// 0, or the errno that ended it.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody else made the shared pipe or terminal non-blocking.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

Stream stream(int fd, std::string_view when, bool plain) {
  auto problem = std::make_shared<int>(0);
  Stream result;
  result.write = [fd, problem](std::string_view text) {
    if (*problem == 0) *problem = write_all(fd, text);
    return *problem == 0;
  };
  result.problem = [problem] { return *problem == EPIPE ? 0 : *problem; };
  result.terminal = ::isatty(fd) == 1;
  result.colour = !plain && want_colour(when, result.terminal, [](const char* name) -> const char* { return std::getenv(name); });
  return result;
}

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    std::string locale(value);
    std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

// The code point at the start of valid UTF-8, and its length.
std::pair<char32_t, std::size_t> code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned lead = byte(0);
  if (lead < 0xC0) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {(lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F), 4};
}

// Wide characters, emoji above all, among narrow ones: Unicode's East_Asian_Width=W.
constexpr std::pair<char32_t, char32_t> kWideAmongNarrow[] = {
    {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},   {0x23F0, 0x23F0},   {0x23F3, 0x23F3},
    {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},
    {0x26A1, 0x26A1},   {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
    {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},   {0x26FA, 0x26FA},
    {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},   {0x274C, 0x274C},
    {0x274E, 0x274E},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},
    {0x27BF, 0x27BF},   {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x1F004, 0x1F004},
    {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F202}, {0x1F210, 0x1F23B},
    {0x1F240, 0x1F248}, {0x1F250, 0x1F251}, {0x1F260, 0x1F265},
};

int width_of(char32_t c) {
  const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (in(0x300, 0x36F) || in(0x200B, 0x200F) || in(0xFE00, 0xFE0F)) return 0;
  if (in(0x1100, 0x115F) || in(0x2E80, 0xA4CF) || in(0xAC00, 0xD7A3) || in(0xF900, 0xFAFF) || in(0xFE30, 0xFE6F) ||
      in(0xFF00, 0xFF60) || in(0x1F300, 0x1FAFF) || in(0x20000, 0x3FFFD)) {
    return 2;
  }
  for (const auto& [first, last] : kWideAmongNarrow) {
    if (in(first, last)) return 2;
  }
  return 1;
}

// Length of a colour sequence at the start of the text, or 0.
std::size_t colour_length(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b' || text[1] != '[') return 0;
  const auto end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

}  // namespace

bool want_colour(std::string_view when, bool terminal, const std::function<const char*(const char*)>& environment) {
  if (when == "always") return true;
  if (when == "never") return false;
  const auto set = [&](const char* name) {
    const char* value = environment(name);
    return value && *value;
  };
  if (set("NO_COLOR")) return false;
  if (set("FORCE_COLOR")) return true;
  const char* term = environment("TERM");
  return terminal && !(term && std::string_view(term) == "dumb");
}

Console open_console(const CommandLine& line) {
  ::signal(SIGPIPE, SIG_IGN);
  const std::string when = line.value("color");
  const bool plain = line.has("plain");
  Console console;
  console.out = stream(STDOUT_FILENO, when, plain);
  console.err = stream(STDERR_FILENO, when, plain);
  const char* term = std::getenv("TERM");
  console.redraws = console.err.terminal && term && *term && std::string_view(term) != "dumb" && !plain;
  console.unicode = utf8_locale();
  console.size = [] {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return std::pair(80, 24);
    return std::pair<int, int>(size.ws_col, size.ws_row);
  };
  console.now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  return console;
}

std::string Paint::with(std::string_view code, std::string_view text) const {
  return colour_ ? cat("\x1b[", code, "m", text, "\x1b[0m") : std::string(text);
}

int text_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    if (const std::size_t colour = colour_length(text)) {
      text.remove_prefix(colour);
      continue;
    }
    const auto [point, length] = code_point(text);
    width += width_of(point);
    text.remove_prefix(std::min(length, text.size()));
  }
  return width;
}

std::string fit(std::string_view text, int width, bool unicode) {
  if (text_width(text) <= width) return std::string(text);
  const int room = std::max(0, width - (unicode ? 1 : 3));
  std::string out;
  bool coloured = false;
  for (int used = 0; !text.empty();) {
    if (const std::size_t colour = colour_length(text)) {
      out += text.substr(0, colour);
      coloured = text.substr(0, colour) != "\x1b[0m";
      text.remove_prefix(colour);
      continue;
    }
    const auto [point, length] = code_point(text);
    if (used + width_of(point) > room) break;
    used += width_of(point);
    out += text.substr(0, length);
    text.remove_prefix(std::min(length, text.size()));
  }
  if (width > 3 || unicode) out += unicode ? "…" : "...";
  return coloured ? out + "\x1b[0m" : out;
}

std::string one_line(std::string_view text) {
  std::string out = printable(trim(text));
  std::replace(out.begin(), out.end(), '\n', ' ');
  std::replace(out.begin(), out.end(), '\t', ' ');
  return out;
}

}  // namespace runbook::cli
