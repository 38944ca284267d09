// SPDX-License-Identifier: Apache-2.0
#include "host/run/simulation.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string_view>

#include "host/core/encoding.h"
#include "host/core/redactor.h"
#include "host/core/text.h"
#include "host/net/simulated_http.h"
#include "host/script/errors.h"
#include "host/script/values.h"

namespace runbook {
namespace {

constexpr std::size_t kMostEntries = 100000;
constexpr std::uint64_t kMostCompared = 64 << 20;

constexpr std::string_view kPrefix = "runbook-simulation-";

// What tests left behind that were killed: the directory's name has the number of the process.
void remove_leftovers(const std::string& base) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(base, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    char* rest = nullptr;
    const long pid = std::strtol(name.c_str() + kPrefix.size(), &rest, 10);
    std::error_code ignored;
    const auto age = std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(it->path(), ignored);
    // What is younger may be the test of another container, whose processes cannot be seen from here.
    if (ignored || *rest != '-' || age < std::chrono::hours(1)) continue;
    if (pid > 0 && kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) std::filesystem::remove_all(it->path(), ignored);
  }
}

// Memory where there is some: what a test writes need not reach a disk.
std::string make_directory() {
  const char* given = getenv("TMPDIR");
  static std::set<std::string> looked_at;
  for (const std::string& base : {std::string("/dev/shm"), std::string(given && *given ? given : "/tmp")}) {
    if (looked_at.insert(base).second) remove_leftovers(base);
    std::string path = cat(base, "/", kPrefix, getpid(), "-XXXXXX");
    if (mkdtemp(path.data())) return path;
  }
  return {};
}

thread_local std::set<const Simulation*> live;
thread_local std::uint64_t last_question = 0;  // so that a number never means another simulation's question

// emit(event), with the simulation and the question as upvalues
int emit_event(lua_State* L) {
  auto event = script::to_value(L, 1, "event");
  if (!event) return script::raise(L, std::move(event).error());
  auto* simulation = static_cast<Simulation*>(lua_touserdata(L, lua_upvalueindex(1)));
  if (live.count(simulation) == 0) return 0;  // kept for longer than the simulation
  simulation->emit(static_cast<std::uint64_t>(lua_tointeger(L, lua_upvalueindex(2))), std::move(*event));
  return 0;
}

Status add_entries(const files::Tree& tree, const std::string& directory, Value& out) {
  auto entries = tree.list(directory.empty() ? "/" : directory, kMostEntries);
  if (!entries) return std::move(entries).error();
  for (const files::Entry& entry : *entries) {
    const std::string path = cat(directory, "/", entry.name);
    Value seen = Value::object({{"type", entry.type}, {"owner", tree.user_name(entry.uid)}, {"group", tree.group_name(entry.gid)}});
    if (entry.type != "link") seen.set("mode", static_cast<std::int64_t>(entry.mode));
    if (entry.type == "link") seen.set("target", entry.target);
    if (entry.type == "file") {
      auto content = tree.read(path, kMostCompared);
      if (!content) return std::move(content).error();
      seen.set("content", std::move(*content));
    }
    out.set(path, std::move(seen));
    if (entry.type == "directory") RUNBOOK_TRY(add_entries(tree, path, out));
  }
  return Unit{};
}

}  // namespace

/// What a simulator was asked, until it has answered.
struct Simulation::Question {
  std::uint64_t id = 0;
  std::function<void(Value)> on_event;
  Done done;
  std::shared_ptr<script::Task> task;
  Cancel start;
};

Result<std::unique_ptr<Simulation>> Simulation::begin(script::Vm& vm, const std::vector<const Module*>& modules, int answer, double start) {
  std::string directory = make_directory();
  if (directory.empty()) return Error("test.directory", "cannot make a directory for the simulated machine");
  std::unique_ptr<Simulation> simulation(new Simulation(vm, answer, std::move(directory)));
  std::error_code error;
  std::filesystem::create_directory(simulation->state_directory(), error);
  if (error) return Error("test.directory", cat("cannot make a directory for the simulated runs: ", error.message()));
  RUNBOOK_TRY(files::make_root(simulation->directory_ + "/root"));
  World& world = *simulation->world_;
  const Simulate ask = [self = simulation.get()](Value request, std::function<void(Value)> on_event, Done done) {
    return self->ask(std::move(request), std::move(on_event), std::move(done));
  };
  world.provide<files::Tree>(simulation->tree_);
  world.provide<files::MachineTrees>(simulation->others_);
  world.provide<HttpClient>(std::make_shared<SimulatedHttp>(world, ask));
  for (const Module* module : modules) {
    if (module->simulate) module->simulate(world, ask);
    if (module->shell) world.service<ShellRoutes>().add(*module->shell);
    if (module->way) world.service<TargetWays>().add(module->name, module->way);
  }
  vm.loop().begin_virtual_time(start);
  return simulation;
}

