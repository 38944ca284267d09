// SPDX-License-Identifier: Apache-2.0
#include "host/journal/journal.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>

#include "host/core/text.h"
#include "host/journal/blobs.h"
#include "host/journal/database.h"
#include "host/journal/store.h"
#include "tests/host/journal/support.h"
#include "tests/support/skip.h"

namespace runbook::journal {
namespace {

Status step_begin(Loop& loop, Journal& journal, const std::string& path) {
  return wait(loop, [&](auto done) { journal.step_begin(sample_step(path), std::move(done)); });
}

Status step_end(Loop& loop, Journal& journal, StepRecord step) {
  return wait(loop, [&](auto done) { journal.step_end(std::move(step), std::move(done)); });
}

Status run_end(Loop& loop, Journal& journal, State state, int exit = 0, std::optional<Error> error = {}) {
  return wait(loop, [&](auto done) { journal.run_end(state, exit, std::move(error), std::move(done)); });
}

Run load(const TempDirectory& directory, const std::string& id) {
  auto reader = Reader::open(directory.path());
  REQUIRE(reader);
  auto run = reader->load(id);
  REQUIRE(run);
  return std::move(*run);
}

TEST_CASE("journal: a run without steps and effects touches nothing", "[journal]") {
  const TempDirectory directory;
  const std::string state = directory.path() + "/state";
  Loop loop;
  {
    Journal journal(loop, state, sample_run());
    journal.line({0, 0, "", 0, "print", "hello", 0});
    CHECK(run_end(loop, journal, State::kDone));
    CHECK(loop.open_handles() == 0);
  }
  CHECK_FALSE(std::filesystem::exists(state));
}

TEST_CASE("journal: what was written is read back", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  {
    Journal journal(loop, directory.path(), run);
    journal.line({0, 0, "", 0, "print", "before the first step", 0});
    REQUIRE(step_begin(loop, journal, "build"));
    EffectRecord effect = sample_effect(7, "build");
    effect.args = Value::object({{"path", "/etc/motd"}, {"password", Value::Secret{"hunter2", "PASSWORD"}}});
    effect.before = Value::object({{"content", "old"}});
    effect.diff = "-old\n+new\n";
    effect.where = "deploy.lua:12";
    REQUIRE(wait(loop, [&](auto done) { journal.effect_begin(effect, std::move(done)); }));
    journal.line({0, 0, "build", 7, "stdout", "hello", 0});
    effect.state = State::kDone;
    effect.changed = true;
    effect.result = Value::object({{"bytes", 3}});
    REQUIRE(wait(loop, [&](auto done) { journal.effect_end(effect, false, std::move(done)); }));
    StepRecord step = sample_step("build", State::kFailed);
    step.error = Error("docker.auth", "unauthorized", "log in").with("host", "node2");
    REQUIRE(step_end(loop, journal, step));
    REQUIRE(run_end(loop, journal, State::kFailed, 1, Error("docker.auth", "unauthorized")));
  }
  const Run read = load(directory, run.id);
  CHECK(read.record.state == State::kFailed);
  CHECK(read.record.exit == 1);
  CHECK(read.record.error->code == "docker.auth");
  CHECK(read.record.params["service"] == Value("nmpi"));
  CHECK(read.record.pid == getpid());
  CHECK_FALSE(read.record.user.empty());
  REQUIRE(read.attempts.size() == 1);
  CHECK(read.attempts[0].state == State::kFailed);
  REQUIRE(read.steps.size() == 1);
  CHECK(read.steps[0].error->context.at("host") == "node2");
  CHECK(read.steps[0].error->hint == "log in");
  REQUIRE(read.effects.size() == 1);
  CHECK(read.effects[0].args["password"] == Value("***"));
  CHECK(read.effects[0].args_lossy);
  CHECK_FALSE(read.effects[0].before_lossy);
  CHECK(read.effects[0].before["content"] == Value("old"));
  CHECK(read.effects[0].diff == "-old\n+new\n");
  CHECK(read.effects[0].result["bytes"] == Value(3));
  CHECK(read.effects[0].changed);
  auto reader = Reader::open(directory.path());
  auto lines = reader->lines(run.id);
  REQUIRE(lines);
  REQUIRE(lines->size() == 2);
  CHECK((*lines)[0].text == "before the first step");
  CHECK((*lines)[1].effect == 7);
  CHECK(reader->lines(run.id, {"build", 0, 10})->size() == 1);
  CHECK(reader->lines(run.id, {"", (*lines)[1].seq, 10})->empty());
}

TEST_CASE("journal: a known secret is removed wherever it turns up", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  const auto redact = [](std::string text) {
    for (std::size_t at = text.find("hunter2"); at != std::string::npos; at = text.find("hunter2")) text.replace(at, 7, "***");
    return text;
  };
  {
    Journal journal(loop, directory.path(), run, redact);
    EffectRecord effect = sample_effect(1, "");
    effect.args = Value::object({{"url", "https://u:hunter2@host"}});
    effect.before = Value::object({{"content", "password=hunter2"}});
    effect.diff = "+hunter2";
    REQUIRE(wait(loop, [&](auto done) { journal.effect_begin(effect, std::move(done)); }));
    effect.state = State::kFailed;
    effect.error = Error("http.status", "hunter2 is wrong");
    REQUIRE(wait(loop, [&](auto done) { journal.effect_end(effect, false, std::move(done)); }));
    journal.line({0, 0, "", 1, "stdout", "it is hunter2", 0});
  }
  CHECK(load(directory, run.id).effects[0].before_lossy);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK(text.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("journal: twenty parallel begins share one transaction", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  Journal journal(loop, directory.path(), sample_run());
  REQUIRE(step_begin(loop, journal, "first"));
  const auto before = journal.commits();
  int done = 0;
  for (int i = 0; i < 20; ++i) {
    journal.step_begin(sample_step(cat("each/", i)), [&](Status status) { done += status.ok() ? 1 : 0; });
  }
  CHECK(done == 0);
  while (done < 20 && loop.turn()) {
  }
  CHECK(journal.commits() - before == 1);
}

TEST_CASE("journal: what others build on waits for the disk, with all before it; the rest only outlives the process", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  Journal journal(loop, directory.path(), sample_run());
  const auto syncs = [&](auto write) {
    const auto before = journal.syncs();
    const auto commits = journal.commits();
    REQUIRE(wait(loop, write));
    CHECK(journal.commits() - commits == 1);
    return journal.syncs() - before;
  };
  StepRecord step = sample_step("deploy");
  EffectRecord effect = sample_effect(1, "deploy");
  CHECK(syncs([&](auto done) { journal.step_begin(step, std::move(done)); }) == 0);
  CHECK(syncs([&](auto done) { journal.effect_begin(effect, std::move(done)); }) == 1);
  effect.state = State::kDone;
  CHECK(syncs([&](auto done) { journal.effect_end(effect, false, std::move(done)); }) == 0);
  CHECK(syncs([&](auto done) { journal.effect_end(effect, true, std::move(done)); }) == 1);
  step.state = State::kDone;
  CHECK(syncs([&](auto done) { journal.step_end(step, std::move(done)); }) == 1);
  CHECK(syncs([&](auto done) { journal.run_end(State::kDone, 0, {}, std::move(done)); }) == 1);
}

TEST_CASE("journal: a cancelled write is made and not reported", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  {
    Journal journal(loop, directory.path(), run);
    bool called = false;
    Cancel cancel = journal.step_begin(sample_step("one"), [&](const Status&) { called = true; });
    cancel();
    while (loop.turn()) {
    }
    CHECK_FALSE(called);
  }
  CHECK(load(directory, run.id).steps.size() == 1);
}

TEST_CASE("journal: a journal destroyed at once writes what it was given and leaves an interrupted run", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  {
    Journal journal(loop, directory.path(), run);
    journal.step_begin(sample_step("one"), [](const Status&) {});
    REQUIRE(journal.flush());
    CHECK(load(directory, run.id).record.state == State::kRunning);
    journal.step_end(sample_step("one", State::kDone), [](const Status&) {});
  }
  const Run read = load(directory, run.id);
  CHECK(read.record.state == State::kInterrupted);
  CHECK(read.steps[0].state == State::kDone);
}

TEST_CASE("journal: a further attempt goes on with the same run", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  {
    Journal journal(loop, directory.path(), run);
    REQUIRE(step_begin(loop, journal, "one"));
    REQUIRE(step_end(loop, journal, sample_step("one", State::kDone)));
    REQUIRE(step_begin(loop, journal, "two"));
    REQUIRE(wait(loop, [&](auto done) { journal.effect_begin(sample_effect(1, "two"), std::move(done)); }));
  }
  {
    RunRecord again = sample_run(run.id, "resume");
    again.file_hash = "def";
    Journal journal(loop, directory.path(), again);
    REQUIRE(wait(loop, [&](auto done) { journal.open(std::move(done)); }));
    Run read = load(directory, run.id);
    CHECK(read.record.state == State::kRunning);
    CHECK(read.record.mode == "resume");
    CHECK(read.record.file_hash == "abc");
    REQUIRE(read.attempts.size() == 2);
    CHECK(read.attempts[0].state == State::kInterrupted);
    CHECK(read.attempts[1].file_hash == "def");
    REQUIRE(read.unfinished("two").size() == 1);
    EffectRecord settled = *read.unfinished("two")[0];
    settled.state = State::kDone;
    REQUIRE(wait(loop, [&](auto done) { journal.effect_end(settled, false, std::move(done)); }));
    CHECK(load(directory, run.id).unfinished("two").empty());

    // The gate's ids begin anew with each attempt.
    REQUIRE(step_begin(loop, journal, "two"));
    REQUIRE(wait(loop, [&](auto done) { journal.effect_begin(sample_effect(1, "two"), std::move(done)); }));
    read = load(directory, run.id);
    CHECK(read.step("two")->begun == 2);
    CHECK(read.step("two")->attempt == 2);
    CHECK(read.effects.size() == 2);
    CHECK(read.unfinished("two").size() == 1);
    StepRecord undone = sample_step("one", State::kUndone);
    REQUIRE(step_end(loop, journal, undone));
    REQUIRE(run_end(loop, journal, State::kUndone));
  }
  const Run read = load(directory, run.id);
  CHECK(read.record.state == State::kUndone);
  CHECK(read.step("one")->state == State::kUndone);
}

TEST_CASE("journal: an attempt at a run that is still going on is refused", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  Journal journal(loop, directory.path(), run);
  REQUIRE(step_begin(loop, journal, "one"));
  {
    Journal second(loop, directory.path(), sample_run(run.id, "resume"));
    const Status status = wait(loop, [&](auto done) { second.open(std::move(done)); });
    REQUIRE_FALSE(status);
    CHECK(status.error().code == "lock.held");
  }
  REQUIRE(run_end(loop, journal, State::kDone));
  Journal third(loop, directory.path(), sample_run(run.id, "undo"));
  CHECK(wait(loop, [&](auto done) { third.open(std::move(done)); }));
}

TEST_CASE("journal: a further attempt at an unknown run is an error", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  Journal journal(loop, directory.path(), sample_run("20200101-000000-ffffff", "resume"));
  const Status status = wait(loop, [&](auto done) { journal.open(std::move(done)); });
  REQUIRE_FALSE(status);
  CHECK(status.error().code == "journal.write");
}

TEST_CASE("journal: a large result is kept beside the database and one that is too large is refused", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  Journal journal(loop, directory.path(), run);
  REQUIRE(step_begin(loop, journal, "one"));
  StepRecord step = sample_step("one", State::kDone);
  step.result = std::string(3 << 20, 'x');
  REQUIRE(step_end(loop, journal, step));
  CHECK(load(directory, run.id).steps[0].result == step.result);
  CHECK(std::filesystem::file_size(directory.path() + "/journal.db-wal") < (1 << 20));

  const auto refused = keep(directory.path(), std::string(kValueLimit + 1, 'x'));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "journal.too_large");
}

TEST_CASE("journal: long lines and endless output are cut", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  const RunRecord run = sample_run();
  {
    Journal journal(loop, directory.path(), run);
    journal.line({0, 0, "", 0, "stdout", std::string(1 << 20, 'x'), 0});
    for (int i = 0; i < 40; ++i) journal.line({0, 0, "", 0, "stdout", std::string(64 << 10, 'y'), 0});
    REQUIRE(step_begin(loop, journal, "one"));
    journal.line({0, 0, "one", 0, "stdout", "after", 0});
  }
  auto reader = Reader::open(directory.path());
  auto lines = reader->lines(run.id);
  REQUIRE(lines);
  REQUIRE(lines->size() == 17);
  CHECK_THAT((*lines)[0].text, ContainsSubstring("983040 bytes left out"));
  CHECK_THAT((*lines)[15].text, ContainsSubstring("too much of it"));
  CHECK((*lines)[16].text == "after");
}

TEST_CASE("journal: a full disk is an error, and the run can be gone on with once there is room", "[journal]") {
  const TempDirectory directory;
  const RunRecord run = sample_run();
  Child child([&] {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{256 << 10, RLIM_INFINITY};
    Loop loop;
    Journal journal(loop, directory.path(), run);
    if (!step_begin(loop, journal, "first")) _exit(2);
    setrlimit(RLIMIT_FSIZE, &limit);
    Status status = Unit{};
    for (int i = 0; i < 100 && status; ++i) {
      StepRecord step = sample_step("first", State::kDone);
      step.result = std::string(100 << 10, 'x');
      status = step_end(loop, journal, step);
    }
    if (status || status.error().code != "journal.write") _exit(3);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (!step_begin(loop, journal, "second")) _exit(4);
    if (!run_end(loop, journal, State::kFailed, 1)) _exit(5);
  });
  CHECK(child.finish() == 0);
  const Run read = load(directory, run.id);
  CHECK(read.record.state == State::kFailed);
  CHECK(read.step("second") != nullptr);
}

TEST_CASE("journal: on a full disk whoever waits is told, however much waits that nobody waits for", "[journal]") {
  const TempDirectory directory;
  const RunRecord run = sample_run();
  Child child([&] {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{64 << 10, RLIM_INFINITY};
    Loop loop;
    Journal journal(loop, directory.path(), run);
    if (!step_begin(loop, journal, "first")) _exit(2);
    setrlimit(RLIMIT_FSIZE, &limit);
    for (std::uint64_t id = 1; id <= 40; ++id) {
      EffectRecord effect = sample_effect(id, "first");
      effect.diff = std::string(20 << 10, 'x');
      journal.effect_begin(std::move(effect));
    }
    loop.after(seconds(20), [] { _exit(4); });
    const Status status = step_end(loop, journal, sample_step("first", State::kDone));
    if (status || status.error().code != "journal.write") _exit(3);
  });
  CHECK(child.finish() == 0);
}

// A file system of its own with little room; needs the right to mount.
class SmallDisk {
 public:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=400k,mode=0700") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST_CASE("journal: a disk without space stops the run at a step, and what was acknowledged stays", "[journal]") {
  const TempDirectory directory;
  const std::string state = directory.path() + "/small";
  const SmallDisk disk(state);
  if (!disk.mounted()) RUNBOOK_SKIP("this process may not mount a small file system");
  Loop loop;
  const RunRecord run = sample_run();
  int last = -1;
  {
    Journal journal(loop, state, run);
    Status status = Unit{};
    for (int i = 0; i < 100 && status; ++i) {
      StepRecord step = sample_step(cat("step ", i), State::kDone);
      step.result = std::string(20 << 10, 'x');
      status = step_begin(loop, journal, step.path);
      if (status) status = step_end(loop, journal, step);
      if (status) last = i;
    }
    REQUIRE_FALSE(status);
    CHECK(status.error().code == "journal.write");
    CHECK(status.error().hint == "free some space on that disk");
  }
  auto reader = Reader::open(state);
  REQUIRE(reader);
  auto read = reader->load(run.id);
  REQUIRE(read);
  REQUIRE(last >= 0);
  for (int i = 0; i <= last; ++i) CHECK(read->step(cat("step ", i))->state == State::kDone);
}

TEST_CASE("journal: a database that is none is an error", "[journal]") {
  const TempDirectory directory;
  std::ofstream(directory.path() + "/journal.db") << std::string(10'000, '!');
  Loop loop;
  Journal journal(loop, directory.path(), sample_run());
  const Status status = step_begin(loop, journal, "one");
  REQUIRE_FALSE(status);
  CHECK(status.error().code == "journal.write");
  CHECK_THAT(status.error().message, ContainsSubstring("journal.db"));
  auto reader = Reader::open(directory.path());
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code == "journal.read");
}

TEST_CASE("journal: a journal of a newer runbook is refused and left alone", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  {
    auto database = open_for_writing(directory.path());
    REQUIRE(database);
    REQUIRE((*database)->run("PRAGMA user_version = 99"));
  }
  Journal journal(loop, directory.path(), sample_run());
  const Status status = step_begin(loop, journal, "one");
  REQUIRE_FALSE(status);
  CHECK(status.error().code == "journal.newer");
  auto reader = Reader::open(directory.path());
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code == "journal.newer");
}

TEST_CASE("journal: its files are closed on exec and for their owner only", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  Journal journal(loop, directory.path() + "/a/b", sample_run());
  REQUIRE(step_begin(loop, journal, "one"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
    struct stat info {};
    REQUIRE(stat(entry.path().c_str(), &info) == 0);
    CHECK((info.st_mode & 077) == 0);
  }
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
    if (target.rfind(directory.path(), 0) != 0) continue;
    ++found;
    CHECK((fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(found >= 3);
}

}  // namespace
}  // namespace runbook::journal
