-- expect: ok
local good, e = xpcall(error, function(e) error(e) end, "x")
assert(not good)
