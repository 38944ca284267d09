// SPDX-License-Identifier: Apache-2.0
#include "host/journal/blobs.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string_view>

#include "host/core/text.h"
#include "host/journal/directory.h"
#include "host/journal/hash.h"

namespace runbook::journal {

namespace {
constexpr std::string_view kMark = "@blob:";  // no JSON begins with it
}

Result<std::string> keep(const std::string& directory, std::string text) {
  if (text.size() <= kInlineLimit) return text;
  if (text.size() > kValueLimit) {
    return Error("journal.too_large", cat("a value of ", text.size() >> 20, " MiB is too large for the journal, which keeps up to ",
                                          kValueLimit >> 20, " MiB"),
                 "return a summary, and write the data itself to a file");
  }
  const std::string hash = sha256(text);
  const std::string blobs = directory + "/blobs";
  if (access(cat(blobs, "/", hash).c_str(), F_OK) != 0) {
    if (Status written = write_file(blobs, hash, text); !written) {
      return Error("journal.write", written.error().message, "free some space on that disk");
    }
  }
  return cat(kMark, hash);
}

Result<std::string> recall(const std::string& directory, std::string kept) {
  if (kept.compare(0, kMark.size(), kMark) != 0) return kept;
  const std::string path = cat(directory, "/blobs/", kept.substr(kMark.size()));
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return Error("journal.read", cat("could not read '", path, "'"));
  if (sha256(text.str()) != kept.substr(kMark.size())) {
    return Error("journal.read", cat("'", path, "' is damaged: its hash is another"));
  }
  return text.str();
}

}  // namespace runbook::journal
