-- expect: ok
-- limit: cpu=1s
local s = ("a"):rep(2000000)
assert(not s:find(("a"):rep(1000000) .. "b", 1, true))
assert(not s:find(("a"):rep(1000000) .. "b"))
