// SPDX-License-Identifier: Apache-2.0
#include "host/core/files.h"
#include "host/core/text.h"
#include "host/ssh/known/known_hosts.h"
#include "host/ssh/known/known_hosts_lock.h"

namespace runbook::ssh {

Result<int> known_hosts_remove(const std::string& path, const std::string& host, int port) {
  auto real = files::Tree::real().resolve(path, files::Last::kFollow);
  if (!real) return std::move(real).error();
  // Until the end: who waits for it finds that the file is another one, and turns to that.
  auto locked = lock_known_hosts(*real, false);
  if (!locked) return std::move(locked).error();
  if (!locked->file) return 0;
  auto text = read_known_hosts(*locked, path);
  if (!text) return std::move(text).error();
  std::string kept;
  int removed = 0;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size() - 1) + 1;
    const std::string line = text->substr(at, end - at);
    at = end;
    if (KnownHosts::stands_for(line, host, port)) {
      ++removed;
    } else {
      kept += line;
    }
  }
  if (removed > 0) RUNBOOK_TRY(files::Tree::real().write(*real, kept, {}));
  return removed;
}

}  // namespace runbook::ssh
