// SPDX-License-Identifier: Apache-2.0
#include "host/journal/journal.h"

#include <unistd.h>

#include "host/core/text.h"
#include "host/journal/line_batch.h"
#include "host/journal/run_id.h"
#include "host/journal/writer.h"

namespace runbook::journal {

namespace {

using Outlives = Writer::Outlives;

constexpr std::size_t kLineLimit = 64 << 10;
constexpr std::size_t kLinesLimit = 64 << 20;
constexpr std::size_t kEarlyLinesLimit = 1 << 20;

void now_if_unset(double& time) {
  if (time == 0) time = wall_clock();
}

std::string clean(std::string text, const Redact& redact) { return redact ? redact(std::move(text)) : std::move(text); }

Writer::Job begin_job(EffectRecord effect, const Redact& redact) {
  now_if_unset(effect.started);
  EffectTexts texts;
  Encoded args = encode(effect.args, redact);
  Encoded before = encode(effect.before, redact);
  texts.args = std::move(args.json);
  texts.args_lossy = args.lossy;
  texts.before = std::move(before.json);
  texts.before_lossy = before.lossy;
  effect.args = effect.before = nullptr;
  effect.diff = clean(std::move(effect.diff), redact);
  return [effect = std::move(effect), texts = std::move(texts)](Store& store) { return store.effect_begin(effect, texts); };
}

Writer::Job end_job(EffectRecord effect, const Redact& redact) {
  now_if_unset(effect.ended);
  EffectTexts texts;
  texts.result = encode(effect.result, redact).json;
  texts.error = encode(effect.error, redact);
  effect.args = effect.before = effect.result = nullptr;
  return [effect = std::move(effect), texts = std::move(texts)](Store& store) { return store.effect_end(effect, texts); };
}

}  // namespace

Journal::Journal(Loop& loop, std::string directory, RunRecord run, Redact redact)
    : loop_(loop), directory_(std::move(directory)), run_(std::move(run)), redact_(std::move(redact)) {
  if (run_.user.empty()) run_.user = user_name();
  if (run_.host.empty()) run_.host = host_name();
  if (run_.pid == 0) run_.pid = getpid();
  now_if_unset(run_.started);
  RunTexts texts{encode(run_.params, redact_).json, encode(run_.permissions, redact_).json, {}};
  RunRecord record = run_;
  record.params = record.permissions = nullptr;
  writer_ = std::make_unique<Writer>(loop_, std::make_unique<Store>(directory_, std::move(record), std::move(texts)));
}

Journal::~Journal() = default;

Cancel Journal::open(Written done) {
  opened_ = touched_ = true;
  return writer_->submit([](Store&) -> Status { return Unit{}; }, Outlives::kMachine, std::move(done));
}

Cancel Journal::run_end(State state, int exit, std::optional<Error> error, Written done) {
  if (!touched_) return loop_.post([done = std::move(done)]() mutable { done(Unit{}); });
  opened_ = true;
  std::string text = encode(error, redact_);
  return writer_->submit(
      [state, exit, text = std::move(text), ended = wall_clock()](Store& store) { return store.run_end(state, exit, text, ended); },
      Outlives::kMachine, std::move(done));
}

Cancel Journal::step_begin(StepRecord step, Written done) {
  opened_ = touched_ = true;
  now_if_unset(step.started);
  step.result = nullptr;
  return writer_->submit([step = std::move(step)](Store& store) { return store.step_begin(step); }, Outlives::kProcess, std::move(done));
}

Cancel Journal::step_end(StepRecord step, Written done) {
  opened_ = touched_ = true;
  now_if_unset(step.ended);
  Encoded result = encode(step.result, redact_);
  StepTexts texts{std::move(result.json), encode(step.error, redact_), result.lossy};
  step.result = nullptr;
  return writer_->submit(
      [step = std::move(step), texts = std::move(texts)](Store& store) { return store.step_end(step, texts); },
      Outlives::kMachine, std::move(done));
}

Cancel Journal::effect_begin(EffectRecord effect, Written done) {
  opened_ = touched_ = true;
  return writer_->submit(begin_job(std::move(effect), redact_), Outlives::kMachine, std::move(done));
}

Cancel Journal::effect_end(EffectRecord effect, bool synced, Written done) {
  opened_ = touched_ = true;
  return writer_->submit(end_job(std::move(effect), redact_), synced ? Outlives::kMachine : Outlives::kProcess, std::move(done));
}

void Journal::effect_begin(EffectRecord effect) {
  touched_ = true;
  writer_->submit_later(begin_job(std::move(effect), redact_));
}

void Journal::effect_end(EffectRecord effect) {
  touched_ = true;
  writer_->submit_later(end_job(std::move(effect), redact_));
}

void Journal::line(LineRecord line) {
  line.text = clean(std::move(line.text), redact_);
  if (line.text.size() > kLineLimit) {
    const std::size_t left_out = line.text.size() - kLineLimit;
    line.text.resize(kLineLimit);
    line.text += cat(" (", left_out, " bytes left out)");
  }
  line_bytes_ += line.text.size();
  const bool full = line_bytes_ > (opened_ ? kLinesLimit : kEarlyLinesLimit);
  if (full && std::exchange(lines_cut_, true)) return;
  lines_cut_ = full;
  if (full) line.text = "(the output that follows is not kept: there is too much of it)";
  now_if_unset(line.time);
  if (lines_ && lines_->add(line)) return;
  lines_ = std::make_shared<LineBatch>();
  lines_->add(line);
  writer_->submit_later([batch = lines_](Store& store) { return batch->write(store); });
}

bool Journal::flush(double limit_seconds) { return writer_->flush(seconds(limit_seconds)); }
std::uint64_t Journal::commits() const { return writer_->commits(); }
std::uint64_t Journal::syncs() const { return writer_->syncs(); }

}  // namespace runbook::journal
