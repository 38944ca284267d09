-- expect: ok
local t = setmetatable({}, { __index = function() return wait() end, __add = function() return wait() end })
assert(t.x == "waited" and t + 1 == "waited")
