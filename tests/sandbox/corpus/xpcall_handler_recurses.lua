-- expect: ok
-- limit: cpu=2s
local function h(e) xpcall(error, h, e) return e end
assert(not xpcall(error, h, "x"))
