-- expect: ok
-- limit: cpu=2s
local t = {}
for i = 1, 20000 do t[i] = "x[" .. i .. ".5] = " .. i end
assert(load("local x = {} " .. table.concat(t, " ") .. " return x"))()
