-- expect: cpu or memory
-- limit: memory=64MiB cpu=0.5s
local t = {}
for i = 1, 100000 do t["key" .. i] = i end
while true do for _ in pairs(t) do end end
