-- expect: ok
-- limit: cpu=1s memory=128MiB
local function f(...) return select("#", ...) end
assert(f(table.unpack({}, 1, 200000)) == 200000)
