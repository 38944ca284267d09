// SPDX-License-Identifier: Apache-2.0
#include "modules/db/sqlite_operations.h"

#include <algorithm>

#include "host/core/files.h"
#include "host/core/text.h"
#include "modules/db/sqlite.h"

namespace runbook::db {

namespace {

constexpr double kTimeout = 30;
constexpr double kBackupTimeout = 600;

using Accesses = std::vector<runbook::Access>;

std::string resolved(const files::Tree& files, const std::string& path, files::Last last) {
  auto real = files.resolve(path, last);
  return real ? std::move(*real) : files::normalise(path);
}

// The name of a permission is where the path leads: "sqlite:/srv/app/data.db".
runbook::Access database(World& world, const Value& args, const char* verb) {
  return {"db", "sqlite:" + resolved(world.service<files::Tree>(), args["target"].as_string(), files::Last::kFollow), verb, ""};
}

/// A call on a worker thread: its paths as they were permitted, and its patience.
struct Work {
  files::TreePtr files;
  std::string path;
  Value args;
  PatiencePtr patience;
};

Cancel on_worker(Invocation call, double timeout, Result<Value> (*act)(const Work&), Done done) {
  const double allowed = call.args["timeout"].is_null() ? timeout : call.args["timeout"].as_number();
  // The gate ends the call at its timeout; a little earlier SQLite itself can say what it was waiting for.
  auto work = std::make_shared<Work>(Work{call.world.shared<files::Tree>(), {}, std::move(call.args), std::make_shared<Patience>(allowed * 0.95)});
  auto job = [work, act, touched = std::move(call.allowed)]() -> Result<Value> {
    auto real = work->files->resolve(work->args["target"].as_string(), files::Last::kFollow);
    if (!real) return Error("db.open", real.error().message, real.error().hint);
    work->path = std::move(*real);
    const bool same = touched.empty() || std::any_of(touched.begin(), touched.end(), [&](const runbook::Access& access) {
      return access.kind == "db" && access.target == "sqlite:" + work->path;
    });
    if (!same) {
      return Error("db.open", cat("'", printable(work->args["target"].as_string()), "' now leads to '", printable(work->path),
                                  "', which is not what was permitted"));
    }
    auto result = act(*work);
    if (!result) return work->files->from_native(std::move(result).error());
    return result;
  };
  auto cancel = std::make_shared<Cancel>(call.world.loop().blocking<Value>(std::move(job), std::move(done)));
  return [cancel, patience = work->patience] {
    patience->cancel();
    (*cancel)();
  };
}

Result<Value> query(const Work& work) {
  auto database = Sqlite::open(work.files->native(work.path), Access::kRead, work.patience);
  if (!database) return std::move(database).error();
  return database->query(work.args["sql"].reveal(), work.args["params"]);
}

Result<Value> exec(const Work& work) {
  const Access access = work.args["create"].as_bool() ? Access::kCreate : Access::kWrite;
  auto database = Sqlite::open(work.files->native(work.path), access, work.patience);
  if (!database) return std::move(database).error();
  return database->exec(work.args["sql"].reveal(), work.args["params"]);
}

std::string destination_of(const Work& work) {
  return resolved(*work.files, work.args["destination"].as_string(), files::Last::kKeep);
}

Result<Value> copy(const Work& work) {
  const std::string destination = destination_of(work);
  auto made = backup(work.files->native(work.path), work.files->native(destination), work.patience);
  if (!made) return std::move(made).error();
  return Value::object({{"path", destination}, {"bytes", made->bytes}, {"pages", made->pages}, {"sha256", made->sha256}, {"changed", true}});
}

Result<Value> capture_copy(const Work& work) {
  const auto found = work.files->stat(destination_of(work));
  return Value::object({{"exists", found.ok()}});
}

Result<Value> revert_copy(const Work& work) {
  if (work.args["before"]["exists"].as_bool()) {
    return Error("db.revert", cat("'", work.args["destination"].as_string(), "' was there before, and the backup took its place"));
  }
  auto removed = work.files->remove(destination_of(work), false);
  if (!removed) return std::move(removed).error();
  return Value::object({{"changed", *removed}});
}

std::string shortened(const Value& sql) {
  if (sql.is_secret()) return "***";
  std::string line(trim(sql.as_string()));
  std::replace(line.begin(), line.end(), '\n', ' ');
  return printable(line.size() > 100 ? line.substr(0, 97) + "..." : line);
}

std::string described(const char* verb, const Value& args) {
  return cat(verb, " '", args["target"].as_string(), "': ", shortened(args["sql"]));
}

}  // namespace

const Operation kQuery = {
    .name = "db.query",
    .effect = Effect::kRead,
    .fields = {{"sql", Type::kSecret, kPositionalRequired}, {"params", Type::kAny, Field::kPositional}, {"timeout", Type::kDuration}},
    .access = [](World& world, const Value& args) { return Accesses{database(world, args, "query")}; },
    .perform = [](Invocation call, Done done) { return on_worker(std::move(call), kTimeout, query, std::move(done)); },
    .timeout = kTimeout,
    .describe = [](const Value& args) { return described("query", args); },
};

const Operation kExec = {
    .name = "db.exec",
    .effect = Effect::kChange,
    .fields = {{"sql", Type::kSecret, kPositionalRequired},
               {"params", Type::kAny, Field::kPositional},
               {"create", Type::kBoolean},
               {"timeout", Type::kDuration}},
    .access = [](World& world, const Value& args) { return Accesses{database(world, args, "exec")}; },
    .perform = [](Invocation call, Done done) { return on_worker(std::move(call), kTimeout, exec, std::move(done)); },
    .timeout = kTimeout,
    .describe = [](const Value& args) { return described("exec on", args); },
};

const Operation kBackup = {
    .name = "db.backup",
    .effect = Effect::kChange,
    .fields = {{"destination", Type::kPath, kPositionalRequired}, {"timeout", Type::kDuration}},
    .access =
        [](World& world, const Value& args) {
          const std::string to = resolved(world.service<files::Tree>(), args["destination"].as_string(), files::Last::kKeep);
          // The copy is a database, too: a dry run knows by this that what reads it reads what is not there yet.
          return Accesses{database(world, args, "backup"), {"db", "sqlite:" + to, "create", "", true}, {"write", to, "", ""}};
        },
    .perform = [](Invocation call, Done done) { return on_worker(std::move(call), kBackupTimeout, copy, std::move(done)); },
    .timeout = kBackupTimeout,
    .describe =
        [](const Value& args) {
          return cat("back up '", args["target"].as_string(), "' to '", args["destination"].as_string(), "'");
        },
    .predict =
        [](const Value& args) {
          const Value later = Value::Unknown{cat("the backup '", args["destination"].as_string(), "', which is not made yet")};
          return Value::object({{"path", args["destination"]}, {"bytes", later}, {"pages", later}, {"sha256", later}, {"changed", true}});
        },
    // A backup that was broken off left nothing; one more does no harm.
    .probe = [](Invocation, Done done) -> Cancel {
      done(Value(false));
      return {};
    },
    .capture = [](Invocation call, Done done) { return on_worker(std::move(call), kTimeout, capture_copy, std::move(done)); },
    .revert = [](Invocation call, Done done) { return on_worker(std::move(call), kTimeout, revert_copy, std::move(done)); },
};

}  // namespace runbook::db
