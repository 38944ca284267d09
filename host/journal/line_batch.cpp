// SPDX-License-Identifier: Apache-2.0
#include "host/journal/line_batch.h"

#include "host/journal/store.h"

namespace runbook::journal {

namespace {

constexpr std::size_t kFull = 256U << 10U;
constexpr std::size_t kMostLines = 4096;

}  // namespace

bool LineBatch::add(const LineRecord& line) {
  const std::lock_guard lock(mutex_);
  if (taken_ || lines_.size() >= kMostLines || text_.size() >= kFull) return false;
  const bool same = !sources_.empty() && sources_.back().effect == line.effect && sources_.back().stream == line.stream &&
                    sources_.back().step == line.step;
  if (!same) sources_.push_back({lines_.size(), line.step, line.stream, line.effect});
  text_ += line.text;
  lines_.push_back({line.time, text_.size()});
  return true;
}

Status LineBatch::write(Store& store) {
  {
    const std::lock_guard lock(mutex_);
    taken_ = true;
  }
  LineRecord line;
  std::size_t begin = 0, next = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (next < sources_.size() && sources_[next].first == i) {
      const Source& source = sources_[next++];
      line.step = source.step;
      line.stream = source.stream;
      line.effect = source.effect;
    }
    line.time = lines_[i].time;
    line.text.assign(text_, begin, lines_[i].end - begin);
    begin = lines_[i].end;
    RUNBOOK_TRY(store.line(line));
  }
  return Unit{};
}

}  // namespace runbook::journal
