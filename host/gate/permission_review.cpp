// SPDX-License-Identifier: Apache-2.0
#include "host/gate/permission_review.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <map>
#include <system_error>
#include <tuple>

#include "host/core/text.h"
#include "host/gate/permission_template.h"
#include "host/gate/permission_text.h"

namespace runbook {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Texts that stand for parameters, and the way back.
class Parameters {
 public:
  explicit Parameters(const PermissionScope& scope) : scope_(scope) {
    for (const auto& [name, value] : scope.params.members()) {
      add(name, value);
      for (const Value& item : value.items()) add(name, item);
    }
    // The longest first: a directory before a name that is part of it.
    std::stable_sort(known_.begin(), known_.end(),
                     [](const Known& a, const Known& b) { return a.text.size() > b.text.size(); });
  }

  std::string spell(const std::string& kind, const std::string& text) const {
    const bool path = kind == "read" || kind == "write" || (kind == "run" && text.starts_with('/'));
    const std::string spelt = put_back(text);
    if (!path || spelt.starts_with('{')) return spelt;
    if (const std::string below = rest_below(text, scope_.directory); !below.empty()) {
      // A program without a slash would be one of the system's.
      return cat(kind == "run" && below.find('/') == std::string::npos ? "./" : "", put_back(below));
    }
    if (kind == "run") return spelt;
    const std::string below = rest_below(text, scope_.home);
    return below.empty() ? spelt : cat("~/", put_back(below));
  }

 private:
  struct Known {
    std::string text, name;
    bool ambiguous = false;
  };

  void add(const std::string& name, const Value& value) {
    // Short values are found everywhere by accident; "3" says nothing of whose it is.
    constexpr std::size_t kShortest = 3;
    if (!value.is_string() && !value.is_integer()) return;
    const std::string text = value.is_string() ? value.as_string() : std::to_string(value.as_int());
    if (text.size() < kShortest || text == "/") return;
    add_text(name, text);
    // Operations name what they touch with its links followed.
    if (!text.starts_with('/')) return;
    std::error_code failed;
    const std::string real = std::filesystem::weakly_canonical(text, failed).string();
    if (!failed && real != text && real.size() >= kShortest) add_text(name, real);
  }

  void add_text(const std::string& name, const std::string& text) {
    for (Known& known : known_) {
      if (known.text != text) continue;
      known.ambiguous = known.ambiguous || known.name != name;
      return;
    }
    known_.push_back({text, name});
  }

  // The parameter whose value stands at `at`, and is not just the beginning of a longer word.
  const Known* at(const std::string& text, std::size_t at) const {
    for (const Known& known : known_) {
      if (text.compare(at, known.text.size(), known.text) != 0) continue;
      const std::size_t end = at + known.text.size();
      const bool from_within = at > 0 && is_word(text[at - 1]) && is_word(known.text.front());
      const bool to_within = end < text.size() && is_word(text[end]) && is_word(known.text.back());
      if (!from_within && !to_within) return &known;
    }
    return nullptr;
  }

  std::string put_back(const std::string& text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (const Known* known = at(text, i)) {
        out += known->ambiguous ? PermissionTemplate::plain(known->text) : cat("{", known->name, "}");
        i += known->text.size();
      } else {
        out += PermissionTemplate::plain(text.substr(i++, 1));
      }
    }
    return out;
  }

  static std::string rest_below(const std::string& path, const std::string& directory) {
    if (directory.size() < 2 || !path.starts_with('/')) return {};
    if (path == directory) return ".";
    return path.starts_with(directory + "/") ? path.substr(directory.size() + 1) : std::string();
  }

  const PermissionScope& scope_;
  std::vector<Known> known_;
};

/// Spells accesses, each once: with {name} where a permission takes that back to what it was, else as they are.
class Speller {
 public:
  explicit Speller(const PermissionScope& scope) : scope_(scope), parameters_(scope) {}

