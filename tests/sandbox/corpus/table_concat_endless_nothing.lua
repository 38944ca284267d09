-- expect: cpu
local t = setmetatable({}, { __index = { } })
local mt = getmetatable(t)
mt.__index = setmetatable({}, { __index = function() return "" end })
table.concat(t, "", 1, math.maxinteger)
