-- expect: ok
local co = coroutine.wrap(function() return xpcall(error, function() coroutine.yield() end) end)
assert(co() == false)
