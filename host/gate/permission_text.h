// SPDX-License-Identifier: Apache-2.0
//
// Permissions as people write them: the least declaration that covers what was touched, as a value and as Lua.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/gate/permissions.h"

namespace runbook {

/// The least `permissions` table that covers all of these: {kind = {target ...}} or {kind = {target = {pattern ...}}}.
Value propose(const std::vector<Access>& accesses);

/// How a target or a name of this access is written in a permissions table; see PermissionTemplate.
using SpellAccess = std::function<std::string(const Access& access, const std::string& text)>;
Value propose(const std::vector<Access>& accesses, const SpellAccess& spell);

/// A permissions table as Lua, ready to be pasted: "permissions = { ... }", on one line or one target a line.
std::string permissions_to_lua(const Value& table, bool one_line = false);

/// The `--allow` option that grants this access, quoted for a shell.
std::string allow_option(const Access& access);

/// "docker 'unix:///var/run/docker.sock' container.create:web", for messages.
std::string show_access(const Access& access);

/// What a refused call gives: code "permission.denied", the operation, what was missing, and the line to add.
Error permission_denied(const std::string& operation, const Permissions& permissions, const std::vector<Access>& missing);

}  // namespace runbook
