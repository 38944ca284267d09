// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/age_header.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/secrets/age_crypto.h"

namespace runbook::secrets {
namespace {

constexpr std::string_view kVersion = "age-encryption.org/v1";
constexpr std::string_view kBegin = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::string_view kEnd = "-----END AGE ENCRYPTED FILE-----";
constexpr std::size_t kColumns = 64;

Error bad(std::string_view what) { return Error("age.format", cat("this is no age file: ", what)); }

// The next line without its end; nothing where there is no whole line.
bool take_line(std::string_view file, std::size_t& at, std::string_view& line) {
  const auto end = file.find('\n', at);
  if (end == std::string_view::npos) return false;
  line = file.substr(at, end - at);
  at = end + 1;
  return true;
}

bool is_visible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 33 && c <= 126; });
}

}  // namespace

std::string age_header_text(const std::vector<AgeStanza>& stanzas) {
  std::string text = cat(kVersion, "\n");
  for (const AgeStanza& stanza : stanzas) {
    text += cat("-> ", join(stanza.args, " "), "\n");
    const std::string body = base64_encode(stanza.body);
    // The last line is shorter than a full one, be it empty: that is how a reader knows that it is the last.
    for (std::size_t i = 0; i <= body.size(); i += kColumns) text += body.substr(i, kColumns) + "\n";
  }
  return text + "---";
}

Result<AgeHeader> parse_age_header(std::string_view file) {
  AgeHeader header;
  std::size_t at = 0;
  std::string_view line;
  if (!take_line(file, at, line) || line != kVersion) return bad(cat("it does not begin with '", kVersion, "'"));
  for (;;) {
    const std::size_t start = at;
    if (!take_line(file, at, line)) return bad("its header has no end");
    if (line.starts_with("--- ")) {
      auto mac = base64_decode(line.substr(4));
      if (!mac || mac->size() != 32) return bad("its header's mac is none");
      header.mac = std::move(*mac);
      header.signed_text = std::string(file.substr(0, start + 3));
      header.size = at;
      if (header.stanzas.empty()) return bad("it names no recipients");
      return header;
    }
    if (!line.starts_with("-> ")) return bad("a line of its header is neither stanza nor end");
    AgeStanza stanza;
    stanza.args = split(line.substr(3), ' ');
    if (!std::all_of(stanza.args.begin(), stanza.args.end(), is_visible)) return bad("a stanza's arguments are none");
    std::string body;
    do {
      if (!take_line(file, at, line) || line.size() > kColumns) return bad("a stanza's body does not end");
      body += line;
    } while (line.size() == kColumns);
    auto bytes = base64_decode(body);
    if (!bytes) return bad("a stanza's body is no base64");
    stanza.body = std::move(*bytes);
    header.stanzas.push_back(std::move(stanza));
  }
}

bool is_armored(std::string_view file) { return trim(file.substr(0, 4096)).starts_with(kBegin); }

Result<std::string> remove_armor(std::string_view text) {
  text = trim(text);
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) || text.size() < kBegin.size() + kEnd.size()) {
    return bad("its armor has no end");
  }
  text.remove_prefix(kBegin.size());
  text.remove_suffix(kEnd.size());
  std::string body;
  bool last = false;
  const auto lines = split(trim(text), '\n');
  for (const std::string& raw : lines) {
    std::string_view line = raw;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (last || line.empty() || line.size() > kColumns) return bad("its armor has a line of the wrong length");
    last = line.size() < kColumns;
    body += line;
  }
  if (body.size() % 4) return bad("its armor is no base64");
  while (body.ends_with('=')) body.pop_back();
  auto bytes = base64_decode(body);
  if (!bytes) return bad("its armor is no base64");
  return bytes;
}

}  // namespace runbook::secrets
