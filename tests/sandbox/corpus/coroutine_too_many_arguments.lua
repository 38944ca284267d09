-- expect: error: too many arguments to resume or error: stack overflow
-- limit: memory=128MiB cpu=1s
local co = coroutine.create(function(...) return ... end)
local t = {}
for i = 1, 200 do t[i] = i end
assert(coroutine.resume(co, table.unpack(t)))
local deep = coroutine.create(function() end)
local function fill(...) return coroutine.resume(deep, ...) end
assert(fill(table.unpack({}, 1, 999000)))
