-- expect: error: compiled Lua
local pieces = { "\27", "Lua" }
local i = 0
assert(load(function() i = i + 1 return pieces[i] end))
