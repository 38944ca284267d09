// SPDX-License-Identifier: Apache-2.0
//
// The smallest module that does something: a register of widgets that lives as long as the run.
#include "acme.h"

namespace runbook {
extern const std::vector<EmbeddedLua> acme_embedded;
}

namespace runbook::acme {
namespace {

/// The run's state of this module: made on first use, gone when the run ends.
struct Register {
  explicit Register(World&) {}
  int widgets = 0;
};

std::vector<Access> touches(runbook::World&, const Value& args) { return {{"acme", "register", "widget.create", args["name"].as_string()}}; }

Cancel create(Invocation call, Done done) {
  auto& widgets = call.world.service<Register>().widgets;
  done(Value::object({{"name", call.args["name"]}, {"number", ++widgets}}));
  return {};
}

std::string describe(const Value& args) { return "create widget '" + args["name"].as_string() + "'"; }

const Operation kWidgetCreate{"acme.widget_create", Effect::kChange, {{"name", Type::kString, kPositionalRequired}},
                              touches,              create,          10,
                              describe};

}  // namespace

const Module kModule{"acme", "1.0", {{"widget_create", nullptr, &kWidgetCreate}}, &acme_embedded};

}  // namespace runbook::acme
