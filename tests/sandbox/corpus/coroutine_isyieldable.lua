-- expect: ok
assert(not coroutine.isyieldable())
assert(coroutine.wrap(function() return coroutine.isyieldable() end)())
local _, main = coroutine.running()
assert(main)
