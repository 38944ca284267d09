-- expect: error: too many upvalues
local t = {}
for i = 1, 150 do t[#t + 1] = "local a" .. i end
t[#t + 1] = "local function f()"
for i = 1, 150 do t[#t + 1] = "local b" .. i end
t[#t + 1] = "return function() local x"
for i = 1, 150 do t[#t + 1] = "x = a" .. i .. " x = b" .. i end
t[#t + 1] = "end end"
assert(load(table.concat(t, " ")))
