// SPDX-License-Identifier: Apache-2.0
#include "modules/template/filters.h"
#include "modules/template/render.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> template_embedded;
}

// Not runbook::template: that is a word of C++.
namespace runbook::templates {
namespace {

Result<Value> call_render(const Value& args) {
  RenderOptions options;
  options.escape = args["escape"].as_string("none");
  options.name = args["name"].as_string();
  auto text = render(args["text"].reveal(), args["values"], options);
  if (!text) return std::move(text).error();
  return Value(std::move(*text));
}

Result<Value> call_escape(const Value& args) {
  auto text = escape(args["mode"].as_string(), args["value"]);
  if (!text) return std::move(text).error();
  return Value(std::move(*text));
}

const PureFunction kRender{"template.render",
                           {{"text", Type::kSecret, kPositionalRequired},
                            {"values", Type::kTable, Field::kPositional},
                            {"escape", Type::kString, Field::kOptional, &escape_modes()},
                            {"name", Type::kString}},
                           call_render};
const PureFunction kEscape{"template.escape",
                           {{"mode", Type::kString, kPositionalRequired, &escape_modes()}, {"value", Type::kAny, kPositionalRequired}},
                           call_escape};

}  // namespace

extern const Module kModule;
const Module kModule{"template",
                     "0.1",
                     {
                         {"render", nullptr, nullptr, &kRender},
                         {"escape", nullptr, nullptr, &kEscape},
                     },
                     &template_embedded};

}  // namespace runbook::templates
