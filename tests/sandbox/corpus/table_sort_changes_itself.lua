-- expect: ok
-- limit: cpu=1s
local t = {}
for i = 1, 300 do t[i] = 300 - i end
table.sort(t, function(a, b) t[#t + 1] = 0 t[1] = nil return a < b end)
