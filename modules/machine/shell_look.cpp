// SPDX-License-Identifier: Apache-2.0
// Looking at files by scripts: one round trip for each question.
#include <algorithm>
#include <map>

#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/shell_ask.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

namespace {

// Runs a script about `path` and gives what `answer` makes of what it printed.
Cancel ask(Invocation& call, const Variables& variables, const char* script, std::string input, const char* doing,
           std::string path, ShellAnswer answer, Done done, std::size_t most = ShellScript().most_kept) {
  ShellScript text;
  text.most_kept = most;
  text.text = cat(kBaseFunctions, variables.text(), script);
  text.input = std::move(input);
  return ask_script(call.world, call.args["target"], std::move(text), shell_failure(doing, std::move(path)),
                    std::move(answer), std::move(done));
}

bool is_nothing(const Error& error) {
  return error.code == "machine.not_found" || error.code == "machine.not_directory";
}

Cancel stat_path(bool find, Invocation call, const std::string& path, Done done) {
  const bool follow = call.args["follow"].as_bool(true);
  auto answer = [path, follow](const ShellEnd& end) -> Result<Value> {
    Records records(end);
    auto where = records.where();
    auto found = records.facts();
    if (!where || !found) return garbled(path);
    const std::string real = follow ? *where : path_in(*where, last_of(path));
    found->entry.name = last_of(real);
    return entry_value(*found, real);
  };
  return ask(call, Variables().path(path).set("a", path), follow ? kStatFollowScript : kStatScript, {}, "stat", path,
             std::move(answer), [find, done = std::move(done)](Result<Value> result) mutable {
               if (!result && find && is_nothing(result.error())) return done(Value());
               done(std::move(result));
             });
}

Cancel read_path(Invocation call, const std::string& path, Done done) {
  const std::int64_t limit = call.args["limit"].as_int(kReadLimit);
  return ask(
      call, Variables().set("a", path).set("limit", limit).set("over", limit + 1), kReadScript, {}, "read", path,
      [path, limit](const ShellEnd& end) -> Result<Value> {
        if (static_cast<std::int64_t>(end.out.size()) <= limit) return Value(end.out);
        return Error("machine.too_large", cat("'", printable(path), "' is larger than the limit of ", limit, " bytes"));
      },
      std::move(done), std::max(static_cast<std::size_t>(limit) + 1, ShellScript().most_kept));
}

Result<Value> listing(const ShellEnd& end, const std::string& path) {
  Records records(end);
  auto where = records.where();
  if (!where) return garbled(path);
  std::map<std::string, Found> entries;
  for (;;) {
    const auto piece = records.piece();
    if (!piece) return garbled(path);
    if (piece->empty()) break;
    auto found = Records::parse(*piece);
    if (!found || found->entry.name.empty()) return garbled(path);
    std::string name = found->entry.name;
    entries.emplace(std::move(name), std::move(*found));
  }
  for (auto name = records.piece(); name; name = records.piece()) {
    const auto target = records.piece();
    if (!target) return garbled(path);
    const auto entry = entries.find(std::string(name->substr(std::min<std::size_t>(2, name->size()))));
    if (entry != entries.end()) entry->second.entry.target = *target;
  }
  Value out = Value::Array{};
  for (const auto& [name, found] : entries) out.push(entry_value(found, path_in(*where, name)));
  return out;
}

Cancel list_path(Invocation call, const std::string& path, Done done) {
  // "." and ".." are not listed; the three patterns stand for themselves where nothing matches them.
  return ask(
      call, Variables().set("a", path).set("most", static_cast<std::int64_t>(kMostEntries)), kListScript, {}, "list",
      path, [path](const ShellEnd& end) { return listing(end, path); }, std::move(done));
}

Cancel checksum(Invocation call, const std::string& path, Done done) {
  return ask(
      call, Variables().set("a", path), kChecksumScript, {}, "read", path,
      [path](const ShellEnd& end) -> Result<Value> {
        if (end.out.size() < 64) return garbled(path);
        return Value(end.out.substr(0, 64));
      },
      std::move(done));
}

Result<Value> verify_answer(const ShellEnd& end, const Value& args, const std::string& path) {
  Records records(end);
  const auto ids = records.ids();
  auto where = records.where();
  auto found = records.facts();
  auto mode = mode_of(args);
  if (!ids || !where || !found || !mode) return garbled(path);
  Wanted wanted;
  wanted.attributes.mode = *mode;
  wanted.attributes.uid = ids->uid;
  wanted.attributes.gid = ids->gid;
  wanted.owner = args["owner"].as_string();
  wanted.group = args["group"].as_string();
  const std::string real = path_in(*where, last_of(path));
  found->entry.name = last_of(real);
  Compared compared;
  if (!args["content"].is_null() && found->entry.type == "file") {
    const std::string_view how = records.line();
    compared.same = how == "same";
    if (how == "content") {
      compared.same = records.rest() == args["content"].reveal();
      compared.content = records.rest();
    }
  }
  return verified(*found, wanted, compared, args, real);
}

Cancel verify(Invocation call, const std::string& path, Done done) {
  if (auto mode = mode_of(call.args); !mode) {
    done(std::move(mode).error());
    return {};
  }
  const Value& content = call.args["content"];
  Variables variables;
  variables.path(path).set("owner", call.args["owner"].as_string()).set("group", call.args["group"].as_string());
  variables.flag("compare", !content.is_null())
      .flag("hidden", !is_shown(content))
      .set("most", static_cast<std::int64_t>(kMostCompared));
  std::string input = content.is_null() ? "" : sha256_text(content.reveal()) + "\n";
  return ask(
      call, variables, kVerifyScript, std::move(input), "read", path,
      [path, args = call.args](const ShellEnd& end) { return verify_answer(end, args, path); },
      [path, args = call.args, done = std::move(done)](Result<Value> result) mutable {
        if (!result && result.error().code == "machine.not_found") return done(verified_absent(args, path));
        done(std::move(result));
      });
}

// A probe's question that cannot be answered because of the files there has the answer no.
Done as_no(std::initializer_list<const char*> codes, bool nothing_means, Done done) {
  return [codes = std::vector<std::string>(codes.begin(), codes.end()), nothing_means,
          done = std::move(done)](Result<Value> result) mutable {
    if (result) return done(std::move(result));
    const std::string& code = result.error().code;
    if (code == "machine.not_found") return done(Value(nothing_means));
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return done(Value(false));
    done(std::move(result));
  };
}

// What is at a path itself.
Invocation of_link(const Invocation& call) {
  return {call.world, Value::object({{"target", call.args["target"]}, {"follow", false}}), {}};
}

Cancel probe(Verb verb, Invocation call, const std::string& path, Done done) {
  switch (verb) {
    case Verb::kCopy:
    case Verb::kRename: {
      auto from = shell_path(call.args["from"]);
      if (!from) {
        done(std::move(from).error());
        return {};
      }
      const bool copy = verb == Verb::kCopy;
      return ask(
          call, Variables().path(path).set("a", *from), copy ? kProbeCopyScript : kProbeTwoScript, {}, "read", path,
          [copy](const ShellEnd& end) -> Result<Value> {
            const std::vector<std::string> lines = split(trim(end.out), '\n');
            if (lines.size() < 2) return Value(false);
            return copy ? Value(lines[0] == lines[1]) : Value(lines[0] == "absent" && lines[1] == "there");
          },
          as_no({"machine.not_directory", "machine.not_regular", "machine.permission", "machine.links"}, false,
                std::move(done)));
    }
    case Verb::kRemove:
      return stat_path(false, of_link(call), path,
                       as_no({"machine.not_directory", "machine.permission"}, true,
                             [done = std::move(done)](Result<Value> result) mutable {
                               if (result && result->is_object()) return done(Value(false));
                               done(std::move(result));
                             }));
    case Verb::kLinkCreate:
      return stat_path(
          false, of_link(call), path,
          as_no({"machine.not_directory", "machine.permission"}, false,
                [to = call.args["to"].as_string(), done = std::move(done)](Result<Value> result) mutable {
                  if (!result || !result->is_object()) return done(std::move(result));
                  done(Value((*result)["type"].as_string() == "link" && (*result)["target"].as_string() == to));
                }));
    default:
      return verify(std::move(call), path, [verb, done = std::move(done)](Result<Value> state) mutable {
        if (!state) return done(std::move(state));
        done(Value(as_described(verb, *state)));
      });
  }
}

}  // namespace

