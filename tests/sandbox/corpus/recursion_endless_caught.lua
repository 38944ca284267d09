-- expect: ok or cpu
-- limit: memory=128MiB cpu=1s
local function f() return 1 + f() end
assert(not pcall(f))
assert(not pcall(f))
