-- expect: ok
-- limit: instructions=100000 cpu=2s
local n = 0
for i = 1, 10000 do n = n + i end
assert(n == 50005000)