Simulation::Simulation(script::Vm& vm, int answer, std::string directory)
    : vm_(vm),
      answer_(answer),
      directory_(std::move(directory)),
      tree_(std::make_shared<files::Tree>(directory_ + "/root")),
      others_(std::make_shared<files::MachineTrees>(directory_ + "/machines")),
      world_(Gate::make_world(vm.loop())) {
  live.insert(this);
}

Simulation::~Simulation() {
  live.erase(this);
  for (auto& [id, question] : open_) {
    question->done.reset();
    question->start();
    if (question->task) vm_.scheduler().cancel(*question->task);
  }
  open_.clear();
  world_.reset();
  vm_.loop().end_virtual_time();
  luaL_unref(vm_.state(), LUA_REGISTRYINDEX, answer_);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

// Asked from wherever an effect is performed; put on the spec's machine from the loop, as a task that belongs to nobody.
Cancel Simulation::ask(Value request, std::function<void(Value)> on_event, Done done) {
  auto question = std::make_shared<Question>();
  question->id = ++last_question;
  question->on_event = std::move(on_event);
  question->done = std::move(done);
  open_[question->id] = question;
  question->start = vm_.loop().post([this, question, request = std::move(request)]() mutable { put(question, std::move(request)); });
  return [this, weak = std::weak_ptr<Question>(question), world = std::weak_ptr<World>(world_)] {
    const auto open = weak.lock();
    if (!open || world.expired()) return;
    open->done.reset();
    open->start();
    if (open->task) vm_.scheduler().cancel(*open->task);
    open_.erase(open->id);
  };
}

void Simulation::put(const std::shared_ptr<Question>& question, Value request) {
  auto task = vm_.start([&](lua_State* L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, answer_);
    script::push_value(L, request);
    lua_pushlightuserdata(L, this);
    lua_pushinteger(L, static_cast<lua_Integer>(question->id));
    lua_pushcclosure(L, emit_event, 2);
    return 2;
  });
  if (!task) {
    open_.erase(question->id);
    return question->done(std::move(task).error());
  }
  question->task = *task;
  question->task->as_value = true;
  vm_.scheduler().when_finished(**task, [this, weak = std::weak_ptr<Question>(question)] {
    const auto open = weak.lock();
    if (!open || open_.erase(open->id) == 0) return;
    const auto finished = open->task;
    if (finished->error) return open->done(*finished->error);
    vm_.scheduler().forget(finished->id);
    open->done(finished->value);
  });
}

void Simulation::emit(std::uint64_t id, Value event) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  const auto question = found->second;
  if (question->on_event) question->on_event(std::move(event));
}

Result<Value> Simulation::find_leak(const Value& events, const Value& secrets) const {
  std::vector<std::pair<std::string, std::string>> places;
  places.emplace_back("the events", to_json(events));
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(state_directory(), error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    auto text = files::Tree::real().read(it->path().string(), kMostCompared);
    if (!text) return std::move(text).error();
    places.emplace_back(cat("the state directory's ", it->path().filename().string()), std::move(*text));
  }
  if (error) return Error("test.directory", cat("cannot look through the state directory: ", error.message()));
  for (const auto& [name, secret] : secrets.members()) {
    Redactor redactor;
    redactor.add(secret.reveal());
    for (const auto& [place, text] : places) {
      if (redactor.redact(text) != text) return Value::object({{"name", name}, {"place", place}});
    }
  }
  return Value();
}

Result<Value> Simulation::files(const std::string& machine) const {
  Result<files::TreePtr> tree = machine.empty() ? files::TreePtr(tree_) : others_->tree(machine);
  if (!tree) return std::move(tree).error();
  Value out = Value::Object{};
  RUNBOOK_TRY(add_entries(**tree, "", out));
  return out;
}

}  // namespace runbook
