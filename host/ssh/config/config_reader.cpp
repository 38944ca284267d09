// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/config/config_reader.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/ssh/config/config_match.h"
#include "host/ssh/config/config_tokens.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr int kMaxIncluded = 4096;  // a file that includes two which include two ... is deep nowhere and never ends

}  // namespace

ConfigReader::ConfigReader(const ConfigContext& context, std::string alias)
    : context_(context), alias_(std::move(alias)), host_(alias_) {}

Result<std::string> ConfigReader::host_name() const {
  std::string name = alias_;
  if (found_.host_name) {
    auto expanded = expand_tokens(*found_.host_name, {{'h', alias_}});
    if (!expanded) return std::move(expanded).error();
    name = *expanded;
    if (const std::string problem = host_problem(name); !problem.empty()) {
      return found_.host_name->place.error(cat("HostName ", shown(name), ' ', problem));
    }
  }
  return name.find(':') == std::string::npos ? lower_case(name) : name;
}

void ConfigReader::begin_final_pass(std::string host_name) {
  host_ = std::move(host_name);
  final_pass_ = true;
}

Status ConfigReader::read(const ConfigFile& file) {
  active_ = true;
  return read_text(file.text, file.path, file.system);
}

Status ConfigReader::read_text(std::string_view text, const std::string& file, bool system) {
  open_files_.push_back(file);
  Place place{file, 0};
  while (!text.empty()) {
    ++place.line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    RUNBOOK_TRY(read_line(text.substr(0, end), place, system));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  open_files_.pop_back();
  return Unit{};
}

Status ConfigReader::read_line(std::string_view text, const Place& place, bool system) {
  auto line = split_config_line(text, place);
  if (!line) return std::move(line).error();
  if (line->keyword.empty()) return Unit{};
  const KeywordEntry* entry = find_keyword(line->keyword);
  if (entry == nullptr) {
    // As in ssh, it hides nothing that is known.
    const auto& ignored = found_.ignore_unknown;
    if (ignored && match_pattern_list(line->keyword, *ignored, true) == ListMatch::kYes) return Unit{};
    const std::string nearest = nearest_keyword(line->keyword);
    return place.error(cat("unknown keyword ", shown(line->keyword)), nearest.empty()
                                                                          ? "name it in IgnoreUnknown to pass over it"
                                                                          : cat("did you mean ", nearest, "?"));
  }
  switch (entry->keyword) {
    case Keyword::kHost:
    case Keyword::kMatch: return begin_block(*entry, line->words, place);
    case Keyword::kInclude: return include(line->words, place, system);
    case Keyword::kPassedOver: return Unit{};
    case Keyword::kRefused:
    case Keyword::kProxyCommand: return refuse(*entry, line->words, place);
    default: return set(*entry, line->words, place);
  }
}

Status ConfigReader::begin_block(const KeywordEntry& entry, const Words& words, const Place& place) {
  if (entry.keyword == Keyword::kHost) {
    auto matches = match_host_line(words, host_, place);
    if (!matches) return std::move(matches).error();
    active_ = *matches;
    return Unit{};
  }
  auto name = host_name();
  if (!name) return std::move(name).error();
  const std::string user = found_.user ? found_.user->value : context_.local_user;
  auto answer = match_match_line(words, {*name, alias_, user, context_.local_user, final_pass_}, place);
  if (!answer) return std::move(answer).error();
  active_ = answer->matches;
  wants_final_pass_ = wants_final_pass_ || answer->wants_final_pass;
  return Unit{};
}

Result<std::vector<std::string>> ConfigReader::files_named(const std::string& word, const Place& place,
                                                           bool system) const {
  if (word.empty()) return place.error("Include has an empty name");
  if (system && word.front() == '~') return place.error("a file of the system cannot include one of '~'");
  auto path = expand_home({word, place}, context_.home);
  if (!path) return std::move(path).error();
  if (path->find('%') != std::string::npos) return place.error("tokens are not replaced in Include");
  if (!path->starts_with('/')) *path = cat(system ? "/etc/ssh/" : context_.home + "/.ssh/", *path);
  if (path->find_first_of("*?[") == std::string::npos) return Words{*path};
  return context_.list ? context_.list(*path) : Words{};
}

Status ConfigReader::include(const Words& words, const Place& place, bool system) {
  if (words.empty()) return place.error("Include needs a file");
  if (!active_) return Unit{};  // nothing in there could apply
  for (const std::string& word : words) {
    const auto files = files_named(word, place, system);
    if (!files) return files.error();
    for (const std::string& file : *files) {
      RUNBOOK_TRY(include_file(file, place, system));
      active_ = true;  // a Host in there ends with its file
    }
  }
  return Unit{};
}

Status ConfigReader::include_file(const std::string& path, const Place& place, bool system) {
  if (std::find(open_files_.begin(), open_files_.end(), path) != open_files_.end()) {
    return place.error(cat(shown(path), " includes itself"));
  }
  if (open_files_.size() > kMaxDepth) return place.error("files are included deeper than 16 times");
  if (++included_ > kMaxIncluded) return place.error(cat("more than ", kMaxIncluded, " files are included"));
  if (!context_.read) return Unit{};
  const Result<std::string> text = context_.read(path);
  if (text) return read_text(*text, path, system);
  if (text.error().code == "file.not_found") return Unit{};
  return place.error(cat("cannot include ", shown(path), ": ", text.error().message)).because(text.error());
}

}  // namespace runbook::ssh
