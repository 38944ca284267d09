-- expect: error: too many local variables
local t = {}
for i = 1, 300 do t[i] = "local x" .. i end
assert(load(table.concat(t, " ")))
