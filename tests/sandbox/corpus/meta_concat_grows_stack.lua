-- expect: ok
-- limit: cpu=2s
-- two operands only: with three, Lua before 5.4.5 goes on with a stack that has moved
local t = setmetatable({}, { __concat = function() local function f(n) if n > 0 then f(n - 1) end end f(500) collectgarbage() return "x" end })
for _ = 1, 20 do assert(t .. "c" == "x") end
