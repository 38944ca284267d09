// SPDX-License-Identifier: Apache-2.0
#include "host/run/spec.h"

#include <cstdlib>
#include <filesystem>

#include "host/core/diff.h"
#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/journal/run_id.h"
#include "host/gate/permission_review.h"
#include "host/run/answer_filter.h"
#include "host/run/run.h"
#include "host/script/errors.h"
#include "host/script/values.h"

namespace runbook {
namespace {

SpecNatives& natives_of(lua_State* L) { return *static_cast<SpecNatives*>(lua_touserdata(L, lua_upvalueindex(1))); }

// core.temp_directory() -> a fresh directory that goes when the spec ends
int temp_directory(lua_State* L) {
  std::string path = natives_of(L).temp_directory() + "/XXXXXX";
  if (!mkdtemp(path.data())) return luaL_error(L, "cannot make a temporary directory");
  lua_pushlstring(L, path.data(), path.size());
  return 1;
}

// core.set_spec_globals(table): a spec finds them as globals
int set_spec_globals(lua_State* L) {
  script::Sandbox& sandbox = script::Sandbox::of(L);
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) sandbox.set_global(L, lua_tostring(L, -2));
  return 0;
}

// core.test_environment(name) -> a variable RUNBOOK_TEST_*, nil where it is not set
int test_environment(lua_State* L) {
  const std::string name = cat("RUNBOOK_TEST_", luaL_checkstring(L, 1));
  const char* value = getenv(name.c_str());
  value ? static_cast<void>(lua_pushstring(L, value)) : lua_pushnil(L);
  return 1;
}

int clock_seconds(lua_State* L) {
  lua_pushnumber(L, journal::wall_clock());
  return 1;
}

// core.text_diff(before, after, before_name, after_name) -> a unified diff
int text_diff(lua_State* L) {
  const auto text = [L](int index) {
    std::size_t length = 0;
    const char* start = luaL_checklstring(L, index, &length);
    return std::string_view(start, length);
  };
  const std::string diff = unified_diff(text(1), text(2), text(3), text(4));
  lua_pushlstring(L, diff.data(), diff.size());
  return 1;
}

// core.position() -> "file:line" of the spec's code that called
int position(lua_State* L) {
  const std::string where = script::script_position(L);
  lua_pushlstring(L, where.data(), where.size());
  return 1;
}

int report_test(lua_State* L) {
  auto test = script::to_value(L, 1, "test");
  if (!test) return script::raise(L, std::move(test).error());
  natives_of(L).report(*test);
  return 0;
}

}  // namespace

SpecNatives::SpecNatives() {
  const char* base = getenv("TMPDIR");
  directory_ = cat(base && *base ? base : "/tmp", "/runbook-spec-XXXXXX");
  if (!mkdtemp(directory_.data())) directory_.clear();
}

SpecNatives::~SpecNatives() {
  end_simulation();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

void add_spec_natives(lua_State* L, SpecNatives& natives) {
  const luaL_Reg functions[] = {{"temp_directory", temp_directory}, {"set_spec_globals", set_spec_globals},
                                {"clock", clock_seconds},           {"test_environment", test_environment}, {"report", report_test},
                                {"text_diff", text_diff},           {"position", position},
                                {nullptr, nullptr}};
  lua_pushlightuserdata(L, &natives);
  luaL_setfuncs(L, functions, 1);
  add_simulation_natives(L, natives);
  add_guard_natives(L, natives);
}

Value Run::proposal() const {
  if (!asked_) return {};
  const PermissionScope scope = permission_scope();
  Value review = redactor_->redact_value(review_permissions(asked_->touched(), declaration_.permissions, scope).to_value(scope));
  review.set("withheld_reads", asked_->withheld_reads());
  return review;
}

// The runs that tests ask for are made here, where no Lua is under way.
void Run::run_spec_task() {
  bool more = true;
  while (!task_->finished) {
    spec_->overdue();
    if (vm_->scheduler().run_ready()) {
      more = true;
    } else if (!spec_->runs.empty()) {
      TestRun wanted = std::move(spec_->runs.front());
      spec_->runs.pop_front();
      spec_->running_id = wanted.id;
      wanted.done(make_test_run(*spec_, source_.directory, wanted.options));
      more = true;
    } else if (!more && loop_.virtual_time() && spec_->guarding()) {
      spec_->stop(Error("test.stalled", "the test waits for something that never happens", "no timer is set and no simulator is at work"));
      more = true;
    } else if (!more && loop_.virtual_time()) {
      vm_->scheduler().cancel(*task_);
      spec_->end_simulation();
    } else {
      more = loop_.turn();
    }
  }
}

RunReport Run::run_spec() {
  RunReport report;
  spec_->timeout = options_.test_timeout;
  spec_->coverage = setting_.coverage;
  if (spec_->coverage) spec_->coverage->leave_out(spec_->temp_directory());
  spec_->gate = &gate_;
  spec_->vm = vm_.get();
  spec_->modules = &modules_;
  spec_->permissions = asked_.get();
  gate_.add(std::make_shared<AnswerFilter>(spec_->answered, spec_->asker()));
  spec_->on_begin = [&] {
    events_.emit(Value::object({{"event", "test.start"}, {"file", source_.name}, {"name", spec_->test}, {"where", spec_->test_where}}));
  };
  if (options_.propose) {
    spec_->on_run = [&](const std::string& file, Value proposal) {
      // What a test has written itself is gone after it.
      if (file.empty() || file.starts_with(spec_->temp_directory() + "/")) return;
      proposal.set("event", "test.run");
      proposal.set("file", file);
      events_.emit(std::move(proposal));
    };
  }
  spec_->hide = [&](std::string_view secret) { redactor_->add(secret); };
  spec_->report = [&](const Value& test) {
    const std::string& state = test["state"].as_string();
    ++(state == "passed" ? report.passed : state == "skipped" ? report.skipped : report.failed);
    spec_->test.clear();
    Value event = test;
    event.set("event", "test.end");
    event.set("file", source_.name);
    events_.emit(std::move(event));
  };
  Status parsed = Unit{};
  auto task = vm_->start([&](lua_State* L) {
    vm_->push_part(L, "runbook/test");
    vm_->push_core_table(L);
    parsed = vm_->sandbox().load(L, source_.text, source_.name);
    if (!parsed) lua_pushnil(L);
    lua_pushlstring(L, options_.filter.data(), options_.filter.size());
    lua_pushboolean(L, options_.faults);
    return 4;
  });
  if (!parsed) return refuse(std::move(parsed).error());
  if (!task) return refuse(std::move(task).error());
  task_ = *task;
  run_spec_task();
  spec_->end_simulation();
  report.state = "done";
  if (task_->error) report.error = *task_->error;
  if (report.error && !spec_->test.empty() && !cancelled_) {
    // A limit ended the machine in the middle of a test: it is the test that failed.
    report.error->context["not run"] = "the tests after it in the file";
    spec_->report(Value::object({{"name", spec_->test}, {"where", spec_->test_where}, {"state", "failed"}, {"error", error_to_value(*report.error)}}));
    report.error.reset();
  }
  if (report.error || report.failed > 0) {
    report.state = "failed";
    report.exit = exit_code::kTests;
  }
  if (spec_->coverage) events_.emit(Value::object({{"event", "coverage"}, {"files", spec_->coverage->files()}}));
  return finish(std::move(report));
}

}  // namespace runbook
