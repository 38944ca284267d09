-- expect: ok
local n = 0
for v in function() n = n + 1 if n < 4 then return wait() end end do assert(v == "waited") end
