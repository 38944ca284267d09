// SPDX-License-Identifier: Apache-2.0
#include "host/core/files.h"
#include "host/core/text.h"
#include "host/ssh/known/known_hosts.h"

namespace runbook::ssh {

namespace {

constexpr std::uint64_t kMostFile = 16U << 20U;

bool stands_for(const std::string& line, const std::string& host, int port) {
  const std::string_view text = trim(line);
  if (text.empty() || text.front() == '#' || text.front() == '@') return false;
  if (text.substr(0, text.find_first_of(" \t")).find_first_of("*?!,") != std::string_view::npos) return false;
  KnownHosts one;
  one.add(line, "");
  return !one.types(host, port).empty();
}

}  // namespace

Result<int> known_hosts_remove(const std::string& path, const std::string& host, int port) {
  auto text = files::Tree::real().read(path, kMostFile);
  if (!text && text.error().code == "file.not_found") return 0;
  if (!text) return std::move(text).error();
  std::string kept;
  int removed = 0;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size() - 1) + 1;
    const std::string line = text->substr(at, end - at);
    at = end;
    if (stands_for(line, host, port)) {
      ++removed;
    } else {
      kept += line;
    }
  }
  if (removed > 0) RUNBOOK_TRY(files::Tree::real().write(path, kept, {}));
  return removed;
}

}  // namespace runbook::ssh
