// SPDX-License-Identifier: Apache-2.0
//
// The values of keywords. They are read even in blocks that do not apply, so that a mistake is found before it matters.
#include <algorithm>

#include "host/core/text.h"
#include "host/ssh/config/config_reader.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

constexpr std::size_t kMaxIdentityFiles = 100;  // as in ssh

template <class T>
void keep_first(std::optional<T>& kept, T value) {
  if (!kept) kept = std::move(value);
}

std::optional<bool> parse_yes_no(const std::string& word) {
  const std::string lower = lower_case(word);
  if (lower == "yes" || lower == "true") return true;
  if (lower == "no" || lower == "false") return false;
  return std::nullopt;
}

std::optional<std::string> parse_strictness(const std::string& word) {
  const std::string lower = lower_case(word);
  if (lower == "yes" || lower == "true") return "yes";
  if (lower == "no" || lower == "false" || lower == "off") return "no";
  if (lower == "ask" || lower == "accept-new") return lower;
  return std::nullopt;
}

Error bad_value(const KeywordEntry& entry, const std::string& word, std::string_view expected, const Place& place) {
  return place.error(cat(entry.name, ' ', shown(word), ": expected ", expected));
}

}  // namespace

Status ConfigReader::set(const KeywordEntry& entry, const Words& words, const Place& place) {
  if (words.empty() || words.front().empty()) return place.error(cat(entry.name, " needs a value"));
  if (entry.keyword == Keyword::kUserKnownHostsFile) return set_known_hosts(words, place);
  if (words.size() > 1) return place.error(cat("more than one value after ", entry.name), "put quotes around spaces");
  const std::string& word = words.front();
  switch (entry.keyword) {
    case Keyword::kIdentityFile: return add_file(found_.identity_files, entry, word, place);
    case Keyword::kCertificateFile: return add_file(found_.certificate_files, entry, word, place);
    case Keyword::kPort:
    case Keyword::kServerAliveInterval:
    case Keyword::kServerAliveCountMax:
    case Keyword::kRequiredRsaSize:
    case Keyword::kConnectTimeout: return set_number(entry, word, place);
    default: return set_word(entry, word, place);
  }
}

Status ConfigReader::add_file(std::vector<Said>& files, const KeywordEntry& entry, const std::string& word,
                              const Place& place) {
  if (!active_) return Unit{};
  const auto same = [&](const Said& said) { return said.value == word; };
  if (std::any_of(files.begin(), files.end(), same)) return Unit{};
  if (files.size() == kMaxIdentityFiles) return place.error(cat("more than 100 times ", entry.name));
  files.push_back({word, place});
  return Unit{};
}

Status ConfigReader::set_known_hosts(const Words& words, const Place& place) {
  std::vector<Said> files;
  for (const std::string& word : words) {
    if (word.empty()) return place.error("UserKnownHostsFile has an empty name");
    if (word == "none" && words.size() > 1) return place.error("UserKnownHostsFile 'none' must stand alone");
    files.push_back({word, place});
  }
  if (active_) keep_first(found_.known_hosts_files, std::move(files));
  return Unit{};
}

Status ConfigReader::set_number(const KeywordEntry& entry, const std::string& word, const Place& place) {
  if (entry.keyword == Keyword::kPort) {
    const auto port = parse_port(word);
    if (!port) return bad_value(entry, word, "a number from 1 to 65535", place);
    if (active_) keep_first(found_.port, *port);
    return Unit{};
  }
  if (entry.keyword == Keyword::kServerAliveCountMax || entry.keyword == Keyword::kRequiredRsaSize) {
    const auto count = parse_count(word);
    if (!count) return bad_value(entry, word, "a number", place);
    if (active_) keep_first(entry.keyword == Keyword::kRequiredRsaSize ? found_.required_rsa_size : found_.alive_count, *count);
    return Unit{};
  }
  if (word == "none") return Unit{};  // to ssh as if it were not said
  const auto seconds = parse_ssh_time(word);
  if (!seconds) return bad_value(entry, word, "a time such as 90 or 1m30s", place);
  if (active_) {
    keep_first(entry.keyword == Keyword::kConnectTimeout ? found_.connect_timeout : found_.alive_interval, *seconds);
  }
  return Unit{};
}

Status ConfigReader::set_word(const KeywordEntry& entry, const std::string& word, const Place& place) {
  switch (entry.keyword) {
    case Keyword::kIdentitiesOnly: {
      const auto yes = parse_yes_no(word);
      if (!yes) return bad_value(entry, word, "yes or no", place);
      if (active_) keep_first(found_.identities_only, *yes);
      return Unit{};
    }
    case Keyword::kStrictHostKeyChecking: {
      const auto how = parse_strictness(word);
      if (!how) return bad_value(entry, word, "yes, accept-new, ask or no", place);
      if (active_) keep_first(found_.strict_host_key_checking, *how);
      return Unit{};
    }
    case Keyword::kUser:
      if (const std::string problem = user_problem(word); !problem.empty()) {
        return place.error(cat("User ", shown(word), ' ', problem));
      }
      if (active_) keep_first(found_.user, {word, place});
      return Unit{};
    case Keyword::kHostName:
      if (active_) keep_first(found_.host_name, {word, place});
      return Unit{};
    case Keyword::kIdentityAgent:
      if (active_) keep_first(found_.identity_agent, {word, place});
      return Unit{};
    case Keyword::kProxyJump:
      if (active_) keep_first(found_.proxy, {lower_case(word) == "none" ? "none" : word, place});
      return Unit{};
    default:
      if (active_) keep_first(found_.ignore_unknown, word);
      return Unit{};
  }
}

Status ConfigReader::refuse(const KeywordEntry& entry, const Words& words, const Place& place) {
  if (words.empty()) return place.error(cat(entry.name, " needs a value"));
  if (!active_) return Unit{};
  if (entry.keyword == Keyword::kProxyCommand) {
    if (found_.proxy) return Unit{};  // a ProxyJump was said before
    if (words.front() == "none") {
      found_.proxy = Said{"none", place};
      return Unit{};
    }
    return place.error(cat("ProxyCommand applies to '", alias_, "': runbook starts no programs to reach a host"),
                       "use ProxyJump, or put 'ProxyCommand none' before it for this host");
  }
  const std::string name = lower_case(entry.name);
  if (harmless_.count(name) != 0) return Unit{};
  const std::vector<std::string> harmless = split(entry.harmless, ',');
  for (const std::string& word : words) {
    if (word.empty() || std::find(harmless.begin(), harmless.end(), lower_case(word)) == harmless.end()) {
      return place.error(cat(entry.name, " applies to '", alias_, "' and is not supported"), entry.hint);
    }
  }
  harmless_.insert(name);
  return Unit{};
}

}  // namespace runbook::ssh
