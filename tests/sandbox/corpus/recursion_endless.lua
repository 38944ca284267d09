-- expect: error: stack overflow
-- limit: memory=128MiB cpu=1s
local function f() return 1 + f() end
f()
