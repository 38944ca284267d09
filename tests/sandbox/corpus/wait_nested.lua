-- expect: ok
local function nest(n) if n == 0 then return wait() end return coroutine.wrap(function() return select(2, pcall(nest, n - 1)) end)() end
assert(nest(20) == "waited")
