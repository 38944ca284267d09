// SPDX-License-Identifier: Apache-2.0
// Containers: files into one.
#include <charconv>

#include "host/core/text.h"
#include "modules/docker/container/container_path.h"
#include "modules/docker/container/tar_compare.h"
#include "modules/docker/container/tar_source.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

namespace {

constexpr double kTimeout = 3600;
constexpr unsigned kContentMode = 0644;

Result<unsigned> mode_of(const Value& args) {
  const std::string& text = args["mode"].as_string();
  unsigned mode = 0;
  const auto [rest, bad] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (bad == std::errc() && rest == text.data() + text.size() && mode <= 07777) return mode;
  return Error("argument.invalid", cat("'", printable(text), "' is not a mode"), "write it in octal: \"0644\"");
}

/// A copy that is on its way: what is sent, and where to.
struct Copy {
  Job::Ptr job;
  std::vector<Access> allowed;
  End from, to;
  std::string real;               ///< of the source, resolved
  std::string directory;          ///< of the container, into which the archive goes
  std::shared_ptr<const std::vector<TarItem>> items;
  std::vector<std::string> roots; ///< names in the archive that are at its top
  std::size_t compared = 0;
  std::shared_ptr<TarCompare> comparison;
  TarOwner owner;
};
using CopyPtr = std::shared_ptr<Copy>;

double timeout_of(const Value& args) { return args["timeout"].is_null() ? kTimeout : args["timeout"].as_number(); }

void finish(const CopyPtr& copy, bool changed) {
  std::int64_t size = 0;
  for (const TarItem& item : *copy->items) size += item.entry.type == "file" ? static_cast<std::int64_t>(item.entry.size) : 0;
  copy->job->finish(Value::object({{"name", copy->job->name()},
                                   {"path", copy->to.path},
                                   {"files", static_cast<std::int64_t>(copy->items->size())},
                                   {"size", size},
                                   {"changed", changed}}));
}

void send(const CopyPtr& copy) {
  Call ask = archive_call("PUT", copy->job->name(), copy->directory);
  ask.query.emplace_back("noOverwriteDirNonDir", "true");
  ask.timeout = timeout_of(copy->job->args());
  ask.headers.emplace_back("Content-Type", "application/x-tar");
  auto source = std::make_shared<TarSource>(copy->job->files(), *copy->items, copy->owner);
  ask.body_source = [source, &loop = copy->job->loop()](Callback<void(Result<std::string>)> next) {
    return loop.blocking<std::string>([source] { return source->next(); }, std::move(next));
  };
  copy->job->attempt(std::move(ask), [copy](Result<HttpResponse> answer) {
    if (answer) return finish(copy, true);
    Error error = std::move(answer).error();
    const bool kinds = error.message.find("cannot overwrite") != std::string::npos || error.message.find("read-only") != std::string::npos;
    if (kinds) error.code = "docker.conflict";
    copy->job->fail(std::move(error));
  });
}

void judge(const CopyPtr& copy) {
  copy->job->blocking<bool>(
      [copy] { return copy->comparison->all_there(); },
      [copy](bool same) { same ? finish(copy, false) : send(copy); });
}

// Has the container's side of the next root, if it is worth looking at.
void compare(const CopyPtr& copy) {
  if (copy->compared == copy->roots.size()) return judge(copy);
  const std::string root = copy->roots[copy->compared++];
  auto flow = std::make_shared<HttpFlow>();
  copy->comparison->expect(root);
  auto intake = std::make_shared<Intake>(
      copy->job->loop(), copy->comparison, [flow](bool hold) { hold ? flow->pause() : flow->resume(); },
      [weak = std::weak_ptr<Job>(copy->job)](Error error) {
        if (auto of = weak.lock()) of->abort(std::move(error));
      });
  Call ask = archive_call("GET", copy->job->name(), (copy->directory == "/" ? "" : copy->directory) + "/" + root);
  ask.timeout = timeout_of(copy->job->args());
  ask.flow = flow;
  ask.on_chunk = [intake](std::string_view bytes) { intake->feed(bytes); };
  copy->job->attempt(std::move(ask), [copy, intake](Result<HttpResponse> answer) {
    if (!answer && answer.error().code == "docker.not_found") return send(copy);
    if (!answer) return copy->job->fail(std::move(answer).error());
    copy->job->on_cancel([intake] { intake->drop(); });
    intake->end([copy](Status ended) {
      if (!ended) return copy->job->fail(std::move(ended).error());
      compare(copy);
    });
  });
}

// What the archive holds, now that it is known what it is to be called.
Result<std::vector<TarItem>> collect(const files::Tree& files, const Value& args, const std::string& real, const std::string& name) {
  if (args["path"].is_null()) {
    TarItem item;
    item.name = name;
    item.content = args["content"].reveal();
    item.entry.type = "file";
    item.entry.size = item.content.size();
    item.entry.mode = args["mode"].is_null() ? kContentMode : mode_of(args).value();
    return std::vector<TarItem>{std::move(item)};
  }
  auto items = tar_items(files, real, name);
  if (!items || args["mode"].is_null()) return items;
  for (TarItem& item : *items) {
    if (item.entry.type == "file") item.entry.mode = mode_of(args).value();
  }
  return items;
}

void plan(const CopyPtr& copy, const PathStat& there) {
  if (there.directory && copy->real.empty()) {
    return copy->job->fail(Error("docker.conflict", cat("'", printable(copy->to.path), "' in container '", copy->job->name(), "' is a directory")));
  }
  auto target = copied_path(copy->from, copy->to);
  if (!target) return copy->job->fail(Error(target.error()).with("container", copy->job->name()));
  // Into a directory that is there: its files by themselves. Else the archive brings the new name along.
  const bool spread = copy->to.exists && copy->from.contents;
  copy->to.path = *target;
  copy->directory = spread ? *target : parent_of(*target);
  const std::string name = spread ? "" : base_name(*target);
  auto work = [files = copy->job->files(), args = copy->job->args(), real = copy->real, name] { return collect(*files, args, real, name); };
  copy->job->blocking<std::vector<TarItem>>(std::move(work), [copy, there](std::vector<TarItem> items) {
    copy->items = std::make_shared<const std::vector<TarItem>>(std::move(items));
    for (const TarItem& item : *copy->items) {
      if (item.name.find('/') == std::string::npos) copy->roots.push_back(item.name);
    }
    const bool other_size = there.file && !copy->from.directory && there.size != copy->items->at(0).entry.size;
    const bool absent = !copy->to.exists || other_size;
    if (absent) return send(copy);
    copy->comparison = std::make_shared<TarCompare>(copy->job->files(), copy->items, copy->owner);
    compare(copy);
  });
}

void look(const CopyPtr& copy) {
  stat_path(copy->job, copy->to.path, true, [copy](const std::string& reached, const PathStat& stat) {
    copy->to.path = reached;
    copy->to.exists = stat.exists;
    copy->to.directory = stat.directory;
    plan(copy, stat);
  });
}

Result<std::string> source_of(const files::Tree& files, const std::vector<Access>& allowed, const std::string& given, End& from) {
  auto real = reach(files, given, allowed);
  if (!real) return real;
  auto entry = files.stat(*real);
  if (!entry) return Error("docker.file", entry.error().message, entry.error().hint);
  from.exists = true;
  from.directory = entry->type == "directory";
  if (from.slash && !from.directory) return Error("docker.file", cat("'", printable(given), "' is no directory"));
  if (!from.directory && entry->type != "file") return Error("docker.file", cat("'", printable(given), "' is no file but a ", entry->type));
  return real;
}

Cancel copy_to(Invocation call, Done done) {
  const auto allowed = call.allowed;
  return Job::start(std::move(call), std::move(done), [allowed](const Job::Ptr& job) {
    const Value& args = job->args();
    if (args["path"].is_null() == args["content"].is_null()) {
      return job->fail(Error("argument.invalid", "what is copied is a 'path' or a 'content'"));
    }
    if (!args["mode"].is_null()) {
      if (auto mode = mode_of(args); !mode) return job->fail(std::move(mode).error());
    }
    auto copy = std::make_shared<Copy>();
    copy->job = job;
    copy->allowed = allowed;
    copy->owner = {args["uid"].as_int(), args["gid"].as_int()};
    copy->to = end_of(args["to"].as_string());
    if (args["path"].is_null()) {
      copy->from.path = copy->to.path;  // a text has no name of its own
      return look(copy);
    }
    copy->from = end_of(args["path"].as_string());
    job->blocking<std::string>(
        [copy, files = job->files(), given = args["path"].as_string()] { return source_of(*files, copy->allowed, given, copy->from); },
        [copy](std::string real) {
          copy->real = std::move(real);
          look(copy);
        });
  });
}

}  // namespace

const Operation kContainerCopyTo = {
    .name = "docker.container_copy_to",
    .effect = Effect::kChange,
    .fields = {{"name", Type::kString, kPositionalRequired},
               {"path", Type::kPath},
               {"content", Type::kSecret},
               {"to", Type::kString, Field::kRequired},
               {"mode", Type::kString},
               {"uid", Type::kInteger},
               {"gid", Type::kInteger},
               {"timeout", Type::kDuration}},
    .access =
        [](World& world, const Value& args) {
          Accesses out{engine_access(args, "container.copy_to", args["name"].as_string())};
          if (args["path"].is_string()) out.push_back(read_access(world, args["path"].as_string()));
          return out;
        },
    .perform = copy_to,
    .timeout = kTimeout,
    .describe =
        [](const Value& args) {
          return cat("copy ", args["path"].is_null() ? "a text" : cat("'", args["path"].as_string(), "'"), " to '",
                     printable(args["to"].as_string()), "' in container '", args["name"].as_string(), "'");
        },
    // What was copied before is seen to be the same.
    .probe = [](Invocation, Done done) -> Cancel {
      done(Value(false));
      return {};
    },
};

}  // namespace runbook::docker
