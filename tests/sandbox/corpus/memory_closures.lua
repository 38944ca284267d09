-- expect: memory
-- limit: cpu=2s
local t
while true do local u = t t = function() return u end end
