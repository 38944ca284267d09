// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runbook/value.h"

namespace runbook::templates {

/// Whether there is such a filter and it takes so many arguments; error template.syntax.
Status check_filter(const std::string& name, std::size_t arguments);

/// REQUIRES: check_filter, and not "default", which only the evaluation of expressions can do. Error template.value.
Result<Value> apply_filter(const std::string& name, const Value& subject, const std::vector<Value>& arguments);

/// Whether the filter's result is text of the target language: html, json, raw, shell, yaml.
bool is_escape(std::string_view name);

/// "none", "shell", "yaml", "json", "html".
const std::vector<std::string>& escape_modes();

/// The value as it stands in a text of that language. Error template.value.
Result<std::string> escape(std::string_view mode, const Value& value);

/// "a list", "null": for messages.
const char* kind_name(const Value& value);

}  // namespace runbook::templates
