-- expect: memory
local t = {}
for i = 1, 100 do t[i] = i end
table.sort(t, function(a, b) local s = ("x"):rep(1 << 29) return a < b end)