std::string last_of(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? "." : name;
}

Result<std::string> shell_path(const Value& path) {
  if (Status good = files::check_path(path.as_string()); !good) return own(std::move(good).error());
  return files::normalise(path.as_string());
}

Cancel shell_look(Phase phase, Verb verb, Invocation call, Done done) {
  const bool two = verb == Verb::kCopy || verb == Verb::kRename;
  auto path = shell_path(call.args[two ? "to" : "path"]);
  if (!path) {
    done(std::move(path).error());
    return {};
  }
  if (phase == Phase::kProbe) return probe(verb, std::move(call), *path, std::move(done));
  switch (verb) {
    case Verb::kStat:
    case Verb::kFind: return stat_path(verb == Verb::kFind, std::move(call), *path, std::move(done));
    case Verb::kRead: return read_path(std::move(call), *path, std::move(done));
    case Verb::kList: return list_path(std::move(call), *path, std::move(done));
    case Verb::kChecksum: return checksum(std::move(call), *path, std::move(done));
    default: return verify(std::move(call), *path, std::move(done));
  }
}

namespace {

// What the script found, as undo keeps it.
Result<Value> captured(Records& records, const std::string& path, bool attributes) {
  auto where = records.where();
  auto found = records.facts();
  if (!where || !found) return garbled(path);
  const std::string real = path_in(*where, last_of(path));
  found->entry.name = last_of(real);
  if (attributes) return entry_value(*found, real);
  const std::string_view how = records.line();
  if (how == "full") return kept_lost();
  return kept_value(*found, how == "content" ? std::optional(std::string(records.rest())) : std::nullopt, real);
}

}  // namespace

