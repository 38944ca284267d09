// SPDX-License-Identifier: Apache-2.0
//
// Two descriptions of a service, by what they mean: the engine fills in what nobody asked for, and leaves out what is
// empty.
#pragma once

#include <string>

#include "runbook/value.h"

namespace runbook::docker {

/// What is empty, as the kind that the API wants: a script's {} may be either.
Value shaped_spec(const Value& spec);
/// Without what says nothing and what the engine takes for granted; secrets in the clear, so only for comparing.
Value canonical_spec(const Value& spec);
/// What differs between the running description and the wanted one, as lines of a diff without secrets; empty where
/// both mean the same.
std::string spec_diff(const std::string& name, const Value& running, const Value& wanted);

}  // namespace runbook::docker
