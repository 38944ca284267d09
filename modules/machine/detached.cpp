// SPDX-License-Identifier: Apache-2.0
// Detached processes: started to outlive the run, known afterwards by a name. What is known of one is in a record in the
// state directory; that its number has not gone to another process since is told by its start and the machine's boot.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <thread>

#include "host/core/process.h"
#include "host/core/text.h"
#include "host/journal/directory.h"
#include "modules/machine/local.h"
#include "modules/machine/process_record.h"

namespace runbook::machine {

namespace {

using files::Fd;
using Clock = std::chrono::steady_clock;

constexpr auto kGlance = std::chrono::milliseconds(20);
constexpr auto kFirstMoments = std::chrono::milliseconds(150);  // a program that cannot start dies within these
constexpr double kStopSeconds = 10;
constexpr double kKillSeconds = 5;
constexpr std::size_t kLogTail = 4096;

Result<std::string> record_path(const std::string& name, const char* suffix) {
  RUNBOOK_TRY(check_process_name(name));
  auto directory = files::Tree::real().resolve(journal::state_directory(), files::Last::kFollow);
  if (!directory) return std::move(directory).error();
  return cat(*directory, "/processes/", name, suffix);
}

std::string boot_id() {
  auto text = files::Tree::real().read("/proc/sys/kernel/random/boot_id", 100);
  return text ? std::string(trim(*text)) : std::string();
}

// One run at a time starts or stops the process of a name.
Result<Fd> lock(const std::string& name) {
  auto path = record_path(name, ".lock");
  if (!path) return std::move(path).error();
  Fd file(open(path->c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return files::error(errno, "lock", *path);
  for (auto end = Clock::now() + std::chrono::seconds(30); flock(file.get(), LOCK_EX | LOCK_NB) != 0;) {
    if (Clock::now() > end) return Error("machine.busy", cat("process '", name, "' is being started or stopped by another run")).retry();
    std::this_thread::sleep_for(kGlance);
  }
  return file;
}

// Null where there is no record.
Result<Value> read_record(const std::string& name) {
  auto path = record_path(name, ".json");
  if (!path) return std::move(path).error();
  auto text = files::Tree::real().read(*path, 1 << 20);
  if (!text && text.error().code == "file.not_found") return Value();
  if (!text) return std::move(text).error();
  auto record = from_json(*text);
  if (!record) return Error("machine.record", cat("'", *path, "' is damaged"), "remove it, and stop the process by hand");
  return record;
}

bool is_running(const Value& record) {
  const auto ticks = process_start_ticks(static_cast<pid_t>(record["pid"].as_int()));
  return ticks != 0 && static_cast<std::int64_t>(ticks) == record["start"].as_int() && record["boot"].as_string() == boot_id();
}

std::string tail_of(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return {};
  const off_t size = lseek(file.get(), 0, SEEK_END);
  std::string text(kLogTail, '\0');
  const ssize_t got = pread(file.get(), text.data(), text.size(), size > static_cast<off_t>(kLogTail) ? size - static_cast<off_t>(kLogTail) : 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return printable(trim(text));
}

Result<Fd> open_log(const std::string& path) {
  auto place = files::Tree::real().open_place(path);
  if (!place) return std::move(place).error();
  Fd file(openat(place->directory.get(), place->name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640));
  struct stat info {};
  if (!file || fstat(file.get(), &info) != 0) return files::error(errno, "open the log", path);
  if (!S_ISREG(info.st_mode)) return Error("machine.not_regular", cat("the log '", printable(path), "' is not a regular file"));
  fcntl(file.get(), F_SETFL, O_APPEND);
  return file;
}

Result<Value> start(const Value& args, const Reach& reach) {
  const std::string& name = args["name"].as_string();
  auto record_file = record_path(name, ".json");
  if (!record_file) return std::move(record_file).error();
  ProcessOptions options;
  auto command = command_of(reach.files(), args["argv"]);
  if (!command) return std::move(command).error();
  options.argv = std::move(*command);
  RUNBOOK_TRY(reach.program(options.argv[0]));
  auto env = environment_of(args["env"]);
  if (!env) return std::move(env).error();
  options.env = std::move(*env);
  if (args.has("cwd")) options.cwd = args["cwd"].as_string();

  RUNBOOK_TRY(journal::make_directories(record_file->substr(0, record_file->rfind('/'))));
  auto guard = lock(name);
  if (!guard) return std::move(guard).error();
  auto former = read_record(name);
  if (!former) return former;
  if (is_running(*former)) {
    return process_exists(name, (*former)["pid"].as_int());
  }
  auto log_path = args.has("log") ? reach.write(args["log"]) : record_path(name, ".log");
  if (!log_path) return std::move(log_path).error();
  auto log = open_log(*log_path);
  if (!log) return std::move(log).error();

  auto pid = start_detached(options, log->get());
  if (!pid) return own(std::move(pid).error());
  const std::string salt = cat(*pid, '-', Clock::now().time_since_epoch().count());
  Value record = Value::object({{"name", name},
                                {"given", process_given(args)},
                                {"pid", static_cast<std::int64_t>(*pid)},
                                {"start", static_cast<std::int64_t>(process_start_ticks(*pid))},
                                {"boot", boot_id()},
                                {"argv", Value::strings(options.argv)},
                                {"cwd", options.cwd},
                                {"log", *log_path},
                                {"started", static_cast<std::int64_t>(time(nullptr))},
                                {"salt", salt},
                                {"fingerprint", process_fingerprint(args, salt)}});
  files::Attributes secret;
  secret.mode = 0600;
  if (Status kept = files::Tree::real().write(*record_file, to_json(record), secret); !kept) {
    kill(-*pid, SIGKILL);  // a process that nobody would find again
    return std::move(kept).error();
  }
  for (const auto end = Clock::now() + kFirstMoments; Clock::now() < end; std::this_thread::sleep_for(kGlance)) {
    if (is_running(record)) continue;
    int status = 0;
    waitpid(*pid, &status, 0);
    auto removed = files::Tree::real().remove(*record_file, false);
    return process_ended(name, WIFSIGNALED(status) ? cat("by signal ", WTERMSIG(status)) : cat("with exit code ", WEXITSTATUS(status)), tail_of(*log_path));
  }
  return describe_process(record, is_running(record));
}

bool ended_within(const Value& record, double limit) {
  for (const auto end = Clock::now() + seconds(limit); is_running(record); std::this_thread::sleep_for(kGlance)) {
    if (Clock::now() > end) return false;
  }
  return true;
}

Result<Value> stop(const Value& args) {
  const std::string& name = args["name"].as_string();
  auto path = record_path(name, ".json");
  if (!path) return std::move(path).error();
  auto record = read_record(name);
  if (!record) return record;
  if (record->is_null()) return Value::object({{"name", name}, {"changed", false}});
  auto guard = lock(name);
  if (!guard) return std::move(guard).error();
  const bool ran = is_running(*record);
  if (ran) {
    const auto pid = static_cast<pid_t>((*record)["pid"].as_int());
    if (kill(-pid, SIGTERM) != 0 && errno != ESRCH) return files::error(errno, "stop", name);
    if (!ended_within(*record, args["grace"].as_number(kStopSeconds))) kill(-pid, SIGKILL);
    if (!ended_within(*record, kKillSeconds)) {
      return Error("machine.timeout", cat("process '", name, "' with pid ", static_cast<int>(pid), " does not end, not even by SIGKILL"));
    }
    kill(-pid, SIGKILL);  // what it has left behind in its group
  }
  auto removed = files::Tree::real().remove(*path, false);
  if (!removed) return std::move(removed).error();
  return Value::object({{"name", name}, {"changed", ran}});
}

Result<Value> verify(const Value& args) {
  auto record = read_record(args["name"].as_string());
  if (!record) return record;
  return verified_process(*record, !record->is_null() && is_running(*record), args);
}

Result<Value> perform(Verb verb, const Value& args, const Reach& reach) {
  switch (verb) {
    case Verb::kProcessStart: return start(args, reach);
    case Verb::kProcessStop: return stop(args);
    case Verb::kProcessVerify: return verify(args);
    default: break;
  }
  const std::string& name = args["name"].as_string();
  auto record = read_record(name);
  if (!record) return record;
  if (!record->is_null()) return describe_process(*record, is_running(*record));
  if (verb == Verb::kProcessFind) return Value();
  return Error("machine.not_found", cat("there is no process '", name, "'"));
}

// What ran, as it was started.
Result<Value> capture_running(const Value& args) {
  auto record = read_record(args["name"].as_string());
  if (!record) return record;
  if (record->is_null() || !is_running(*record)) return Value::object({{"type", "absent"}});
  Value before = (*record)["given"];
  before.set("type", "running");
  return before;
}

Result<Value> start_again(const Value& args, const Reach& reach) {
  const Value& before = args["before"];
  if (before["type"].as_string() != "running") return Value();
  auto again = process_again(args);
  if (!again) return again;
  return start(*again, reach);
}

// Starting what runs is refused: before it, there was no process; but there may have been a log.
Result<Value> capture(const Value& args, const Reach& reach) {
  Value before = Value::object({{"type", "absent"}});
  if (!args.has("log")) return before;
  auto log = reach.write(args["log"]);
  if (!log) return std::move(log).error();
  before.set("log", reach.files().stat(*log).ok());
  return before;
}

Result<Value> revert(const Value& args, const Reach& reach) {
  auto stopped = stop(args);
  if (!stopped || !args.has("log") || args["before"]["log"].as_bool(true)) return stopped;
  auto log = reach.write(args["log"]);
  if (!log) return std::move(log).error();
  auto removed = reach.files().remove(*log, false);
  if (!removed) return std::move(removed).error();
  return stopped;
}

Result<Value> act(Phase phase, Verb verb, const Value& args, const Reach& reach) {
  const bool starts = verb == Verb::kProcessStart;
  switch (phase) {
    case Phase::kPerform: return perform(verb, args, reach);
    case Phase::kCapture: return starts ? capture(args, reach) : capture_running(args);
    case Phase::kRevert: return starts ? revert(args, reach) : start_again(args, reach);
    case Phase::kProbe: break;
  }
  auto state = verify(args);
  if (!state) return state;
  const bool running = (*state)["running"].as_bool();
  return Value(starts ? running && (*state)["state"].as_string() == "same" : !running);
}

}  // namespace

Cancel Detached::act(Phase phase, Verb verb, Invocation call, Done done) {
  World& world = call.world;
  auto job = [phase, verb, args = std::move(call.args), reach = Reach(world.shared<files::Tree>(), std::move(call.allowed))] {
    return machine::act(phase, verb, args, reach);
  };
  return world.loop().blocking<Value>(std::move(job), [&world, phase, verb, done = std::move(done)](Result<Value> result) mutable {
    if (!result) return done(own(std::move(result).error()));
    const bool started = verb == Verb::kProcessStart ? phase == Phase::kPerform : phase == Phase::kRevert && result->has("pid");
    if (started) {
      world.service<Processes>().adopt(static_cast<pid_t>((*result)["pid"].as_int()));
    }
    done(std::move(result));
  });
}

}  // namespace runbook::machine
