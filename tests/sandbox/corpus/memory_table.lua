-- expect: memory
-- limit: cpu=2s
local t = {}
for i = 1, math.huge do t[i] = i end
