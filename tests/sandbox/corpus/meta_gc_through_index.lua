-- expect: ok
-- a finalizer that is only inherited does not count for Lua either
local mt = setmetatable({}, { __index = { __gc = function() while true do end end } })
for _ = 1, 100 do setmetatable({}, mt) end
collectgarbage()