Cancel shell_capture(Verb verb, Invocation call, Done done) {
  auto path = shell_path(call.args[verb == Verb::kCopy || verb == Verb::kRename ? "to" : "path"]);
  if (!path) {
    done(std::move(path).error());
    return {};
  }
  const bool attributes = verb == Verb::kAttributesUpdate, parents = verb == Verb::kDirectoryCreate;
  Variables variables;
  variables.path(*path)
      .flag("parents", parents)
      .flag("content", !attributes)
      .set("most", static_cast<std::int64_t>(kMostKept));
  variables.flag("recursive", verb == Verb::kRemove && call.args["recursive"].as_bool());
  ShellScript script;
  script.text = cat(kBaseFunctions, variables.text(), kCaptureScript);
  return run_script(call.world, call.args["target"], std::move(script),
                    [path = *path, attributes, parents, done = std::move(done)](Result<ShellEnd> end) mutable {
                      if (!end) return done(std::move(end).error());
                      Records records(*end);
                      Value made = Value::Array{};
                      for (auto piece = parents ? records.piece() : std::nullopt; piece && !piece->empty();
                           piece = records.piece())
                        made.push(*piece);
                      const auto give = [&](Value kept) {
                        if (parents) kept.set("parents", std::move(made));
                        done(std::move(kept));
                      };
                      if (end->code != 0 || !end->reason.empty()) {
                        Error error = shell_error(*end, "stat", path);
                        if (error.code == "machine.not_found" && !attributes) return give(kept_absent());
                        return done(std::move(error));
                      }
                      auto kept = captured(records, path, attributes);
                      if (!kept || attributes) return done(std::move(kept));
                      give(std::move(*kept));
                    });
}

}  // namespace runbook::machine
