// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/result.h"

namespace runbook::journal {

/// Where runs are remembered: $RUNBOOK_STATE, $XDG_STATE_HOME/runbook, /var/lib/runbook for root,
/// ~/.local/state/runbook. Only names it: nothing is made or looked at.
std::string state_directory();

/// Makes the directory and its `runs`, `locks` and `blobs` (0700). Refuses one that others may write to, one of another
/// user, and a network file system: SQLite's WAL needs shared memory, and its locks must be real. Code
/// "journal.directory".
Status prepare_directory(const std::string& directory);

/// Creates what is missing of a path, 0700 each.
Status make_directories(const std::string& path);
/// Makes a rename or creation in the directory durable.
Status sync_directory(const std::string& directory);
/// Writes a file so that a reader sees the old or the new text and nothing else, also after a power cut.
Status write_file(const std::string& directory, const std::string& name, const std::string& text);

}  // namespace runbook::journal
