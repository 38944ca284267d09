-- expect: error: cannot close a normal coroutine
local outer
outer = coroutine.create(function() coroutine.wrap(function() coroutine.close(outer) end)() end)
assert(coroutine.resume(outer))
