-- expect: error: cannot resume dead coroutine
local co = coroutine.create(function() end)
assert(coroutine.resume(co))
assert(coroutine.resume(co))
