// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/config/config_match.h"

#include <algorithm>
#include <optional>

#include "host/core/text.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

/// One criterion of a Match line: "host a,b", "!user=root", "final".
struct Criterion {
  std::string name;  ///< in lower case, without '!'
  bool negated = false;
  std::string value;
};

bool takes_no_value(const std::string& name) { return name == "all" || name == "canonical" || name == "final"; }

bool is_unsupported(const std::string& name) {
  return name == "exec" || name == "localnetwork" || name == "tagged" || name == "command" || name == "sessiontype" ||
         name == "version";
}

bool is_known(const std::string& name) {
  return takes_no_value(name) || is_unsupported(name) || name == "host" || name == "originalhost" || name == "user" ||
         name == "localuser";
}

Result<std::vector<Criterion>> criteria_of(const std::vector<std::string>& words, const Place& place) {
  std::vector<Criterion> criteria;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    Criterion criterion;
    criterion.negated = word.starts_with('!');
    if (criterion.negated) word.erase(0, 1);
    const std::size_t equals = word.find('=');
    criterion.name = lower_case(word.substr(0, equals));
    if (!is_known(criterion.name)) {
      return place.error(cat("Match knows no ", shown(criterion.name)),
                         "expected all, host, originalhost, user, localuser, canonical or final");
    }
    if (!takes_no_value(criterion.name)) {
      if (equals != std::string::npos) {
        criterion.value = word.substr(equals + 1);
      } else {
        if (i + 1 < words.size() && words[i + 1] == "=") ++i;
        if (i + 1 < words.size()) criterion.value = words[++i];
      }
      if (criterion.value.empty()) return place.error(cat("Match ", criterion.name, " needs a value"));
    } else if (equals != std::string::npos) {
      return place.error(cat("Match ", criterion.name, " takes no value"));
    }
    criteria.push_back(std::move(criterion));
  }
  return criteria;
}

bool holds(const Criterion& criterion, const MatchFacts& facts) {
  const auto in_list = [&](const std::string& text, bool ignore_case) {
    // ssh compares the host in lower case, patterns included, and users as they are.
    return match_pattern_list(text, criterion.value, ignore_case) == ListMatch::kYes;
  };
  if (criterion.name == "all") return true;
  if (criterion.name == "host") return in_list(facts.host, true);
  if (criterion.name == "originalhost") return in_list(facts.original_host, true);
  if (criterion.name == "user") return in_list(facts.user, false);
  if (criterion.name == "localuser") return in_list(facts.local_user, false);
  return facts.final_pass;  // final; and canonical, which is so in that pass too
}

}  // namespace

Result<bool> match_host_line(const std::vector<std::string>& words, const std::string& host, const Place& place) {
  if (words.empty()) return place.error("Host needs a pattern");
  bool matches = false;
  for (const std::string& word : words) {
    if (word.empty()) return place.error("Host has an empty pattern");
    const bool negated = word.front() == '!';
    if (!match_pattern(host, std::string_view(word).substr(negated ? 1 : 0))) continue;
    if (negated) return false;
    matches = true;
  }
  return matches;
}

Result<MatchAnswer> match_match_line(const std::vector<std::string>& words, const MatchFacts& facts,
                                     const Place& place) {
  if (words.empty()) return place.error("Match needs a criterion");
  auto criteria = criteria_of(words, place);
  if (!criteria) return std::move(criteria).error();
  MatchAnswer answer{true, false};
  const Criterion* unsupported = nullptr;
  for (const Criterion& criterion : *criteria) {
    const bool alone = criteria->size() == 1 || (criteria->size() == 2 && &criterion == &criteria->back());
    if (criterion.name == "all" && !alone) return place.error("Match all cannot be combined with other criteria");
    if (criterion.name == "final") answer.wants_final_pass = true;
    if (is_unsupported(criterion.name)) {
      unsupported = &criterion;
    } else if (holds(criterion, facts) == criterion.negated) {
      answer.matches = false;
    }
  }
  if (answer.matches && unsupported != nullptr) {
    return place.error(
        cat("Match ", unsupported->name, " is not supported, and the line's other criteria hold for '",
            printable(facts.original_host), "'"),
        cat("use Host or Match host, or add '!originalhost ", printable(facts.original_host), "' to the line"));
  }
  return answer;
}

}  // namespace runbook::ssh
