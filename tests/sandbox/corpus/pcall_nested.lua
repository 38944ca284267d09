-- expect: cpu
local function f() while true do end end
for _ = 1, 50 do local g = f f = function() pcall(g) end end
f()
print "survived"
