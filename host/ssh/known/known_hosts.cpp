// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/known/known_hosts.h"

#include <algorithm>
#include <set>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/host_pattern.h"
#include "host/ssh/keys/private_key.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {
namespace {

constexpr int kDefaultPort = 22;

std::string name_at(const std::string& host, int port) {
  return port == kDefaultPort ? lower_case(host) : cat('[', lower_case(host), "]:", port);
}

std::string type_of(std::string_view blob) { return std::string(WireReader(blob).string()); }

/// A key that is listed on any line is known, whatever other lines say.
int worth(KnownHosts::Verdict verdict) {
  switch (verdict) {
    case KnownHosts::Verdict::kAuthority: return 1;
    case KnownHosts::Verdict::kOtherType: return 2;
    case KnownHosts::Verdict::kChanged: return 3;
    case KnownHosts::Verdict::kKnown: return 4;
    default: return 0;
  }
}

}  // namespace

void KnownHosts::add(std::string_view text, const std::string& file) {
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty() || line.front() == '#') continue;
    Line read;
    read.file = file;
    read.number = number;
    if (const std::string problem = read.read(line); !problem.empty()) {
      problems_.push_back(cat(file, ':', number, ": ", problem));
    } else {
      lines_.push_back(std::move(read));
      note(lines_.size() - 1);
    }
  }
}

// A fleet has a line for each host, and looks at them for each host.
void KnownHosts::note(std::size_t index) {
  const std::string& hosts = lines_[index].hosts;
  if (hosts.empty() || hosts.find_first_of("*?!") != std::string::npos) return unnamed_.push_back(index);
  for (const std::string& name : split(hosts, ',')) named_[lower_case(name)].push_back(index);
}

std::vector<const KnownHosts::Line*> KnownHosts::candidates(const std::string& name, const std::string& other) const {
  std::set<std::size_t> found(unnamed_.begin(), unnamed_.end());
  for (const std::string& one : {name, other}) {
    if (const auto at = named_.find(one); at != named_.end()) found.insert(at->second.begin(), at->second.end());
  }
  std::vector<const Line*> out;
  for (const std::size_t index : found) out.push_back(&lines_[index]);
  return out;
}

KnownHosts::Verdict KnownHosts::Line::verdict_on(std::string_view key, std::string_view key_type) const {
  if (mark == Mark::kAuthority) return Verdict::kAuthority;
  if (blob == key) return Verdict::kKnown;
  return type == key_type ? Verdict::kChanged : Verdict::kOtherType;
}

KnownHosts::Answer KnownHosts::check(const std::string& host, int port, std::string_view key_blob) const {
  const std::string name = name_at(host, port);
  const std::string plain = name_at(host, kDefaultPort);
  const std::string type = type_of(key_blob);
  Answer best{Verdict::kUnknown, {}, 0, {}};
  Answer under_plain_name = best;
  for (const Line* candidate : candidates(name, plain)) {
    const Line& line = *candidate;
    const bool same = line.blob == key_blob;
    if (line.mark == Line::Mark::kRevoked) {
      if (same && (line.covers(name) || line.covers(plain))) return {Verdict::kRevoked, line.file, line.number, {}};
      continue;
    }
    if (line.covers(name)) {
      const Verdict verdict = line.verdict_on(key_blob, type);
      if (worth(verdict) <= worth(best.verdict)) continue;
      best = {verdict, line.file, line.number, verdict == Verdict::kChanged ? fingerprint(line.blob) : ""};
    } else if (same && line.mark == Line::Mark::kNone && under_plain_name.line == 0 && line.covers(plain)) {
      under_plain_name = {Verdict::kKnown, line.file, line.number, {}};
    }
  }
  const bool nothing_listed = worth(best.verdict) <= worth(Verdict::kAuthority);
  return nothing_listed && under_plain_name.line != 0 ? under_plain_name : best;
}

std::vector<std::string> KnownHosts::types(const std::string& host, int port) const {
  const auto listed = [&](const std::string& name) {
    std::set<std::string> found;
    for (const Line* line : candidates(name, name)) {
      if (line->mark == Line::Mark::kNone && line->covers(name)) found.insert(line->type);
    }
    return found;
  };
  std::set<std::string> found = listed(name_at(host, port));
  if (found.empty() && port != kDefaultPort) found = listed(name_at(host, kDefaultPort));
  std::vector<std::string> ordered;
  for (const char* type :
       {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"}) {
    if (found.count(type) != 0) ordered.emplace_back(type);
  }
  return ordered;
}

bool KnownHosts::stands_for(std::string_view line, const std::string& host, int port) {
  const std::string_view text = trim(line);
  if (text.empty() || text.front() == '#') return false;
  Line read;
  if (!read.read(text).empty() || read.mark != Line::Mark::kNone) return false;
  return read.hosts.find_first_of("*?!,") == std::string::npos && read.covers(name_at(host, port));
}

std::string known_hosts_line(const std::string& host, int port, std::string_view key_blob) {
  const std::string type = type_of(key_blob);
  if (!host_problem(host).empty() || type.empty() || type.find_first_of(" \t\r\n") != std::string::npos) return {};
  return cat(name_at(host, port), ' ', type, ' ', base64_encode(key_blob), '\n');
}

}  // namespace runbook::ssh
