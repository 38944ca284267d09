// SPDX-License-Identifier: Apache-2.0
//
// Ending what was started in containers. An engine goes on with it when we leave, and ending it takes requests; so the
// run is over only when these have been made.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "modules/docker/engine/engine.h"

namespace runbook::docker {

/// A service of the World. It is made after the engines that it is used with, and so destroyed before them.
class ExecEndings {
 public:
  explicit ExecEndings(World& world) : loop_(world.loop()) {}
  /// Waits a few seconds for what is being ended; gives up on the rest.
  ~ExecEndings();
  ExecEndings(const ExecEndings&) = delete;
  ExecEndings& operator=(const ExecEndings&) = delete;

  /// Sends TERM to a process group in a container, and KILL to what is left of it. As root: it may be another user's.
  void end_group(Engine& engine, const std::string& container, const std::string& pid);
  /// The same for whatever has `mark` in its environment (kExecMark), where nobody knows its number. As the user that it
  /// was started as: root of a container may not look into the environment of others.
  void end_marked(Engine& engine, const std::string& container, const std::string& mark, const Value& user, bool privileged);
  /// As long as the result is kept: `give_up` is called before the engines are gone.
  std::shared_ptr<void> know(std::function<void()> give_up) { return enlist(known_, std::move(give_up)); }
  /// The same, and the run waits a while before it does so.
  std::shared_ptr<void> wait_for(std::function<void()> give_up) { return enlist(waiting_, std::move(give_up)); }

 private:
  void run(Engine& engine, const std::string& container, Value body);
  using List = std::shared_ptr<std::list<std::function<void()>>>;
  static List empty() { return std::make_shared<List::element_type>(); }
  static std::shared_ptr<void> enlist(const List& list, std::function<void()> give_up);

  Loop& loop_;
  List known_ = empty(), waiting_ = empty();
};

/// The variable by which a program that was started in a container is found again.
inline constexpr const char* kExecMark = "RUNBOOK_EXEC";

std::string object_of(const std::string& container);
Call create_exec(const std::string& container, Value body);
Call start_exec(const std::string& container, const std::string& id, bool detach, bool terminal);
Result<std::string> id_in(Result<HttpResponse> answer);

}  // namespace runbook::docker
