// SPDX-License-Identifier: Apache-2.0
// The one place that names Lua's headers. Not <lua.hpp>, which declares everything extern "C": Debian 13's library for
// C++ has C++ names. Debian 12's has C names, and there the headers themselves say so.
#pragma once

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
