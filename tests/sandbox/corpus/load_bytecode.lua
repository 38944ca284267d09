-- expect: error: compiled Lua
assert(load("\27LuaT\0\x19\x93"))
