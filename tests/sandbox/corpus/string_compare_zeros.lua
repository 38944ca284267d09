-- expect: ok
local t = {}
for i = 1, 200 do t[i] = ("\0"):rep(i % 17) .. "x" .. ("\0"):rep(i % 5) end
table.sort(t)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
