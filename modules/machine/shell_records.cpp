// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_records.h"

#include <sys/stat.h>

#include <array>
#include <charconv>

#include "host/core/text.h"

namespace runbook::machine {

namespace {

const char* type_of(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "link";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    case S_IFBLK: return "block";
    default: return "character";
  }
}

template <class T>
bool number(std::string_view text, T& out, int base = 10) {
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return bad == std::errc() && end == text.data() + text.size() && !text.empty();
}

// "2026-11-21 16:32:15.123456789 +0000": what is behind the seconds.
double fraction(std::string_view time) {
  const std::size_t dot = time.find('.');
  if (dot == std::string_view::npos) return 0;
  double scale = 1, sum = 0;
  for (const char c : time.substr(dot + 1)) {
    if (c < '0' || c > '9') break;
    scale /= 10;
    sum += scale * (c - '0');
  }
  return sum;
}

std::string name_or_number(std::string_view name, unsigned id) {
  return name.empty() || name == "UNKNOWN" ? std::to_string(id) : std::string(name);
}

}  // namespace

std::optional<std::string_view> Records::piece() {
  const std::size_t end = rest_.find(ending_);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest_.substr(0, end);
  rest_.remove_prefix(end + ending_.size());
  return text;
}

std::string_view Records::line() {
  const std::size_t end = rest_.find('\n');
  const std::string_view text = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  return text;
}

std::optional<Records::Ids> Records::ids() {
  const auto text = piece();
  const std::size_t slash = text ? text->find('/') : std::string_view::npos;
  if (slash == std::string_view::npos) return std::nullopt;
  Ids ids;
  const auto read = [](std::string_view digits, auto& id) { return digits.empty() || number(digits, id.emplace()); };
  if (!read(text->substr(0, slash), ids.uid)) return std::nullopt;
  std::string_view group = text->substr(slash + 1);
  group.remove_suffix(group.ends_with('/') ? 1 : 0);
  if (!read(group, ids.gid)) return std::nullopt;
  return ids;
}

std::optional<std::string> Records::where() {
  auto text = piece();
  if (!text || !text->ends_with('\n') || !text->starts_with('/')) return std::nullopt;
  text->remove_suffix(1);
  return std::string(*text);
}

std::optional<Found> Records::parse(std::string_view text) {
  std::array<std::string_view, 8> fields;
  for (std::string_view& field : fields) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    field = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  Found found;
  unsigned mode = 0;
  std::int64_t seconds = 0;
  files::Entry& entry = found.entry;
  if (!number(fields[0], mode, 16) || !number(fields[1], entry.uid) || !number(fields[2], entry.gid) ||
      !number(fields[3], entry.size) || !number(fields[4], seconds)) {
    return std::nullopt;
  }
  entry.type = type_of(mode);
  entry.mode = mode & 07777;
  entry.modified = static_cast<double>(seconds) + fraction(fields[5]);
  found.owner = name_or_number(fields[6], entry.uid);
  found.group = name_or_number(fields[7], entry.gid);
  // "./name/"
  if (text.starts_with("./") && text.ends_with('/')) entry.name = text.substr(2, text.size() - 3);
  return found;
}

std::optional<Found> Records::facts() {
  const auto text = piece();
  if (!text) return std::nullopt;
  auto found = parse(*text);
  if (found && found->entry.type == "link") {
    const auto target = piece();
    if (!target) return std::nullopt;
    found->entry.target = *target;
  }
  return found;
}

Error garbled(const std::string& path) {
  return Error("machine.io", cat("what came back about '", printable(path), "' cannot be understood"),
               "is there a 'stat' that knows -c?");
}

std::string path_in(const std::string& directory, const std::string& name) {
  if (name.empty() || name == ".") return directory;
  return directory == "/" ? directory + name : cat(directory, '/', name);
}

}  // namespace runbook::machine
