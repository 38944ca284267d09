// SPDX-License-Identifier: Apache-2.0
// The one place that names Lua's headers.
#pragma once

#include <lua.hpp>
