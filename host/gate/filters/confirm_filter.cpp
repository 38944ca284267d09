// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/confirm_filter.h"

#include <algorithm>
#include <deque>

#include "host/core/text.h"

namespace runbook {
namespace {

struct Question {
  std::string text;
  Next next;
  Done done;
  Cancel under_way;  // the question while it is asked, then the effect
  enum class State { kWaiting, kAsked, kAnswered } state = State::kWaiting;
};

}  // namespace

struct ConfirmFilter::Desk : std::enable_shared_from_this<Desk> {
  Ask ask;
  std::deque<std::shared_ptr<Question>> queue;
  bool busy = false;

  void ask_next() {
    if (busy || queue.empty()) return;
    busy = true;
    const std::shared_ptr<Question> question = queue.front();
    queue.pop_front();
    question->state = Question::State::kAsked;
    Cancel asking = ask(question->text, [self = shared_from_this(), question](bool yes) { self->answered(question, yes); });
    if (question->state == Question::State::kAsked) question->under_way = std::move(asking);
  }

  void answered(const std::shared_ptr<Question>& question, bool yes) {
    question->state = Question::State::kAnswered;
    question->under_way.reset();
    Next next = std::move(question->next);
    Done done = std::move(question->done);
    if (yes) {
      question->under_way = next(std::move(done));
    } else {
      done(Error("confirm.declined", cat(question->text, ": declined")));
    }
    busy = false;
    ask_next();
  }

  void cancel(const std::shared_ptr<Question>& question) {
    const bool asked = question->state == Question::State::kAsked;
    queue.erase(std::remove(queue.begin(), queue.end(), question), queue.end());
    Cancel under_way = std::move(question->under_way);
    under_way();
    question->next.reset();
    question->done.reset();
    if (!asked) return;
    busy = false;
    ask_next();
  }
};

ConfirmFilter::ConfirmFilter(Ask ask, bool yes) : desk_(std::make_shared<Desk>()), yes_(yes) { desk_->ask = std::move(ask); }

Cancel ConfirmFilter::apply(EffectCall& call, Next next, Done done) {
  if (yes_ || call.composite() || call.operation->effect != Effect::kDestroy) return next(std::move(done));
  if (!desk_->ask) {
    done(Error("confirm.missing", cat(call.describe(), ": wants a confirmation, and nobody is there to ask"),
               "pass --yes if everything that this run removes may go"));
    return {};
  }
  auto question = std::make_shared<Question>();
  question->text = call.describe();
  question->next = std::move(next);
  question->done = std::move(done);
  desk_->queue.push_back(question);
  desk_->ask_next();
  return [desk = desk_, question] { desk->cancel(question); };
}

}  // namespace runbook
