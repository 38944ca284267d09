-- expect: ok
-- limit: cpu=1s
local t = {}
for i = 1, 1000 do t[i] = i % 7 end
table.sort(t, function() return true end)
table.sort(t, function() return math.random() < 0.5 end)
assert(#t == 1000)
