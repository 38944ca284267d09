-- expect: ok
local co = coroutine.create(function() local s = ("x"):rep(1 << 29) end)
local good, e = coroutine.resume(co)
assert(not good and e == "not enough memory")
assert(coroutine.status(co) == "dead")
