// SPDX-License-Identifier: Apache-2.0
// On a simulated machine files belong to somebody, and who logs in there may do what a kernel would let them: a runbook
// that forgets sudo fails in its test, too.
#include <algorithm>
#include <cerrno>

#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/simulated.h"

namespace runbook::machine {

namespace {

constexpr std::uint64_t kMostAccounts = 1 << 20;
constexpr unsigned kRead = 4, kWrite = 2, kSearch = 1;

std::vector<std::vector<std::string>> accounts(const files::Tree& files, const char* path) {
  std::vector<std::vector<std::string>> all;
  const auto text = files.read(path, kMostAccounts);
  if (!text) return all;
  for (const std::string& line : split(*text, '\n')) {
    if (auto fields = split(line, ':'); fields.size() > 3) all.push_back(std::move(fields));
  }
  return all;
}

std::uint32_t number_of(const std::string& text) {
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool may(const files::Entry& entry, const Somebody& who, unsigned wanted) {
  unsigned bits = entry.mode & 7;
  if (std::find(who.groups.begin(), who.groups.end(), entry.gid) != who.groups.end()) bits = entry.mode >> 3U & 7;
  if (entry.uid == who.uid) bits = entry.mode >> 6U & 7;
  return (bits & wanted) == wanted;
}

/// The questions about one call.
class Judge {
 public:
  Judge(const files::Tree& files, const Somebody& who, const char* doing) : files_(files), who_(who), doing_(doing) {}

  /// What is there may be used so; what is not there is the operation's to tell.
  Status there(const std::string& path, unsigned wanted) const {
    RUNBOOK_TRY(reach(path));
    const auto entry = files_.stat(path);
    if (entry && !may(*entry, who_, wanted)) return refused(EACCES, path);
    return Unit{};
  }
  /// Its directory, or the one that its directories would be made in, may be changed.
  Status beside(const std::string& path) const {
    RUNBOOK_TRY(reach(path));
    for (std::string parent = parent_of(path);; parent = parent_of(parent)) {
      const auto entry = files_.stat(parent);
      if (entry) return may(*entry, who_, kWrite | kSearch) ? Status(Unit{}) : refused(EACCES, path);
      if (parent == "/") return Unit{};
    }
  }
  /// Its mode and owner may be changed.
  Status owned(const std::string& path, const Value& args) const {
    RUNBOOK_TRY(reach(path));
    const auto entry = files_.stat(path);
    if (entry && entry->uid != who_.uid) return refused(EPERM, path);
    return owners(path, args);
  }
  /// A file is given to others by root alone, but to one's own groups.
  Status owners(const std::string& path, const Value& args) const {
    if (args.has("owner")) {
      const auto uid = files_.user_id(args["owner"].as_string());
      if (uid && *uid != who_.uid) return refused(EPERM, path);
    }
    if (args.has("group")) {
      const auto gid = files_.group_id(args["group"].as_string());
      if (gid && std::find(who_.groups.begin(), who_.groups.end(), *gid) == who_.groups.end())
        return refused(EPERM, path);
    }
    return Unit{};
  }

 private:
  Status reach(const std::string& path) const {
    for (std::size_t slash = 0; slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const auto entry = files_.stat(slash == 0 ? "/" : path.substr(0, slash));
      if (entry && entry->type == "directory" && !may(*entry, who_, kSearch)) return refused(EACCES, path);
    }
    return Unit{};
  }
  Status refused(int number, const std::string& path) const { return own(files::error(number, doing_, path)); }

  const files::Tree& files_;
  const Somebody& who_;
  const char* doing_;
};

std::string resolved(const files::Tree& files, const Value& path, files::Last last) {
  auto real = files.resolve(path.as_string(), last);
  return real ? std::move(*real) : path.as_string();
}

}  // namespace

Result<Somebody> somebody(const files::Tree& files, const std::string& name) {
  for (const auto& fields : accounts(files, "/etc/passwd")) {
    if (fields[0] != name) continue;
    Somebody who{
        name, fields.size() > 5 ? fields[5] : "/", number_of(fields[2]), number_of(fields[3]), {number_of(fields[3])}};
    for (const auto& group : accounts(files, "/etc/group")) {
      const std::vector<std::string> members = split(group[3], ',');
      if (std::find(members.begin(), members.end(), name) != members.end()) who.groups.push_back(number_of(group[2]));
    }
    return who;
  }
  return Error("machine.unknown_user", cat("there is no user '", printable(name), "' there"));
}

Status permitted(const files::Tree& files, const Somebody& who, Verb verb, const Value& args) {
  if (who.uid == 0) return Unit{};
  const Judge judge(files, who, doing(verb));
  const auto kept = [&](const char* key) { return resolved(files, args[key], files::Last::kKeep); };
  const auto followed = [&](const char* key) { return resolved(files, args[key], files::Last::kFollow); };
  switch (verb) {
    case Verb::kStat:
    case Verb::kFind: return judge.there(kept("path"), 0);
    case Verb::kList: return judge.there(followed("path"), kRead | kSearch);
    case Verb::kRead:
    case Verb::kChecksum: return judge.there(followed("path"), kRead);
    case Verb::kFileVerify: return judge.there(kept("path"), args["content"].is_null() ? 0 : kRead);
    case Verb::kAttributesUpdate: return judge.owned(kept("path"), args);
    case Verb::kRename: RUNBOOK_TRY(judge.beside(kept("from"))); return judge.beside(kept("to"));
    case Verb::kCopy:
      RUNBOOK_TRY(judge.there(followed("from"), kRead));
      RUNBOOK_TRY(judge.beside(kept("to")));
      return judge.owners(kept("to"), args);
    case Verb::kAppend:
      if (files.stat(kept("path"))) {
        RUNBOOK_TRY(judge.there(kept("path"), kWrite));
        return judge.owners(kept("path"), args);
      }
      break;
    default: break;
  }
  RUNBOOK_TRY(judge.beside(kept("path")));
  return judge.owners(kept("path"), args);
}

Status own_what_is_new(const files::Tree& files, const Somebody& who, Verb verb, Value& args) {
  if (who.uid == 0) return Unit{};
  const bool makes =
      verb == Verb::kWrite || verb == Verb::kAppend || verb == Verb::kCopy || verb == Verb::kDirectoryCreate;
  const std::string path = resolved(files, args[verb == Verb::kCopy ? "to" : "path"], files::Last::kKeep);
  if (!makes || files.stat(path)) return Unit{};
  if (!args.has("owner")) args.set("owner", std::to_string(who.uid));
  if (!args.has("group")) args.set("group", std::to_string(who.gid));
  if (verb != Verb::kDirectoryCreate) return Unit{};
  std::vector<std::string> missing;
  for (std::string parent = parent_of(path); !files.stat(parent); parent = parent_of(parent)) missing.push_back(parent);
  files::Attributes attributes;
  attributes.uid = who.uid;
  attributes.gid = who.gid;
  for (auto parent = missing.rbegin(); parent != missing.rend(); ++parent)
    RUNBOOK_TRY(files.directory_create(*parent, attributes));
  return Unit{};
}

}  // namespace runbook::machine