  Value propose(const std::vector<Access>& accesses) {
    return runbook::propose(accesses, [this](const Access& access, const std::string& text) {
      return returns(access) ? parameters_.spell(access.kind, text) : PermissionTemplate::plain(text);
    });
  }

 private:
  bool returns(const Access& access) {
    const auto [known, added] = returns_.try_emplace({access.kind, access.target, access.verb, access.name}, false);
    if (!added) return known->second;
    const Value table = runbook::propose(
        {access}, [this](const Access& one, const std::string& text) { return parameters_.spell(one.kind, text); });
    const auto back = Permissions::parse(table, scope_);
    return known->second = back.problems.empty() && back.permissions.covers(access);
  }

  const PermissionScope& scope_;
  Parameters parameters_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, bool> returns_;
};

Value table_of(const PermissionEntry& entry) {
  Value targets;
  if (entry.pattern.empty())
    targets.push(entry.target);
  else
    targets.set(entry.target, Value::strings({entry.pattern}));
  return Value::object({{entry.kind, std::move(targets)}});
}

}  // namespace

Value PermissionEntry::to_value() const {
  Value value = Value::object({{"kind", kind}, {"target", target}});
  if (!pattern.empty()) value.set("pattern", pattern);
  return value;
}

std::string PermissionEntry::show() const {
  return cat(kind, " '", printable(target), "'", pattern.empty() ? "" : " ", printable(pattern));
}

std::vector<PermissionEntry> permission_entries(const Value& table) {
  std::vector<PermissionEntry> entries;
  for (const auto& [kind, targets] : table.members()) {
    for (const Value& target : targets.items()) entries.push_back({kind, target.as_string(), ""});
    for (const auto& [target, patterns] : targets.members()) {
      for (const Value& pattern : patterns.items()) entries.push_back({kind, target, pattern.as_string()});
    }
  }
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  return entries;
}

Value propose_for(const std::vector<Access>& accesses, const PermissionScope& scope) {
  return Speller(scope).propose(accesses);
}

PermissionReview review_permissions(const std::vector<Access>& touched, const Value& declared,
                                    const PermissionScope& scope) {
  PermissionReview review;
  review.least = propose_for(touched, scope);
  review.undeclared = Permissions::parse(declared, scope).permissions.missing(touched);
  for (const PermissionEntry& entry : permission_entries(declared)) {
    const Permissions alone = Permissions::parse(table_of(entry), scope).permissions;
    if (std::none_of(touched.begin(), touched.end(), [&](const Access& access) { return alone.covers(access); }))
      review.unused.push_back(entry);
  }
  return review;
}

Value PermissionReview::to_value(const PermissionScope& scope) const {
  Value missing{Value::Array{}}, idle{Value::Array{}};
  Speller speller(scope);
  for (const Access& access : undeclared) {
    Value entry = Value::object({{"kind", access.kind},
                                 {"target", access.target},
                                 {"shown", show_access(access)},
                                 {"add", permissions_to_lua(speller.propose({access}), true)},
                                 {"allow", allow_option(access)}});
    if (!access.verb.empty()) entry.set("action", cat(access.verb, access.name.empty() ? "" : ":", access.name));
    missing.push(std::move(entry));
  }
  for (const PermissionEntry& entry : unused) idle.push(entry.to_value());
  return Value::object({{"permissions", least}, {"undeclared", std::move(missing)}, {"unused", std::move(idle)}});
}

PermissionChanges compare_permissions(const Value& before, const Value& now) {
  const auto old_entries = permission_entries(before), new_entries = permission_entries(now);
  PermissionChanges changes;
  std::set_difference(new_entries.begin(), new_entries.end(), old_entries.begin(), old_entries.end(),
                      std::back_inserter(changes.added));
  std::set_difference(old_entries.begin(), old_entries.end(), new_entries.begin(), new_entries.end(),
                      std::back_inserter(changes.gone));
  return changes;
}

}  // namespace runbook
