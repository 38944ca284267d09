// SPDX-License-Identifier: Apache-2.0
//
// A place that has a shell and nothing else of ours: the pieces that shell_place() is made of.
#pragma once

#include "modules/machine/place.h"

namespace runbook::machine {

/// Every place that a route of ShellRoutes leads to.
const Place& shell_place();

/// What looks at files: read, stat, find, list, checksum, file_verify, and whether a change has happened.
Cancel shell_look(Phase phase, Verb verb, Invocation call, Done done);
/// What a path was before a change.
Cancel shell_capture(Verb verb, Invocation call, Done done);
/// What changes files, and brings them back.
Cancel shell_change(Verb verb, Invocation call, Done done);
Cancel shell_revert(Verb verb, Invocation call, Done done);
/// run, query
Cancel shell_program(Verb verb, Invocation call, Done done);
/// run with a job's name
Cancel shell_job(Invocation call, Done done);
/// process_*
Cancel shell_process(Phase phase, Verb verb, Invocation call, Done done);

/// A path of the arguments as the scripts take it: absolute, normalised by its text alone.
Result<std::string> shell_path(const Value& path);
/// Its last component: "." for the root.
std::string last_of(const std::string& path);
/// What a verb does to a file, for error messages: "append to".
const char* doing(Verb verb);

}  // namespace runbook::machine
