-- expect: ok
local co = coroutine.wrap(function() return pcall(function() return coroutine.yield(1) + 1 end) end)
assert(co() == 1)
local good, v = co(41)
assert(good and v == 42)
