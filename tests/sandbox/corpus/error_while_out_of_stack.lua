-- expect: ok or cpu
-- limit: memory=64MiB cpu=1s
-- an error while an error is worded, at the end of the stack: overflowed in Lua 5.4.0 to 5.4.3
local function f() local x = {} .. f() end
local function g() return pcall(g) and f() end
pcall(f)
pcall(g)
