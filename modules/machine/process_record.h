// SPDX-License-Identifier: Apache-2.0
//
// What is noted of a process that outlives the run, wherever it runs: {name, given, argv, cwd, log, salt, fingerprint},
// and {pid, start, boot, started}, by which it is known again.
#pragma once

#include <string>

#include "runbook/value.h"

namespace runbook::machine {

Status check_process_name(const std::string& name);
/// Of what a process was started with. Salted, because an environment may hold a short secret.
std::string process_fingerprint(const Value& args, const std::string& salt);
/// What it can be started with once more; an environment may hold secrets and is not kept.
Value process_given(const Value& args);
/// What process_get says.
Value describe_process(const Value& record, bool running);
/// What process_verify says.
Value verified_process(const Value& record, bool running, const Value& args);
Error process_exists(const std::string& name, std::int64_t pid);
/// `how`: "with exit code 7"; `words`: the end of its log.
Error process_ended(const std::string& name, const std::string& how, const std::string& words);
/// What starts it again as it was, from the captured state; an error where that cannot be.
Result<Value> process_again(const Value& args);

}  // namespace runbook::machine
