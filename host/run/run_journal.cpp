// SPDX-License-Identifier: Apache-2.0
//
// What is kept of a run, and held while it lasts.
#include <set>

#include "host/core/text.h"
#include "host/journal/directory.h"
#include "host/journal/hash.h"
#include "host/journal/run_id.h"
#include "host/run/fleet_options.h"
#include "host/run/run.h"
#include "host/run/substitute.h"
#include "runbook/run_identity.h"

namespace runbook {

Status Run::open_journal() {
  if (dry_run() || options_.spec) return Unit{};
  journal::RunRecord record;
  record.id = previous_ ? previous_->record.id : journal::new_run_id();
  record.file = source_.path;
  record.file_hash = previous_ || !source_.path.empty() ? journal::sha256(source_.text) : "";
  record.summary = declaration_.summary;
  record.mode = to_string(options_.mode);
  record.params = with_fleet_options(params_, natives_.fleet);
  record.permissions = declaration_.asked_for();
  record.started = started_;
  record.version = RUNBOOK_VERSION;
  const std::string directory = options_.state_directory.empty() ? journal::state_directory() : options_.state_directory;
  events_.set_run(record.id);
  const std::string id = record.id;
  journal_ = std::make_unique<journal::Journal>(loop_, directory, std::move(record),
                                                [this](const std::string& text) { return redactor_->redact(text); });
  const auto furnish = [&](std::int64_t attempt) {
    gate_.furnish([&](World& world) { world.provide(std::make_shared<RunIdentity>(id, attempt)); });
  };
  if (!previous_) {
    furnish(1);
    return Unit{};
  }
  Status opened = Unit{};
  wait_for([this](Callback<void(Status)> done) { return journal_->open(std::move(done)); }, opened);
  RUNBOOK_TRY(std::move(opened));
  // Read again now that nobody else is at this run.
  auto reader = journal::Reader::open(directory);
  if (!reader) return std::move(reader).error();
  auto run = reader->load(id);
  if (!run) return std::move(run).error();
  previous_ = std::move(*run);
  furnish(previous_->attempts.empty() ? 1 : previous_->attempts.back().attempt);
  return Unit{};
}

Status Run::take_locks() {
  if (dry_run() || declaration_.locks.empty()) return Unit{};
  const std::string directory = options_.state_directory.empty() ? journal::state_directory() : options_.state_directory;
  RUNBOOK_TRY(journal::prepare_directory(directory));
  // In order of their names: two runs that want the same locks cannot each hold what the other waits for.
  std::set<std::string> names;
  for (const std::string& lock : declaration_.locks) {
    auto name = substitute(lock, params_);
    if (!name) return std::move(name).error();
    names.insert(std::move(*name));
  }
  for (const std::string& name : names) {
    journal::LockRecord record;
    record.name = name;
    record.file = source_.path;
    Status taken = Unit{};
    wait_for(
        [&](Callback<void(Status)> done) {
          return journal::acquire_lock(loop_, directory, record, options_.lock_wait,
                                       [this, done = std::move(done)](Result<journal::Lock> lock) mutable {
                                         if (!lock) return done(std::move(lock).error());
                                         locks_.push_back(std::move(*lock));
                                         done(Unit{});
                                       });
        },
        taken);
    RUNBOOK_TRY(std::move(taken));
  }
  return Unit{};
}

// What people look up later in `runbook logs`.
void Run::record(const Value& event) {
  if (!journal_) return;
  const std::string& kind = event["event"].as_string();
  journal::LineRecord line;
  if (kind == "print") {
    line.stream = "print";
    line.text = event["text"].as_string();
  } else if (kind == "output") {
    line.stream = event["stream"].as_string("stdout");
    line.text = event["line"].as_string();
    line.step = event["step"].as_string();
    line.effect = static_cast<std::uint64_t>(event["effect"].as_int());
  } else if (kind == "log") {
    line.stream = "log";
    line.text = cat(event["level"].as_string(), " ", event["message"].as_string());
  } else {
    return;
  }
  line.time = event["time"].as_number();
  journal_->line(std::move(line));
}

bool Run::wait_for(const std::function<Cancel(Callback<void(Status)>)>& start, Status& status) {
  bool finished = false;
  start([&](Status given) {
    status = std::move(given);
    finished = true;
  });
  while (!finished) loop_.turn();
  return status.ok();
}

}  // namespace runbook
