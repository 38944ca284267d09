// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/exec_endings.h"

#include "host/core/text.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

constexpr double kEndSeconds = 5;
constexpr double kStartTimeout = 30;

// The engine says only where a process is seen from outside. So its first word is its number inside, where it leads a
// process group.
constexpr const char* kEnd =
    "kill -TERM -$1 || exit 0; for i in 1 2 3 4 5; do sleep 1; kill -0 -$1 || exit 0; done; kill -KILL -$1";

// With nothing but the shell's own commands (and sleep). What leaves the shell by fork keeps the mark.
constexpr const char* kEndMarked =
    "marked() { found=; for d in /proc/[0-9]*; do while IFS= read -r e || [ -n \"$e\" ]; do case $e in "
    "*\"$1\"*) found=1; kill -$2 ${d#/proc/} ;; esac; done <$d/environ; done 2>/dev/null; [ -n \"$found\" ]; }\n"
    "marked \"$1\" TERM || exit 0; for i in 1 2 3 4 5; do sleep 1; marked \"$1\" 0 || exit 0; done; marked \"$1\" KILL";

}  // namespace

ExecEndings::~ExecEndings() {
  bool late = false;
  Cancel deadline = loop_.after(seconds(kEndSeconds), [&late] { late = true; });
  while (!waiting_->empty() && !late && loop_.turn()) {
  }
  deadline();
  for (const List& list : {waiting_, known_}) {
    // Each takes itself off its list.
    const auto left = *list;
    for (const auto& give_up : left) give_up();
  }
  loop_.turn(false);
}

std::shared_ptr<void> ExecEndings::enlist(const List& list, std::function<void()> give_up) {
  list->push_back(std::move(give_up));
  return {list.get(), [list, place = std::prev(list->end())](void*) { list->erase(place); }};
}

void ExecEndings::end_group(Engine& engine, const std::string& container, const std::string& pid) {
  run(engine, container, Value::object({{"Cmd", Value::array({"sh", "-c", kEnd, "sh", pid})}, {"User", "0"}}));
}

void ExecEndings::end_marked(Engine& engine, const std::string& container, const std::string& mark, const Value& user, bool privileged) {
  Value body = Value::object({{"Cmd", Value::array({"sh", "-c", kEndMarked, "runbook-end", cat(kExecMark, "=", mark)})}});
  if (!user.is_null()) body.set("User", user);
  if (privileged) body.set("Privileged", true);
  run(engine, container, std::move(body));
}

void ExecEndings::run(Engine& engine, const std::string& container, Value body) {
  auto current = std::make_shared<Cancel>();
  auto ending = wait_for([current] { (*current)(); });
  *current = engine.request(
      create_exec(container, std::move(body)), [&engine, container, current, ending](Result<HttpResponse> answer) {
        auto id = id_in(std::move(answer));
        if (!id) return;
        *current = engine.request(start_exec(container, *id, true, false), [ending](const Result<HttpResponse>&) {});
      });
}

std::string object_of(const std::string& container) { return cat("container '", container, "'"); }

Call create_exec(const std::string& container, Value body) {
  Call ask = container_call("POST", container, "/exec");
  ask.body = std::move(body);
  return ask;
}

Call start_exec(const std::string& container, const std::string& id, bool detach, bool terminal) {
  Call ask;
  ask.method = "POST";
  ask.path = "/exec/" + segment(id) + "/start";
  ask.object = object_of(container);
  ask.body = Value::object({{"Detach", detach}, {"Tty", terminal}});
  ask.timeout = kStartTimeout;
  return ask;
}

Result<std::string> id_in(Result<HttpResponse> answer) {
  if (!answer) return std::move(answer).error();
  auto made = parse_answer(*answer);
  if (!made) return std::move(made).error();
  return (*made)["Id"].as_string();
}

}  // namespace runbook::docker
